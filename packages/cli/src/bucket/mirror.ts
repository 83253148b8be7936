import { randomUUID } from "node:crypto";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { BadFile } from "@plp/cloudtrail";
import { isFault, messageOf } from "@plp/runtime";
import type { LogObject, TrailBucket } from "./trail-bucket.ts";
import type { Days } from "./trail-keys.ts";

export interface Mirrored {
  readonly objects: number;
  readonly fetched: number;
  readonly bad: readonly BadFile[];
}

const atOnce = 16;

/**
 * Fetches the objects of a bucket that a folder does not hold yet, under their keys. CloudTrail never changes a file, so
 * one of the same size is the same; each is written as a whole or not at all, so a run that was interrupted goes on
 * where it was. An object that may not be read is told and left out; a fault that may pass ends the run.
 */
export async function mirror(
  bucket: TrailBucket,
  prefix: string,
  days: Days,
  dir: string,
  onFetched: (mirrored: Mirrored) => void = () => {},
): Promise<Mirrored> {
  let [objects, fetched] = [0, 0];
  const bad: BadFile[] = [];
  const root = resolve(dir);
  const fetchOne = async ({ key, size }: LogObject): Promise<void> => {
    const path = resolve(join(root, key));
    if (!path.startsWith(`${root}${sep}`)) {
      bad.push({ path: key, reason: "its key leads out of the folder" });
      return;
    }
    const known = await stat(path).catch(() => null);
    if (known?.isFile() === true && known.size === size) return;
    try {
      const bytes = await bucket.read(key);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const written = `${path}.${randomUUID()}.part`;
      await writeFile(written, bytes, { mode: 0o600 });
      await rename(written, path);
      fetched += 1;
    } catch (error) {
      if (!isOfThisOne(error)) throw error;
      bad.push({ path: key, reason: messageOf(error) });
    }
  };
  const running = new Set<Promise<void>>();
  try {
    for await (const object of bucket.list(prefix, days)) {
      objects += 1;
      const work = fetchOne(object).then(() => {
        running.delete(work);
        onFetched({ objects, fetched, bad });
      });
      running.add(work);
      if (running.size >= atOnce) await Promise.race(running);
    }
    await Promise.all(running);
  } finally {
    // The first fault is the one that is told; nothing goes on behind the caller's back.
    await Promise.allSettled(running);
  }
  return { objects, fetched, bad };
}

/** An object that may not be read, or whose key is no path here; anything else would befall the next ones too. */
function isOfThisOne(error: unknown): boolean {
  if (isFault(error)) return !error.retryable;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOTDIR" || code === "EISDIR" || code === "EEXIST" || code === "ENAMETOOLONG";
}
