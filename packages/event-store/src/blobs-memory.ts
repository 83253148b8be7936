import { blobHash, blobMissing } from "./blob.ts";
import type { BlobStore } from "./types.ts";

export function memoryBlobStore(): BlobStore {
  const blobs = new Map<string, Uint8Array>();
  return {
    async put(bytes) {
      const hash = blobHash(bytes);
      blobs.set(hash, Uint8Array.from(bytes));
      return hash;
    },
    async get(hash) {
      const bytes = blobs.get(hash);
      if (bytes === undefined) throw blobMissing(hash, "memory");
      return Uint8Array.from(bytes);
    },
  };
}
