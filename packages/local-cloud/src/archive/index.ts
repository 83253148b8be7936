import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { messageOf, permanent } from "@plp/runtime";
import { type Activity, createActivity } from "./activity.ts";
import { ahead } from "./ahead.ts";
import { type Delivery, keyOf, parseFileName, uniquePart } from "./layout.ts";
import { parseLogFile, type RawRecord } from "./records.ts";
import { splitRecords } from "./split.ts";

/** One object of the archive, under the key that CloudTrail would have given it. */
export interface ArchiveObject extends Delivery {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: string;
}

export interface BadFile {
  readonly path: string;
  readonly reason: string;
}

export interface LogArchive {
  readonly dir: string;
  /** All objects in the order of their keys. */
  objects(): Promise<readonly ArchiveObject[]>;
  /** An object of that key; null when there is none. */
  object(key: string): Promise<ArchiveObject | null>;
  /** The bytes of an object, gzip; null when there is none of that key. */
  get(key: string): Promise<Buffer | null>;
  /** What the records say, read in one pass at the first question. */
  activity(): Promise<Activity>;
  /** The newest event that is not later than its file's delivery; null without any. */
  newestEvent(): Promise<string | null>;
  /** Files that could not be read, so far as they were read. */
  bad(): readonly BadFile[];
}

interface Entry {
  readonly object: ArchiveObject;
  /** Virtual objects keep their bytes; others are read from their file. */
  readonly bytes: Buffer | null;
  readonly file: string | null;
}

interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly modified: Date;
}

const deflate = promisify(gzip);

async function findFiles(dir: string): Promise<readonly FoundFile[]> {
  let names: readonly string[];
  try {
    names = await readdir(dir, { recursive: true });
  } catch (error) {
    throw permanent("logs-unreadable", `the folder of logs ${dir} cannot be read: ${messageOf(error)}`);
  }
  const wanted = names.filter(
    (name) => /\.json(\.gz)?$/.test(name) && !/CloudTrail-(Digest|Insight)/.test(name),
  );
  const found = await Promise.all(
    wanted.map(async (name): Promise<FoundFile | null> => {
      const path = join(dir, name);
      const about = await stat(path).catch(() => null);
      return about?.isFile() ? { path, size: about.size, modified: about.mtime } : null;
    }),
  );
  return found.filter((file) => file !== null).sort((a, b) => (a.path < b.path ? -1 : 1));
}

const tag = (...parts: readonly string[]) => createHash("md5").update(parts.join("\n")).digest("hex");

function layoutEntry(file: FoundFile, known: ReadonlyMap<string, Entry>): Entry | null {
  const name = parseFileName(basename(file.path));
  if (name === null) return null;
  const plain = keyOf(name, name.unique);
  // Two folders may hold files of one name: both are served.
  const isTaken = known.has(plain) && known.get(plain)?.file !== file.path;
  const key = isTaken ? keyOf(name, uniquePart(file.path)) : plain;
  const { accountId, region, deliveredAt } = name;
  const modifiedAt = file.modified.toISOString();
  const etag = tag(file.path, String(file.size), modifiedAt);
  return {
    object: { accountId, region, deliveredAt, key, size: file.size, etag, modifiedAt },
    bytes: null,
    file: file.path,
  };
}

/**
 * Opens a folder of CloudTrail logs of any layout as the archive that CloudTrail would have written. A file with
 * CloudTrail's own name, at any depth, is served as it is; every other `.json` or `.json.gz` file is split by account,
 * Region and hour. Contents are read when they are asked for, and files that came since are found by questions later than
 * `staleAfter` milliseconds (later in a large folder). Throws `logs-unreadable` and `no-logs`; a file that cannot be read is listed in `bad` and
 * stops nothing.
 */
