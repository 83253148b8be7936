import { createHash } from "node:crypto";
import { StoreError } from "./errors.ts";
import type { NewEvent } from "./types.ts";

/** Deeper data than this is a mistake (or an attack on the stack), not an event. */
const MAX_DEPTH = 200;

/**
 * The one JSON text of a value: keys sorted by UTF-16 code unit, no white space, `undefined` members dropped, strings
 * and numbers as JSON.stringify writes them (no Unicode normalization: what was recorded is what is kept). Throws
 * `not-canonical`, with the path, on whatever JSON would lose or change: NaN, Infinity, undefined in an array, bigint,
 * functions, symbols, Dates and other class instances, circles.
 */
export function canonicalJson(value: unknown): string {
  return write(value, null, 0);
}

/** Where a value stands; put into words only when it is refused. */
interface Place {
  readonly within: Place | null;
  readonly step: string | number;
}

function write(value: unknown, place: Place | null, depth: number): string {
  if (depth > MAX_DEPTH) throw refuse(place, `is nested deeper than ${MAX_DEPTH} levels`);
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw refuse(place, `is ${value}, which JSON cannot hold`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    let text = "";
    for (let i = 0; i < value.length; i += 1)
      text += `${i === 0 ? "" : ","}${write(value[i], { within: place, step: i }, depth + 1)}`;
    return `[${text}]`;
  }
  if (isPlain(value)) {
    let text = "";
    for (const key of Object.keys(value).sort()) {
      const member = value[key];
      if (member === undefined) continue;
      const written = write(member, { within: place, step: key }, depth + 1);
      text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${written}`;
    }
    return `{${text}}`;
  }
  throw refuse(place, `is ${describe(value)}, which JSON cannot hold unchanged`);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  return `a ${value.constructor?.name ?? "class"} instance`;
}

function refuse(place: Place | null, what: string): StoreError {
  let path = "";
  for (let at = place; at !== null; at = at.within)
    path = `${typeof at.step === "number" ? `[${at.step}]` : `.${at.step}`}${path}`;
  return new StoreError("not-canonical", `Cannot write the event: $${path} ${what}. Record plain JSON data.`);
}

/** The bytes that the hash chain covers: an array of the events, each with its own members only. */
export function canonicalEvents(events: readonly NewEvent[]): string {
  return canonicalJson(
    events.map((event) => ({
      type: event.type,
      schemaVersion: event.schemaVersion,
      occurredAt: event.occurredAt,
      actor: { kind: event.actor.kind, id: event.actor.id, name: event.actor.name },
      correlationId: event.correlationId,
      causationId: event.causationId,
      data: event.data,
    })),
  );
}

/**
 * SHA-256 (hex) of the types and data of the events. Two commits of one commitId must agree on it; times and causes
 * may differ between deliveries, and then the first writer's stand.
 */
export function digestOf(events: readonly NewEvent[]): string {
  const essence = canonicalJson(events.map((event) => [event.type, event.data ?? null]));
  return createHash("sha256").update(essence).digest("hex");
}
