import { createHash } from "node:crypto";
import { StoreError } from "./errors.ts";

/** The name of a blob: SHA-256 (hex) of its bytes. */
export function blobHash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function blobMissing(hash: string, where: string): StoreError {
  return new StoreError("blob-missing", `There is no blob ${hash} in ${where}.`);
}

export function blobDamaged(hash: string, where: string, why: string): StoreError {
  return new StoreError(
    "blob-damaged",
    `The blob ${hash} in ${where} is not what was written: ${why}. Restore it from an earlier version or a backup.`,
  );
}