export async function openLogArchive(dir: string, { staleAfter = 1000 } = {}): Promise<LogArchive> {
  let found: readonly FoundFile[] = [];
  let nextLookAt = 0;
  await lookAgain();
  if (found.length === 0) {
    throw permanent("no-logs", `the folder of logs ${dir} holds no .json or .json.gz file`);
  }
  const bad = new Map<string, string>();
  const entries = new Map<string, Entry>();
  const activity = createActivity();
  /** What was taken up of the folder, by path, size and time; and of the entries, by key and tag. */
  const [indexed, read] = [new Set<string>(), new Set<string>()];
  let indexing = Promise.resolve();
  let reading = Promise.resolve();
  let sorted: readonly ArchiveObject[] | null = null;

  async function parse(bytes: Uint8Array, path: string): Promise<readonly RawRecord[]> {
    try {
      return await parseLogFile(bytes);
    } catch (error) {
      bad.set(relative(dir, path), messageOf(error));
      return [];
    }
  }

  async function load(path: string): Promise<Buffer | null> {
    try {
      return await readFile(path);
    } catch (error) {
      bad.set(relative(dir, path), messageOf(error));
      return null;
    }
  }

  async function split(file: FoundFile): Promise<readonly Entry[]> {
    const bytes = await load(file.path);
    if (bytes === null) return [];
    const name = relative(dir, file.path);
    const { objects, lost } = await splitRecords(name, await parse(bytes, file.path));
    if (lost > 0) bad.set(name, `${lost} records have no usable account, Region or time`);
    const modifiedAt = file.modified.toISOString();
    return objects.map(({ bytes: content, ...object }) => {
      const etag = tag(object.key, String(content.length));
      return { object: { ...object, size: content.length, etag, modifiedAt }, bytes: content, file: null };
    });
  }

  async function lookAgain(): Promise<void> {
    const began = performance.now();
    found = await findFiles(dir);
    const ended = performance.now();
    // A folder of a million files takes a while to list: a twentieth of the time at most.
    nextLookAt = staleAfter === 0 ? 0 : ended + staleAfter + 20 * (ended - began);
  }

  async function index(): Promise<void> {
    if (performance.now() >= nextLookAt) await lookAgain();
    const others: FoundFile[] = [];
    for (const file of found) {
      const about = `${file.path} ${file.size} ${file.modified.getTime()}`;
      if (indexed.has(about)) continue;
      indexed.add(about);
      sorted = null;
      const entry = layoutEntry(file, entries);
      if (entry === null) others.push(file);
      else entries.set(entry.object.key, entry);
    }
    for await (const [, parts] of ahead(others, split)) {
      for (const entry of parts) entries.set(entry.object.key, entry);
    }
  }

  /** One look at a time: the next one begins where this one ended. */
  async function entriesOf(): Promise<ReadonlyMap<string, Entry>> {
    indexing = indexing.catch(() => undefined).then(index);
    await indexing;
    return entries;
  }

  async function entryOf(key: string): Promise<Entry | undefined> {
    return entries.get(key) ?? (await entriesOf()).get(key);
  }

  async function contentOf(entry: Entry): Promise<Buffer | null> {
    return entry.bytes ?? (entry.file === null ? null : await load(entry.file));
  }

  async function recordsOf(entry: Entry): Promise<readonly RawRecord[]> {
    const bytes = await contentOf(entry);
    return bytes === null ? [] : await parse(bytes, entry.file ?? entry.object.key);
  }

  async function readNew(): Promise<void> {
    const unread = [...(await entriesOf()).values()].filter(
      ({ object: { key, etag } }) => !read.has(`${key} ${etag}`),
    );
    for await (const [entry, records] of ahead(unread, recordsOf)) {
      const { key, etag, deliveredAt } = entry.object;
      // A split file has no delivery of its own: every event of it counts.
      const delivered = entry.file === null ? null : deliveredAt;
      for (const record of records) activity.add(record, delivered);
      read.add(`${key} ${etag}`);
    }
  }

  async function activityOf(): Promise<Activity> {
    reading = reading.catch(() => undefined).then(readNew);
    await reading;
    return activity;
  }

  return {
    dir,
    async objects() {
      const known = [...(await entriesOf()).values()];
      sorted ??= known.map(({ object }) => object).sort((a, b) => (a.key < b.key ? -1 : 1));
      return sorted;
    },
    object: async (key) => (await entryOf(key))?.object ?? null,
    async get(key) {
      const entry = await entryOf(key);
      if (entry === undefined) return null;
      const bytes = await contentOf(entry);
      return bytes !== null && entry.file?.endsWith(".json") ? await deflate(bytes) : bytes;
    },
    activity: activityOf,
    newestEvent: async () => (await activityOf()).newestEvent(),
    bad: () => [...bad].map(([path, reason]) => ({ path, reason })),
  };
}
