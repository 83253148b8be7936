import { type CheckpointStore, checkpointHash, isStoreError, readCheckpoint } from "@plp/event-store";

/** What somebody outside of the table saw of a stream: its version was held by the commit of this hash. */
export interface Anchor {
  readonly stream: string;
  readonly version: number;
  readonly hash: string;
  /** Who saw it: `checkpoint 2026-11-25`, `commit 9f1c2ab0 by plp-bot`. */
  readonly seenBy: string;
}

/** What is wrong with a checkpoint itself. */
export interface BrokenAnchor {
  readonly stream: string;
  readonly version: number;
  readonly reason: string;
}

/** The heads of all checkpoints, each the first time that it was seen; and the checkpoints that are not as they were written. */
export async function anchorsOf(checkpoints: Pick<CheckpointStore, "names" | "read">): Promise<{
  readonly anchors: readonly Anchor[];
  readonly broken: readonly BrokenAnchor[];
  readonly count: number;
}> {
  const anchors = new Map<string, Anchor>();
  const broken: BrokenAnchor[] = [];
  const names = await checkpoints.names();
  let before: { name: string; sha256: string } | null = null;
  for (const name of names) {
    const seenBy = `checkpoint ${name}`;
    try {
      const bytes = await checkpoints.read(name);
      const { previous, heads } = readCheckpoint(bytes, name);
      const reason = brokenChain(previous, before);
      if (reason !== null) broken.push({ stream: seenBy, version: 0, reason });
      for (const head of heads) {
        const key = JSON.stringify([head.stream, head.version, head.hash]);
        if (!anchors.has(key)) anchors.set(key, { ...head, seenBy });
      }
      before = { name, sha256: checkpointHash(bytes) };
    } catch (error) {
      if (!isStoreError(error, "checkpoint-damaged")) throw error;
      broken.push({ stream: seenBy, version: 0, reason: error.message });
    }
  }
  return { anchors: [...anchors.values()], broken, count: names.length };
}

function brokenChain(
  previous: { readonly name: string; readonly sha256: string } | null,
  before: { readonly name: string; readonly sha256: string } | null,
): string | null {
  // The first that is left says itself whether there was one before it.
  if (previous === null)
    return before === null ? null : `it knows nothing of checkpoint ${before.name} before it`;
  if (before === null || previous.name !== before.name)
    return `checkpoint ${previous.name} before it is gone`;
  return previous.sha256 === before.sha256 ? null : `checkpoint ${before.name} before it was changed`;
}
