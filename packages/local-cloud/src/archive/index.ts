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

function layoutEntry(file: FoundFile, taken: ReadonlyMap<string, unknown>): Entry | null {
  const name = parseFileName(basename(file.path));
  if (name === null) return null;
  const plain = keyOf(name, name.unique);
  // Two folders may hold files of one name: both are served.
  const key = taken.has(plain) ? keyOf(name, uniquePart(file.path)) : plain;
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
 * Region and hour. The folder is listed once, here; contents are read when they are asked for. Throws
 * `logs-unreadable` and `no-logs`; a file that cannot be read is listed in `bad` and stops nothing.
 */
export async function openLogArchive(dir: string): Promise<LogArchive> {
  const files = await findFiles(dir);
  if (files.length === 0) {
    throw permanent("no-logs", `the folder of logs ${dir} holds no .json or .json.gz file`);
  }
  const bad = new Map<string, string>();
  let indexed: Promise<ReadonlyMap<string, Entry>> | undefined;
  let listed: Promise<readonly ArchiveObject[]> | undefined;
  let read: Promise<Activity> | undefined;

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

  async function index(): Promise<ReadonlyMap<string, Entry>> {
    const entries = new Map<string, Entry>();
    const others: FoundFile[] = [];
    for (const file of files) {
      const entry = layoutEntry(file, entries);
      if (entry === null) others.push(file);
      else entries.set(entry.object.key, entry);
    }
    for await (const [, parts] of ahead(others, split)) {
      for (const entry of parts) entries.set(entry.object.key, entry);
    }
    return entries;
  }

  const entriesOf = () => (indexed ??= index());

  async function contentOf(entry: Entry): Promise<Buffer | null> {
    return entry.bytes ?? (entry.file === null ? null : await load(entry.file));
  }

  async function recordsOf(entry: Entry): Promise<readonly RawRecord[]> {
    const bytes = await contentOf(entry);
    return bytes === null ? [] : await parse(bytes, entry.file ?? entry.object.key);
  }

  async function readAll(): Promise<Activity> {
    const activity = createActivity();
    for await (const [entry, records] of ahead([...(await entriesOf()).values()], recordsOf)) {
      // A split file has no delivery of its own: every event of it counts.
      const delivered = entry.file === null ? null : entry.object.deliveredAt;
      for (const record of records) activity.add(record, delivered);
    }
    return activity;
  }

  const activityOf = () => (read ??= readAll());

  return {
    dir,
    objects: () =>
      (listed ??= entriesOf().then((entries) =>
        [...entries.values()].map(({ object }) => object).sort((a, b) => (a.key < b.key ? -1 : 1)),
      )),
    async get(key) {
      const entry = (await entriesOf()).get(key);
      if (entry === undefined) return null;
      const bytes = await contentOf(entry);
      return bytes !== null && entry.file?.endsWith(".json") ? await deflate(bytes) : bytes;
    },
    activity: activityOf,
    newestEvent: async () => (await activityOf()).newestEvent(),
    bad: () => [...bad].map(([path, reason]) => ({ path, reason })),
  };
}
