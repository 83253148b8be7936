import { commitHash, NO_HASH } from "./chain.ts";
import { parseEvents } from "./commit-item.ts";
import { brokenLink, type Link } from "./stream.ts";
import type { StoredCommit, StoreScan } from "./types.ts";

export interface BrokenCommit {
  readonly stream: string;
  /** Version of the first event of the commit; 0 when its key is no version. */
  readonly version: number;
  readonly reason: string;
}

export interface Verification {
  readonly streams: number;
  readonly events: number;
  readonly broken: readonly BrokenCommit[];
}

/**
 * Walks a stream as it is stored and names every commit that is not as it was written: any changed attribute, a
 * missing, moved or added commit. A commit that follows from its predecessor's content or from its predecessor's
 * stored hash is whole itself, so one change is one line. What a chain alone cannot show (a tail cut off, a whole
 * chain written anew) needs anchors from outside. `now` allows for run streams that DynamoDB has begun to remove.
 */
export async function verifyStream(
  scan: Pick<StoreScan, "commits">,
  stream: string,
  now: Date,
): Promise<Verification> {
  const broken: BrokenCommit[] = [];
  let events = 0;
  let link: Link = { version: 0, hash: NO_HASH, at: "" };
  /** The hash that the commit before has by its content, where that differs from the one it shows. */
  let recomputed: string | null = null;
  /** Where the commit before may have ended: where its n and its events disagree, the next one tells who lies. */
  let ends: readonly number[] = [0];
  let first = true;
  let ttl: number | null = null;
  for await (const commit of scan.commits(stream)) {
    const end = ends.find((version) => version === commit.version - 1);
    const before: Link = end === undefined ? link : { ...link, version: end };
    if (commit.damage === null) events += commit.lastVersion - commit.version + 1;
    const removed = first && commit.version > 1 && expired(commit, now);
    if (first) ttl = commit.ttl;
    first = false;
    const reason: string | null = removed
      ? commit.damage
      : (wrongExpiry(commit, ttl) ?? brokenAfter(before, recomputed, commit));
    if (reason !== null) broken.push({ stream, version: commit.version, reason });
    recomputed = reason === null ? null : commitHash(before.hash, commit);
    ends = endsOf(commit);
    link = {
      version: ends[0] ?? before.version + 1,
      hash: commit.hash,
      at: reason === null ? commit.recordedAt : before.at,
    };
  }
  return { streams: 1, events, broken };
}

/** All streams that begin with the prefix; a scan of the whole table. */
export async function verifyAll(scan: StoreScan, now: Date, prefix?: string): Promise<Verification> {
  const broken: BrokenCommit[] = [];
  let streams = 0;
  let events = 0;
  for await (const stream of scan.streams(prefix)) {
    const one = await verifyStream(scan, stream, now);
    streams += 1;
    events += one.events;
    broken.push(...one.broken);
  }
  return { streams, events, broken };
}

function brokenAfter(link: Link, recomputed: string | null, commit: StoredCommit): string | null {
  const reason = brokenLink(link, commit);
  if (reason === null || recomputed === null) return reason;
  return brokenLink({ ...link, hash: recomputed }, commit) === null ? null : reason;
}

function endsOf(commit: StoredCommit): readonly number[] {
  if (commit.damage === null) return [commit.lastVersion];
  const ends = commit.lastVersion >= commit.version ? [commit.lastVersion] : [];
  try {
    ends.push(commit.version + parseEvents(commit.canonical).length - 1);
  } catch {
    // The events cannot be read, which `damage` tells: n alone is left.
  }
  return ends;
}

/** A history is kept for ever, and the commits of a run expire together. */
function wrongExpiry({ stream, ttl }: StoredCommit, first: number | null): string | null {
  if (!stream.startsWith("run#"))
    return ttl === null ? null : "ttl was added: DynamoDB would remove a commit that is kept for ever";
  return ttl === first ? null : `ttl is ${ttl ?? "missing"}, that of the first commit ${first ?? "missing"}`;
}

function expired(commit: StoredCommit, now: Date): boolean {
  return commit.ttl !== null && commit.ttl * 1000 <= now.getTime();
}
