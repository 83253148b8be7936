import { isLogFile } from "@plp/cloudtrail";

/** Days of delivery, `YYYY/MM/DD` as they stand in a key, both included; null for no bound. */
export interface Days {
  readonly since: string | null;
  readonly until: string | null;
}

/** The records of a time lie in files that were delivered then or, mostly within minutes, later. */
export function daysOf(since: string | undefined, until: string | undefined): Days {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10).replaceAll("-", "/");
  return {
    since: since === undefined ? null : day(Date.parse(since)),
    until: until === undefined ? null : day(Date.parse(until) + 86_400_000),
  };
}

/** Of a folder of one account and Region in AWS's delivery layout: everything below it is sorted by day. */
export function isRegionFolder(prefix: string): boolean {
  return /(^|\/)CloudTrail\/[a-z0-9-]+\/$/.test(prefix);
}

const otherKinds = /(^|\/)AWSLogs\/(o-[a-z0-9]+\/)?\d{12}\/(?!CloudTrail\/$)[^/]+\/$/;
const dated = /(?:^|\/)CloudTrail\/[a-z0-9-]+\/(\d{4}(?:\/\d\d(?:\/\d\d)?)?)\//;

function isWithin(key: string, { since, until }: Days): boolean {
  const day = dated.exec(key)?.[1];
  if (day === undefined) return true;
  return (
    (since === null || day >= since.slice(0, day.length)) &&
    (until === null || day <= until.slice(0, day.length))
  );
}

/** Can a folder hold logs of these days? Digests, Insights, and what other services write beside them, cannot. */
export function mayHoldLogs(prefix: string, days: Days): boolean {
  return !otherKinds.test(prefix) && isWithin(prefix, days);
}

export function isWanted(key: string, days: Days): boolean {
  return isLogFile(key) && isWithin(key, days);
}
