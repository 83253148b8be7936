import type { CheckpointStore } from "@plp/event-store";

/** Checkpoints in memory. */
export function memoryCheckpointStore(): CheckpointStore {
  const written = new Map<string, Uint8Array>();
  return {
    async names() {
      return [...written.keys()].sort();
    },
    async read(name) {
      const bytes = written.get(name);
      if (bytes === undefined) throw new Error(`There is no checkpoint ${name}.`);
      return bytes;
    },
    async write(name, bytes) {
      if (written.has(name)) return false;
      written.set(name, Uint8Array.from(bytes));
      return true;
    },
  };
}
