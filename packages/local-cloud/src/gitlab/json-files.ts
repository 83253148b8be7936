import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { permanent } from "@plp/runtime";
import * as z from "zod";

/** A folder of JSON files, one per item, kept in memory as well. */
export interface JsonFolder<K, T> {
  readonly items: ReadonlyMap<K, T>;
  put(key: K, item: T): Promise<void>;
  /** In memory only: for what the next start may find as it was before, or until `keep`. */
  hold(key: K, item: T): void;
  /** Brings the file to what memory holds of it by then. */
  keep(key: K): Promise<void>;
  remove(key: K): Promise<void>;
}

interface Naming<K> {
  /** The file's name without `.json`. */
  readonly nameOf: (key: K) => string;
  readonly keyOf: (name: string) => K;
}

export const byNumber: Naming<number> = { nameOf: String, keyOf: Number };

/** For keys that hold anything: file names are their bytes in hexadecimal. */
export const byText: Naming<string> = {
  nameOf: (key) => Buffer.from(key).toString("hex"),
  keyOf: (name) => Buffer.from(name, "hex").toString("utf8"),
};

/**
 * Opens a folder of items. Every write goes to a temporary file, is forced to the disk and renamed, so a kill at any
 * moment leaves the old or the new file, and memory follows only then.
 */
export async function openJsonFolder<K, T>(
  folder: string,
  schema: z.ZodType<T>,
  { nameOf, keyOf }: Naming<K>,
): Promise<JsonFolder<K, T>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const items = new Map<K, T>();
  for (const file of await readdir(folder)) {
    const path = join(folder, file);
    if (file.endsWith(".new")) await rm(path, { force: true });
    else if (file.endsWith(".json")) {
      items.set(keyOf(file.slice(0, -".json".length)), await readJson(path, schema));
    }
  }
  const fileOf = (key: K) => join(folder, `${nameOf(key)}.json`);
  /** The last write of each file that is under way: two at once would take each other's temporary file away. */
  const writes = new Map<K, Promise<void>>();
  function afterOthers(key: K, write: () => Promise<void>): Promise<void> {
    const done = (writes.get(key) ?? Promise.resolve()).catch(() => undefined).then(write);
    writes.set(key, done);
    const forget = () => void (writes.get(key) === done && writes.delete(key));
    done.then(forget, forget);
    return done;
  }
  return {
    items,
    put: (key, item) =>
      afterOthers(key, async () => {
        await writeJson(fileOf(key), item);
        items.set(key, item);
      }),
    keep: (key) =>
      afterOthers(key, async () => {
        const item = items.get(key);
        if (item !== undefined) await writeJson(fileOf(key), item);
      }),
    hold: (key, item) => {
      items.set(key, item);
    },
    remove: (key) =>
      afterOthers(key, async () => {
        await rm(fileOf(key), { force: true });
        items.delete(key);
      }),
  };
}

export async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readFile(file, "utf8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw permanent(
      "local-gitlab-state",
      `${file} is not JSON: restore it, or start with a new state directory`,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problem = z.prettifyError(parsed.error).slice(0, 300);
  throw permanent("local-gitlab-state", `${file} does not hold what was written there: ${problem}`);
}

/** Writes a file whole or not at all, readable by its owner only: tokens and states lie here. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(value)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  const folder = await open(dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
