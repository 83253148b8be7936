import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { UsageError } from "./errors.ts";
import type { HourUsage, UnmappedCall, UsagePermission } from "./types.ts";

/** Of JSON, before compression: whatever it compresses to fits DynamoDB's 400 KB with keys and all. */
export const MAX_PART_BYTES = 350 * 1024;
const COMPRESS_FROM = 1024;
const MAX_UNPACKED = 16 * 1024 * 1024;

export interface UsagePart {
  readonly permissions: readonly UsagePermission[];
  readonly unmapped: readonly UnmappedCall[];
}

/** Cuts what a role did in an hour into parts of at most MAX_PART_BYTES of JSON, in order; at least one. */
export function partsOf(usage: HourUsage): readonly UsagePart[] {
  const parts: { permissions: UsagePermission[]; unmapped: UnmappedCall[] }[] = [];
  let current = { permissions: [] as UsagePermission[], unmapped: [] as UnmappedCall[] };
  let bytes = jsonBytes(current);
  const room = (entry: UsagePermission | UnmappedCall, name: string) => {
    const size = jsonBytes(entry) + 1;
    if (size + 64 > MAX_PART_BYTES)
      throw new UsageError(
        "usage-too-large",
        `${name} of ${usage.roleArn} takes ${size} bytes, and an item holds ${MAX_PART_BYTES}: keep fewer examples.`,
      );
    if (bytes + size > MAX_PART_BYTES) {
      parts.push(current);
      current = { permissions: [], unmapped: [] };
      bytes = jsonBytes(current);
    }
    bytes += size;
  };
  for (const permission of usage.permissions) {
    room(permission, permission.action);
    current.permissions.push(permission);
  }
  for (const call of usage.unmapped) {
    room(call, `${call.eventSource}:${call.eventName}`);
    current.unmapped.push(call);
  }
  return [...parts, current];
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** JSON as bytes, gzipped when large. */
export function pack(value: unknown): Uint8Array {
  const json = Buffer.from(JSON.stringify(value), "utf8");
  return json.length < COMPRESS_FROM ? json : gzipSync(json);
}

/** The opposite of pack; throws `usage-damaged`, naming what could not be read. */
export function unpack(bytes: Uint8Array | undefined, what: string): Record<string, unknown> {
  try {
    if (bytes === undefined) throw new Error("its content is missing");
    const json = bytes[0] === 0x1f ? gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED }) : bytes;
    const value: unknown = JSON.parse(Buffer.from(json).toString("utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new Error("it is no object");
    return value as Record<string, unknown>;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError("usage-damaged", `${what} cannot be read: ${why}. Have its hour read again.`);
  }
}

/** A list within what unpack gave; its entries are as this package wrote them. */
export function listOf<T>(record: Record<string, unknown>, name: string, what: string): readonly T[] {
  const list = record[name];
  if (!Array.isArray(list))
    throw new UsageError("usage-damaged", `${what} has no list of ${name}. Have its hour read again.`);
  return list;
}

/** Names the content of a split item, so that a repeat writes the same keys and a change writes others. */
export function generationOf(parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}
