import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type Delivery, keyOf, uniquePart } from "./layout.ts";
import { accountOf, eventTime, type RawRecord, regionOf } from "./records.ts";

const deflate = promisify(gzip);

/** One object that CloudTrail would have delivered with these records. */
export interface VirtualObject extends Delivery {
  readonly key: string;
  readonly bytes: Buffer;
}

/** In the hour of the newest event, no earlier than that event unless the hour ends first. */
function deliveryOf(newest: string): string {
  const minute = newest.slice(17, 19) === "00" ? newest.slice(0, 16) : null;
  if (minute !== null) return `${minute}:00Z`;
  const next = new Date(Date.parse(`${newest.slice(0, 16)}:00Z`) + 60_000).toISOString();
  return next.slice(0, 13) === newest.slice(0, 13)
    ? `${next.slice(0, 16)}:00Z`
    : `${newest.slice(0, 16)}:00Z`;
}

/**
 * Splits the records of a file that no delivery layout names by account, Region and hour, as CloudTrail would have
 * delivered them. `lost` counts records without a usable account, Region or time: they fit into no object.
 */
export async function splitRecords(
  path: string,
  records: readonly RawRecord[],
): Promise<{ readonly objects: readonly VirtualObject[]; readonly lost: number }> {
  const groups = new Map<string, { readonly records: RawRecord[]; newest: string }>();
  let lost = 0;
  for (const record of records) {
    const [account, region, time] = [accountOf(record), regionOf(record), eventTime(record)];
    if (account === null || region === null || time === null) {
      lost += 1;
      continue;
    }
    const name = `${account} ${region} ${time.slice(0, 13)}`;
    const group = groups.get(name) ?? { records: [], newest: time };
    if (time > group.newest) group.newest = time;
    group.records.push(record);
    groups.set(name, group);
  }
  const objects = [...groups].map(async ([name, group]): Promise<VirtualObject> => {
    const [accountId = "", region = ""] = name.split(" ");
    const delivery = { accountId, region, deliveredAt: deliveryOf(group.newest) };
    const bytes = await deflate(JSON.stringify({ Records: group.records }), { level: 1 });
    return { ...delivery, key: keyOf(delivery, uniquePart(path, name)), bytes };
  });
  return { objects: await Promise.all(objects), lost };
}
