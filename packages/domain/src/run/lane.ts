/** Regions in which Access Analyzer generates five policies a day instead of fifty (its quotas page). */
const SMALL_REGIONS = new Set(["af-south-1", "ap-east-1", "ap-southeast-3", "eu-south-1", "me-south-1"]);

/** Generations that PLP may start in a lane within 24 hours: the quota, less a reserve that is left to people. */
export function startsPerDay(region: string): number {
  return SMALL_REGIONS.has(region) ? 5 - 1 : 50 - 5;
}

/**
 * The line in which roles wait for a start: of an account and a Region, because a day's quota differs by Region and
 * `ListPolicyGenerations`, by which starts are counted, tells of one. One at a time holds for the whole lane all the same.
 */
export function startsLine(accountId: string, region: string): string {
  return `${accountId}/${region}`;
}
