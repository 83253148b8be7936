import { createHash } from "node:crypto";
import { linkSync, mkdirSync, unlinkSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LogArchive } from "../archive/index.ts";
import { writeAtomically } from "../files.ts";
import type { Caller } from "./signature.ts";

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: string;
}

/** What one bucket can do. `may` says whether a caller may touch a key or list under a prefix. */
export interface Bucket {
  may(caller: Caller, operation: "read" | "write", keyOrPrefix: string): boolean;
  /** All objects whose key begins with the prefix, in UTF-8 order. */
  list(prefix: string): Promise<readonly StoredObject[]>;
  get(key: string): Promise<{ readonly object: StoredObject; readonly bytes: Buffer } | null>;
  /** Null: the bucket takes no writes. False: `ifAbsent` and it is there. */
  readonly put: ((key: string, bytes: Uint8Array, ifAbsent: boolean) => Promise<StoredObject | false>) | null;
}

const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

/**
 * The log archive, read-only. A session reads only what lies under its own account, as the archive's bucket policy
 * with `${aws:PrincipalAccount}` has it; the hub's own credentials read everything.
 */
export function archiveBucket(archive: LogArchive): Bucket {
  return {
    may: (caller, operation, key) =>
      operation === "read" && (caller.session === null || key.startsWith(`AWSLogs/${caller.accountId}/`)),
    list: async (prefix) => (await archive.objects()).filter(({ key }) => key.startsWith(prefix)),
    async get(key) {
      const [object, bytes] = [await archive.object(key), await archive.get(key)];
      if (object === null || bytes === null) return null;
      return { object: { ...object, size: bytes.length }, bytes };
    },
    put: null,
  };
}

/**
 * Keys become file names reversibly, whatever stands in them: folders begin with `=`, files with `-`, so that no key
 * can leave the folder and `a` can stand beside `a/b`.
 */
function fileOf(dir: string, key: string): string {
  const parts = encodeURIComponent(key).split("%2F");
  return join(dir, ...parts.map((part, at) => `${at === parts.length - 1 ? "-" : "="}${part}`));
}

function keyOf(name: string): string | null {
  if (!/^(=[^/]*\/)*-[^/]*$/.test(name) || /\.\d+(\.new\.tmp\.\d+|\.new)?\.tmp$/.test(name)) return null;
  const parts = name.split("/").map((part) => part.slice(1));
  return decodeURIComponent(parts.join("/"));
}

/** A bucket over a folder, for the hub alone. An object is written whole or not at all. */
export function folderBucket(dir: string): Bucket {
  mkdirSync(dir, { recursive: true });
  async function about(key: string): Promise<StoredObject | null> {
    const file = fileOf(dir, key);
    const found = await stat(file).catch(() => null);
    if (found === null || !found.isFile()) return null;
    return { key, size: found.size, etag: md5(await readFile(file)), modifiedAt: found.mtime.toISOString() };
  }
  return {
    may: (caller) => caller.session === null,
    async list(prefix) {
      const names = await readdir(dir, { recursive: true });
      const keys = names.map(keyOf).filter((key) => key?.startsWith(prefix) === true);
      const found = await Promise.all(keys.map((key) => about(key ?? "")));
      return found
        .filter((object) => object !== null)
        .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    },
    async get(key) {
      const object = await about(key);
      return object === null ? null : { object, bytes: await readFile(fileOf(dir, key)) };
    },
    async put(key, bytes, ifAbsent) {
      const file = fileOf(dir, key);
      if (ifAbsent) {
        const fresh = `${file}.${process.pid}.new.tmp`;
        writeAtomically(fresh, bytes);
        try {
          mkdirSync(dirname(file), { recursive: true });
          linkSync(fresh, file);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
          throw error;
        } finally {
          unlinkSync(fresh);
        }
      } else {
        writeAtomically(file, bytes);
      }
      return { key, size: bytes.length, etag: md5(bytes), modifiedAt: new Date().toISOString() };
    },
  };
}
