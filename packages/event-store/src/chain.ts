import { createHash } from "node:crypto";

/** The hash before the first commit of a stream. */
export const NO_HASH = "";

/**
 * The hash of a commit: SHA-256 (hex) over the previous commit's hash, the stream, the commitId, recordedAt and the
 * canonical events, each preceded by its length in bytes so that nothing can be moved from one part to the next.
 */
export function commitHash(
  previous: string,
  commit: {
    readonly stream: string;
    readonly commitId: string;
    readonly recordedAt: string;
    readonly canonical: string;
  },
): string {
  const hash = createHash("sha256");
  for (const part of [previous, commit.stream, commit.commitId, commit.recordedAt, commit.canonical])
    hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}

/** The later of the clock and the last commit: recordedAt never decreases within a stream. */
export function recordedAtAfter(now: Date, last: string): string {
  const at = now.toISOString();
  return at > last ? at : last;
}
