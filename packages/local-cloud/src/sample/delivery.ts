import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { random } from "./random.ts";
import type { LoggedEvent } from "./record.ts";

const minute = 60_000;

interface LogFile {
  readonly key: string;
  readonly deliveredAt: number;
  readonly records: readonly string[];
}

export interface DeliveryOptions {
  readonly seed: string;
  /** No file is delivered later (milliseconds). */
  readonly end: number;
  /** Adds duplicate records, one record that is hours late, and one truncated file. */
  readonly imperfect: boolean;
}

export interface Delivered {
  readonly files: number;
  /** Records that can be read, duplicates counted once. */
  readonly events: number;
  /** The key of the truncated file, if there is one. */
  readonly damaged: string | null;
}

/**
 * Writes events as CloudTrail delivers them: per account and Region a gzip file some minutes after its events, under
 * `AWSLogs/<account>/CloudTrail/<region>/YYYY/MM/DD/`, the minute of delivery in its name. A file holds what happened
 * since the one before: at most ten minutes or 900 records.
 */
export function deliver(
  directory: string,
  events: readonly LoggedEvent[],
  options: DeliveryOptions,
): Delivered {
  const files = imperfections(batch(events, options), options);
  const damaged = options.imperfect ? toDamage(files, options.end) : null;
  const readable = new Set<string>();
  const days = new Set<string>();
  for (const file of files) {
    const path = join(directory, file.key);
    const day = dirname(path);
    if (!days.has(day)) mkdirSync(day, { recursive: true });
    days.add(day);
    const bytes = gzipSync(`{"Records":[${file.records.join(",")}]}`, { level: 1 });
    if (file === damaged) {
      writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    } else {
      writeFileSync(path, bytes);
      for (const record of file.records) readable.add(record);
    }
  }
  return { files: files.length, events: readable.size, damaged: damaged?.key ?? null };
}

function batch(events: readonly LoggedEvent[], { seed, end }: DeliveryOptions): LogFile[] {
  const trails = new Map<string, LoggedEvent[]>();
  for (const event of events) {
    const trail = `${event.accountId} ${event.region}`;
    const list = trails.get(trail);
    if (list === undefined) trails.set(trail, [event]);
    else list.push(event);
  }
  const files: LogFile[] = [];
  for (const [trail, list] of [...trails].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [accountId = "", region = ""] = trail.split(" ");
    const draw = random(seed, "delivery", trail);
    const close = (records: readonly LoggedEvent[]) => {
      const last = records.at(-1)?.time ?? end;
      const deliveredAt = Math.min(last + draw.between(2, 6) * minute, end);
      files.push({
        ...named(accountId, region, deliveredAt, draw.token(16)),
        records: records.map((it) => it.json),
      });
    };
    let open: LoggedEvent[] = [];
    for (const event of list.sort((a, b) => a.time - b.time)) {
      const first = open[0];
      if (first !== undefined && (event.time - first.time > 10 * minute || open.length >= 900)) {
        close(open);
        open = [];
      }
      open.push(event);
    }
    if (open.length > 0) close(open);
  }
  return files.sort((a, b) => a.deliveredAt - b.deliveredAt || (a.key < b.key ? -1 : 1));
}

function named(accountId: string, region: string, deliveredAt: number, token: string) {
  const iso = new Date(deliveredAt).toISOString();
  const day = iso.slice(0, 10).replaceAll("-", "/");
  const stamp = `${iso.slice(0, 16).replaceAll(/[-:]/g, "")}Z`;
  const name = `${accountId}_CloudTrail_${region}_${stamp}_${token}.json.gz`;
  return { key: `AWSLogs/${accountId}/CloudTrail/${region}/${day}/${name}`, deliveredAt };
}

/** Repeats some records in a later file of the same trail, and delivers one some files late. */
function imperfections(files: readonly LogFile[], options: DeliveryOptions): LogFile[] {
  if (!options.imperfect) return [...files];
  const draw = random(options.seed, "imperfections");
  const changed = files.map((file) => ({ ...file, records: [...file.records] }));
  const trailOf = (file: LogFile) => file.key.split("/").slice(0, 4).join("/");
  for (let n = 0; n < 13; n++) {
    const from = draw.int(changed.length);
    const source = changed[from];
    const target = changed.find(
      (file, i) => i > from && source !== undefined && trailOf(file) === trailOf(source),
    );
    const repeated = source?.records[0];
    if (target === undefined || repeated === undefined) continue;
    if (n === 0 && (source?.records.length ?? 0) > 1) source?.records.shift();
    target.records.push(repeated);
  }
  return changed;
}

/** A file of routine reads about four days before the end: what is lost with it is seen elsewhere, too. */
function toDamage(files: readonly LogFile[], end: number): LogFile | null {
  const wanted = end - 97.5 * 60 * minute;
  return files
    .filter((file) => file.records.length > 150 && file.key.includes("/eu-central-1/"))
    .reduce<LogFile | null>(
      (best, file) =>
        best === null || Math.abs(file.deliveredAt - wanted) < Math.abs(best.deliveredAt - wanted)
          ? file
          : best,
      null,
    );
}
