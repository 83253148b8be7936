/** Regions in which Access Analyzer generates five policies a day instead of fifty (its quotas page). */
const SMALL_REGIONS = new Set(["af-south-1", "ap-east-1", "ap-southeast-3", "eu-south-1", "me-south-1"]);

/** Generations that PLP may start in a lane within 24 hours: the quota, less a reserve that is left to people. */
export function startsPerDay(region: string): number {
  return SMALL_REGIONS.has(region) ? 5 - 1 : 50 - 5;
}
