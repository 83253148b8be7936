import { messageOf } from "@plp/runtime/errors";
import { isFields } from "../mapping/record.ts";
import type { BadFile } from "../types.ts";
import { unpackLog } from "./unpack.ts";

export interface LogFile {
  readonly records: readonly unknown[];
  /** The whole file, or lines of it, that could not be read. */
  readonly bad: readonly BadFile[];
}

/** Is it a log by its name? Digests and Insights lie beside the logs and hold no calls. */
export function isLogFile(path: string): boolean {
  return /\.json(\.gz)?$/i.test(path) && !/CloudTrail-(Digest|Insight)/i.test(path);
}

/** When AWS delivered the file, by its name (`…_20230710T1205Z_…`), in milliseconds; null for another name. */
export function deliveredAt(path: string): number | null {
  const [, year, month, day, hour, minute] = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_[^/\\]*$/.exec(path) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:59.999Z`);
  return Number.isNaN(time) ? null : time;
}

/** Looks like a record, also an old or a cut one. */
function isRecord(value: unknown): boolean {
  return isFields(value) && ("eventName" in value || "eventSource" in value || "eventID" in value);
}

/** `LookupEvents` wraps each record as text. */
function fromLookup(events: readonly unknown[]): unknown[] {
  return events.map((event) => {
    const text = isFields(event) ? event.CloudTrailEvent : undefined;
    return typeof text === "string" ? (JSON.parse(text) as unknown) : event;
  });
}

function recordsOf(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) {
    return value;
  }
  if (!isFields(value)) {
    return null;
  }
  if (Array.isArray(value.Records)) {
    return value.Records;
  }
  if (Array.isArray(value.Events)) {
    return fromLookup(value.Events);
  }
  return isRecord(value) ? [value] : null;
}

/** One record a line. Null when not even the first line is JSON: then it is no such file. */
function fromLines(text: string, path: string): LogFile | null {
  const records: unknown[] = [];
  const bad: BadFile[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") {
      continue;
    }
    try {
      const found = recordsOf(JSON.parse(line));
      if (found === null) {
        bad.push({ path, reason: `line ${index + 1} is JSON but holds no CloudTrail record` });
      } else {
        records.push(...found);
      }
    } catch (error) {
      if (records.length === 0) {
        return null;
      }
      bad.push({ path, reason: `line ${index + 1} is not JSON: ${briefly(error)}` });
    }
  }
  return { records, bad };
}

/** JSON.parse's message without the piece of the file that it quotes: that may hold anything. */
export function briefly(error: unknown): string {
  const message = messageOf(error);
  const position = /at position (\d+)/.exec(message)?.[1];
  return position === undefined
    ? /end of JSON input|unterminated/i.test(message)
      ? "it ends too early"
      : "unexpected character"
    : `unexpected character at position ${position}`;
}

/**
 * The records of one log file: `.json` or gzip by its content, with or without a byte-order mark; `{"Records": []}`,
 * an array, one record, one record a line, or what LookupEvents answers. Never throws: what cannot be read is in
 * `bad`, with the position in the unpacked text where it is known.
 */
export function readLogFile(bytes: Uint8Array, path: string): LogFile {
  const content = unpackLog(bytes);
  return "reason" in content
    ? { records: [], bad: [{ path, reason: content.reason }] }
    : parseLog(content.unpacked, path);
}

/** The same for bytes that are unpacked. */
export function parseLog(unpacked: Uint8Array, path: string): LogFile {
  const failed = (reason: string): LogFile => ({ records: [], bad: [{ path, reason }] });
  const text = new TextDecoder().decode(unpacked);
  if (text.trim() === "") {
    return failed("the file is empty");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return (
      fromLines(text, path) ?? failed(`not JSON: ${briefly(error)} (byte ${unpacked.length} is its last)`)
    );
  }
  try {
    const records = recordsOf(value);
    return records === null
      ? failed("JSON, but no CloudTrail records: `Records` is missing")
      : { records, bad: [] };
  } catch (error) {
    return failed(`an event of LookupEvents is not JSON: ${briefly(error)}`);
  }
}
