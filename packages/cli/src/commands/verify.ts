import { type BrokenCommit, isStoreError, type StoredCommit, verifyStream } from "@plp/event-store";
import { parsePolicy, policyHash } from "@plp/iam-policy";
import { messageOf } from "@plp/runtime";
import { type Answer, plural, table } from "../output.ts";
import type { History } from "../state/history.ts";
import { rolesNamed } from "../state/roles.ts";

interface Checked {
  readonly streams: number;
  readonly events: number;
  readonly blobs: number;
  readonly broken: readonly BrokenCommit[];
}

/**
 * `plp verify`: is everything as it was written? The chain of every stream (or of the one that ROLE means), the hash of
 * every policy in an event, and every blob of evidence. Exit 1 when something is not.
 */
export async function verify(history: History, wanted: string | undefined, now: Date): Promise<Answer> {
  const streams = wanted === undefined ? history.store.streams() : rolesOf(history, wanted);
  let result: Checked = { streams: 0, events: 0, blobs: 0, broken: [] };
  const blobs = new Map<string, string | null>();
  for await (const stream of streams) {
    const chain = await verifyStream(history.store, stream, now);
    const content: BrokenCommit[] = [];
    for await (const commit of history.store.commits(stream)) {
      for (const event of eventsOf(commit)) {
        const reason = policyProblem(event.data) ?? (await blobProblem(history, event.data, blobs));
        if (reason !== null) content.push({ stream, version: event.version, reason });
      }
    }
    result = {
      streams: result.streams + 1,
      events: result.events + chain.events,
      blobs: 0,
      broken: [...result.broken, ...chain.broken, ...content],
    };
  }
  const { streams: count, events, broken } = result;
  return {
    json: { streams: count, events, blobs: history.blobs === null ? null : blobs.size, broken },
    people: (style) => {
      const checked = `${plural(count, "stream")}, ${plural(events, "event")}, ${history.blobs === null ? "no blobs (PLP_BLOBS is not set)" : plural(blobs.size, "blob")}`;
      if (broken.length === 0) return `${style.good("✔")} ${checked}: everything is as it was written.`;
      const rows = broken.map(({ stream, version, reason }) => [stream, String(version), reason]);
      return [
        `${style.bad("✘")} ${checked}: ${plural(broken.length, "place")} not as it was written.`,
        "",
        table({ ...style, columns: null }, ["stream", "version", "what is wrong"], rows, { right: [1] }),
        "",
        "  Restore what is named from a backup; nothing is decided from a broken stream.",
      ].join("\n");
    },
    exit: broken.length > 0 ? 1 : 0,
  };
}

async function* rolesOf(history: History, wanted: string): AsyncIterable<string> {
  for (const { stream } of await rolesNamed(history, wanted)) yield stream;
}

interface Content {
  readonly version: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events of a commit as far as they can be read; that they cannot is the chain's to tell. */
function eventsOf({ canonical, version, damage }: StoredCommit): readonly Content[] {
  if (damage !== null) return [];
  try {
    const events: unknown = JSON.parse(canonical);
    if (!Array.isArray(events)) return [];
    return events.flatMap((event: unknown, index) => {
      const data = isObject(event) ? event.data : undefined;
      return isObject(data) ? [{ version: version + index, data }] : [];
    });
  } catch {
    return [];
  }
}

function policyProblem({ policy, policyHash: recorded }: Content["data"]): string | null {
  if (policy === undefined || recorded === undefined) return null;
  try {
    const actual = policyHash(parsePolicy(policy, "the event's policy"));
    return actual === recorded ? null : `the policy has hash ${actual}, the event says ${String(recorded)}`;
  } catch (error) {
    return `the policy cannot be read: ${messageOf(error)}`;
  }
}

async function blobProblem(
  { blobs }: History,
  { evidence }: Content["data"],
  known: Map<string, string | null>,
): Promise<string | null> {
  if (blobs === null || typeof evidence !== "string") return null;
  const before = known.get(evidence);
  if (before !== undefined) return before;
  let problem: string | null = null;
  try {
    await blobs.get(evidence);
  } catch (error) {
    if (!isStoreError(error, "blob-missing") && !isStoreError(error, "blob-damaged")) throw error;
    problem = error.message;
  }
  known.set(evidence, problem);
  return problem;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
