import type { TrailMessage } from "@plp/messaging";
import { isFault } from "@plp/runtime";
import type { HourMark } from "@plp/usage";
import type { TrailPorts } from "./ports.ts";
import { refusedRuns } from "./refusals.ts";

/** Applications that share an account ask for the same hours in the same round: what was just read is not listed again. */
const JUST_NOW = 10 * 60_000;
/** Files that are fetched together: one after the other, an hour of a busy account would take minutes. */
const AT_ONCE = 8;
/** Deliveries come minutes after the events; an hour that was read this long after its end had them all. */
const SETTLED_AFTER = 2 * 3_600_000;

/**
 * Reads one hour of delivery of one account and Region: all of its files again if one is unread, so that a late or
 * repeated file replaces the hour as a whole. What can never be read is recorded with the hour, which is a gap of every
 * window over it; what may pass is thrown, and the message comes again. What enforced roles were refused is sent on to
 * the merger; a delivery that comes again reads again, because it cannot know whether the one before it sent that.
 *
 * An event that AWS delivers twice is counted once within an hour of delivery. Delivered in two of them it counts in
 * both: to know it, each hour would have to read the files before it again, for a number alone. It proves no other
 * permission, outcome or time, and stands among the examples of a window once.
 */
export async function handleTrail(
  message: TrailMessage,
  ports: TrailPorts,
  { receiveCount }: { readonly receiveCount: number } = { receiveCount: 1 },
): Promise<void> {
  const { accountId, region, hour } = message;
  const at = { accountId, region, hour };
  const isRepeat = receiveCount > 1;
  const [known] = isRepeat ? [] : await ports.usage.marks(accountId, region, hour, hour);
  if (known !== undefined && isFresh(known, ports.clock.now())) return;
  const bad: { key: string; reason: string }[] = [];
  const listed = await permanentAs(
    () => ports.files.list(at),
    (reason) => bad.push({ key: `${hour} of ${region}`, reason }),
  );
  const files = listed ?? [];
  const read = new Set(known?.files.map(({ key, etag }) => `${key} ${etag}`));
  const isRead = known !== undefined && known.bad.length === 0;
  if (isRead && files.every(({ key, etag }) => read.has(`${key} ${etag}`))) return;
  const contents: { key: string; bytes: Uint8Array }[] = [];
  for (let from = 0; from < files.length; from += AT_ONCE) {
    const some = files.slice(from, from + AT_ONCE).map(async ({ key }) => {
      const bytes = await permanentAs(
        () => ports.files.read(accountId, key),
        (reason) => bad.push({ key, reason }),
      );
      return bytes === null ? [] : [{ key, bytes }];
    });
    contents.push(...(await Promise.all(some)).flat());
  }
  const usage = ports.readUsage(contents);
  const mark = { ...at, readAt: ports.clock.now().toISOString(), files, bad: [...bad, ...usage.bad] };
  await ports.usage.putHour(mark, usage.roles);
  if (mark.bad.length > 0) ports.log.warn("files of the trail could not be read", { ...at, bad: mark.bad });
  for (const run of await refusedRuns(usage.roles, ports.store))
    await ports.send.merge({ v: 1, type: "merge", run });
}

function isFresh({ readAt, hour, bad }: HourMark, now: Date): boolean {
  const read = Date.parse(readAt);
  const settled = read > Date.parse(`${hour}:00:00Z`) + SETTLED_AFTER;
  return bad.length === 0 && settled && now.getTime() - read < JUST_NOW;
}

async function permanentAs<T>(work: () => Promise<T>, tell: (reason: string) => void): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!isFault(error) || error.retryable) throw error;
    tell(error.message);
    return null;
  }
}
