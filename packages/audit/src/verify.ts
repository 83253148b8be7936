import { runExpiry } from "@plp/domain";
import {
  type BlobStore,
  type BrokenCommit,
  isStoreError,
  type StoredCommit,
  type StoreScan,
  verifyStream,
} from "@plp/event-store";
import { parsePolicy, policyHash } from "@plp/iam-policy";
import { messageOf } from "@plp/runtime";
import type { Anchor } from "./anchors.ts";

export interface VerifyPorts {
  readonly scan: Pick<StoreScan, "commits">;
  /** Null where the place of the blobs is not known. */
  readonly blobs: Pick<BlobStore, "get"> | null;
  readonly now: Date;
}

export interface Verified {
  readonly streams: number;
  readonly events: number;
  /** Blobs that events name; null where they could not be looked at. */
  readonly blobs: number | null;
  readonly broken: readonly BrokenCommit[];
}

/**
 * Is everything as it was written? The chain of every stream, the hash of every policy in an event, every blob of
 * evidence, the expiry of runs; and what anchors outside of the table saw: a chain that was written anew, a tail that was
 * cut off, a stream that is gone, none of which a chain can show by itself.
 */
export async function verifyHistory(
  streams: AsyncIterable<string>,
  anchors: readonly Anchor[],
  { scan, blobs, now }: VerifyPorts,
): Promise<Verified> {
  const byStream = Map.groupBy(anchors, ({ stream }) => stream);
  const known = new Map<string, string | null>();
  const broken: BrokenCommit[] = [];
  let count = 0;
  let events = 0;
  for await (const stream of streams) {
    // Each stream is read once: what a chain shows and what events say is looked for in the same items.
    const commits = await allOf(scan.commits(stream));
    const chain = await verifyStream({ commits: () => each(commits) }, stream, now);
    const seen = againstAnchors(byStream.get(stream) ?? []);
    broken.push(...chain.broken);
    for (const commit of commits) {
      seen.look(commit);
      const expiry = expiryProblem(commit);
      if (expiry !== null) broken.push({ stream, version: commit.version, reason: expiry });
      for (const { version, data } of eventsOf(commit)) {
        const reason =
          policyProblem(data) ?? policyProblem(data.generated) ?? (await blobProblem(blobs, data, known));
        if (reason !== null) broken.push({ stream, version, reason });
      }
    }
    broken.push(...seen.broken());
    byStream.delete(stream);
    count += 1;
    events += chain.events;
  }
  for (const [stream, lost] of byStream)
    broken.push({
      stream,
      version: Math.max(...lost.map(({ version }) => version)),
      reason: `the stream is gone; ${lost[0]?.seenBy} saw it`,
    });
  return { streams: count, events, blobs: blobs === null ? null : known.size, broken };
}

async function allOf(commits: AsyncIterable<StoredCommit>): Promise<readonly StoredCommit[]> {
  const all: StoredCommit[] = [];
  for await (const commit of commits) all.push(commit);
  return all;
}

async function* each(commits: readonly StoredCommit[]): AsyncIterable<StoredCommit> {
  yield* commits;
}

/** Holds the commits of a stream against what was seen of it; one line for a tail, one for a chain written anew. */
function againstAnchors(anchors: readonly Anchor[]) {
  let end = 0;
  let changed: BrokenCommit | null = null;
  const isSeenIn = ({ version, lastVersion }: StoredCommit) =>
    anchors.filter((anchor) => version <= anchor.version && anchor.version <= lastVersion);

  return {
    look(commit: StoredCommit): void {
      end = Math.max(end, commit.lastVersion);
      if (changed !== null || anchors.length === 0) return;
      const other = isSeenIn(commit).find(({ hash }) => hash !== commit.hash);
      if (other === undefined) return;
      const { stream, version, hash, seenBy } = other;
      const reason = `the commit has hash ${commit.hash}, ${seenBy} saw ${hash}: the chain was written anew`;
      changed = { stream, version, reason };
    },
    broken(): readonly BrokenCommit[] {
      const [last] = anchors.filter(({ version }) => version > end).sort((a, b) => b.version - a.version);
      if (last === undefined) return changed === null ? [] : [changed];
      const { stream, version, seenBy } = last;
      const reason = `the stream ends at version ${end}, ${seenBy} saw version ${version}: its end was cut off`;
      return [...(changed === null ? [] : [changed]), { stream, version, reason }];
    },
  };
}

interface Content {
  readonly version: number;
  readonly type: unknown;
  readonly occurredAt: unknown;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events of a commit as far as they can be read; that they cannot is the chain's to tell. */
function eventsOf({ canonical, version, damage }: StoredCommit): readonly Content[] {
  if (damage !== null) return [];
  try {
    const events: unknown = JSON.parse(canonical);
    if (!Array.isArray(events)) return [];
    return events.flatMap((event: unknown, index) => {
      if (!isObject(event) || !isObject(event.data)) return [];
      const { type, occurredAt, data } = event;
      return [{ version: version + index, type, occurredAt, data }];
    });
  } catch {
    return [];
  }
}

/** A run expires so long after it was requested; the time to live lies outside of the hash. */
function expiryProblem(commit: StoredCommit): string | null {
  const [requested] = eventsOf(commit);
  if (requested?.type !== "AnalysisRequested" || typeof requested.occurredAt !== "string") return null;
  const expiry = runExpiry(new Date(requested.occurredAt));
  return commit.ttl === expiry
    ? null
    : `ttl is ${commit.ttl ?? "missing"}, not ${expiry} as the request has it`;
}

function policyProblem(holder: unknown): string | null {
  if (!isObject(holder)) return null;
  const { policy, policyHash: recorded } = holder;
  if (policy === undefined || recorded === undefined) return null;
  try {
    const actual = policyHash(parsePolicy(policy, "the event's policy"));
    return actual === recorded ? null : `the policy has hash ${actual}, the event says ${String(recorded)}`;
  } catch (error) {
    return `the policy cannot be read: ${messageOf(error)}`;
  }
}

async function blobProblem(
  blobs: VerifyPorts["blobs"],
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
