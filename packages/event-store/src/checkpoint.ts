import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical.ts";
import { StoreError } from "./errors.ts";

/** Where a stream ended: the version of its last event and the hash of the commit that holds it. */
export interface CheckpointHead {
  readonly stream: string;
  readonly version: number;
  readonly hash: string;
}

/** The heads of all streams that are kept for ever, at a moment. */
export interface Checkpoint {
  readonly at: string;
  /** Name and SHA-256 (hex) of the checkpoint before it, so that none can be taken away unseen; null for the first. */
  readonly previous: { readonly name: string; readonly sha256: string } | null;
  readonly heads: readonly CheckpointHead[];
}

/** The bytes of a checkpoint: canonical JSON, its heads sorted by stream. */
export function writeCheckpoint({ at, previous, heads }: Checkpoint): Uint8Array {
  const sorted = [...heads].sort((a, b) => (a.stream < b.stream ? -1 : 1));
  return Buffer.from(
    canonicalJson({
      v: 1,
      at,
      previous: previous === null ? null : { name: previous.name, sha256: previous.sha256 },
      heads: sorted.map(({ stream, version, hash }) => [stream, version, hash]),
    }),
  );
}

/** The checkpoint of these bytes. Throws `checkpoint-damaged`. */
export function readCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const { v, at, previous, heads } = parsed as Record<string, unknown>;
    if (v !== 1 || typeof at !== "string" || !Array.isArray(heads)) throw new Error("it is no checkpoint");
    return { at, previous: previousOf(previous), heads: heads.map(headOf) };
  } catch (error) {
    throw new StoreError(
      "checkpoint-damaged",
      `Checkpoint ${name} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

export function checkpointHash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function previousOf(value: unknown): Checkpoint["previous"] {
  if (value === null) return null;
  const { name, sha256 } = value as Record<string, unknown>;
  if (typeof name !== "string" || typeof sha256 !== "string") throw new Error("previous is no checkpoint");
  return { name, sha256 };
}

function headOf(value: unknown): CheckpointHead {
  if (!Array.isArray(value)) throw new Error("a head is no list");
  const [stream, version, hash]: unknown[] = value;
  if (typeof stream !== "string" || !Number.isSafeInteger(version) || typeof hash !== "string")
    throw new Error("a head has no stream, version and hash");
  return { stream, version: version as number, hash };
}
