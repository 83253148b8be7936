import { createHash } from "node:crypto";

/** What the name of a delivered file says. `deliveredAt` has the resolution of the name: a minute. */
export interface Delivery {
  readonly accountId: string;
  readonly region: string;
  readonly deliveredAt: string;
}

const fileName =
  /^(\d{12})_CloudTrail_([a-z][a-z0-9-]{1,29})_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_([A-Za-z0-9]{4,40})\.json(?:\.gz)?$/;

/** The delivery that CloudTrail's own file name tells, with its unique part; null for any other name. */
export function parseFileName(name: string): (Delivery & { readonly unique: string }) | null {
  const [, accountId, region, year, month, day, hour, minute, unique] = fileName.exec(name) ?? [];
  if (accountId === undefined || region === undefined || unique === undefined) return null;
  const deliveredAt = `${year}-${month}-${day}T${hour}:${minute}:00Z`;
  // A day such as 31 February parses to another one, or to none.
  const time = new Date(deliveredAt);
  if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(deliveredAt.slice(0, 16))) return null;
  return { accountId, region, deliveredAt, unique };
}

/** The key under which CloudTrail would deliver it. */
export function keyOf(delivery: Delivery, unique: string): string {
  const { accountId, region, deliveredAt } = delivery;
  const day = deliveredAt.slice(0, 10);
  const stamp = `${day.replaceAll("-", "")}T${deliveredAt.slice(11, 13)}${deliveredAt.slice(14, 16)}Z`;
  const folder = `AWSLogs/${accountId}/CloudTrail/${region}/${day.replaceAll("-", "/")}`;
  return `${folder}/${accountId}_CloudTrail_${region}_${stamp}_${unique}.json.gz`;
}

/** Sixteen letters and digits that follow from the parts. */
export function uniquePart(...parts: readonly string[]): string {
  const text = createHash("sha512").update(JSON.stringify(parts)).digest("base64");
  return text.replace(/[^A-Za-z0-9]/g, "").slice(0, 16);
}
