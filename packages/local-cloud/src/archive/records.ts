import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { messageOf, permanent } from "@plp/runtime";

/** A CloudTrail record as it was read: nothing of it is believed before it is looked at. */
export type RawRecord = Readonly<Record<string, unknown>>;

const inflate = promisify(gunzip);
/** CloudTrail's files hold some megabytes; a thousand times that is no log file. */
const maxInflated = 512 * 1024 * 1024;

export function isObject(value: unknown): value is RawRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function recordsIn(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return null;
  if (Array.isArray(value.Records)) return value.Records;
  return "eventName" in value || "eventSource" in value ? [value] : null;
}

function parseText(content: string): readonly unknown[] {
  const clean = content.charCodeAt(0) === 0xfeff ? content.slice(1) : content;
  try {
    const records = recordsIn(JSON.parse(clean));
    if (records !== null) return records;
  } catch (error) {
    const lines = clean.split("\n").filter((line) => line.trim() !== "");
    if (lines.length < 2 || !lines[0]?.trimEnd().endsWith("}")) throw error;
    return lines.flatMap((line) => recordsIn(JSON.parse(line)) ?? []);
  }
  throw new Error("no Records, no array and no record in it");
}

/**
 * The records of one log file: `{"Records": […]}`, an array, a single record or one record a line, compressed or not.
 * Throws `bad-log-file` with the reason.
 */
export async function parseLogFile(bytes: Uint8Array): Promise<readonly RawRecord[]> {
  try {
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const plain = packed ? await inflate(bytes, { maxOutputLength: maxInflated }) : Buffer.from(bytes);
    return parseText(plain.toString("utf8")).filter(isObject);
  } catch (error) {
    throw permanent("bad-log-file", `not a CloudTrail log file: ${messageOf(error)}`);
  }
}

/** The eventTime as ISO 8601 UTC to the second; null when it is none. */
export function eventTime(record: RawRecord): string | null {
  const time = text(record.eventTime);
  return time !== null &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(time) &&
    !Number.isNaN(Date.parse(time))
    ? `${time.slice(0, 19)}Z`
    : null;
}

export function accountOf(record: RawRecord): string | null {
  const identity = record.userIdentity;
  const account = text(record.recipientAccountId) ?? (isObject(identity) ? text(identity.accountId) : null);
  return account !== null && /^\d{12}$/.test(account) ? account : null;
}

export function regionOf(record: RawRecord): string | null {
  const region = text(record.awsRegion);
  return region !== null && /^[a-z][a-z0-9-]{1,29}$/.test(region) ? region : null;
}
