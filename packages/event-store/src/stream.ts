import { commitHash, NO_HASH } from "./chain.ts";
import { type DecodedCommit, recordedEvents } from "./commit-item.ts";
import { StoreError } from "./errors.ts";
import type { Head, RecordedEvent, StoredCommit } from "./types.ts";

/** Every head that a load or an append gave out: nobody else can make one, so none can point inside a commit. */
const given = new WeakSet<Head>();

export function giveHead(head: Head): Head {
  given.add(head);
  return head;
}

export function wasGiven(head: Head): boolean {
  return given.has(head);
}

export function headAfter(head: Head, { commit, digest }: DecodedCommit): Head {
  return giveHead({
    stream: head.stream,
    version: commit.lastVersion,
    hash: commit.hash,
    at: commit.recordedAt,
    ttl: head.version === 0 ? commit.ttl : head.ttl,
    commitIds: new Map(head.commitIds).set(commit.commitId, digest),
  });
}

/** Where a chain stands: the part of a head that the next commit must follow from. */
export interface Link {
  readonly version: number;
  readonly hash: string;
  readonly at: string;
}

/** Why this commit cannot follow that one as it stands, or null. */
export function brokenLink(previous: Link, commit: StoredCommit): string | null {
  if (commit.damage !== null) return commit.damage;
  if (commit.version !== previous.version + 1)
    return `sk is ${commit.version} where ${previous.version + 1} must follow: a commit is missing, or sk or n was changed`;
  if (commit.recordedAt < previous.at)
    return `at is ${commit.recordedAt}, before the commit before it (${previous.at})`;
  if (hashAfter(previous.hash, commit) !== commit.hash)
    return "the hash does not follow from the commit before it and from this one's pk, id, at, h and e: one of them was changed";
  return null;
}

/** Commits whose hash was found to follow from this one: the same object need not be hashed at every load. */
const followed = new WeakMap<StoredCommit, string>();

function hashAfter(previous: string, commit: StoredCommit): string {
  if (followed.get(commit) === previous) return commit.hash;
  const hash = commitHash(previous, commit);
  if (hash === commit.hash) followed.set(commit, previous);
  return hash;
}

/** Folds commits, in order and complete, into events and a head; the chain is checked on the way. */
export function streamReader(stream: string, now: Date) {
  const events: RecordedEvent[] = [];
  const commitIds = new Map<string, string>();
  let link: Link = { version: 0, hash: NO_HASH, at: "" };
  let ttl: number | null = null;

  function add(decoded: DecodedCommit): void {
    const { commit } = decoded;
    const broken = brokenLink(link, commit);
    if (broken !== null) throw unreadable(commit, broken);
    if (link.version === 0) ttl = commit.ttl;
    events.push(...recordedEvents(decoded));
    commitIds.set(commit.commitId, decoded.digest);
    link = { version: commit.lastVersion, hash: commit.hash, at: commit.recordedAt };
  }

  function unreadable(commit: StoredCommit, reason: string): StoreError {
    if (commit.ttl !== null && commit.ttl * 1000 <= now.getTime())
      return new StoreError(
        "stream-expired",
        `Stream ${stream} is past its time to live and DynamoDB is removing it: nothing can be decided from it.`,
      );
    return new StoreError(
      "stream-damaged",
      `Stream ${stream} is damaged at version ${commit.version}: ${reason}. Nothing is decided from it; run plp verify and restore the item from a backup.`,
    );
  }

  function finish(): { events: readonly RecordedEvent[]; head: Head } {
    return { events, head: giveHead({ stream, ...link, ttl, commitIds }) };
  }

  return { add, finish };
}
