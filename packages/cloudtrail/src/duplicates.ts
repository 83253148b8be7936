import { hash } from "node:crypto";

/** Deeper than any record of AWS; a hostile one must not exhaust the stack. */
const deepest = 100;

/** JSON with sorted keys, so that the same content in another order is the same text; null for what is too deep. */
function canonical(value: unknown, depth = 0): string | null {
  if (typeof value !== "object" || value === null) {
    return JSON.stringify(value) ?? "null";
  }
  if (depth > deepest) {
    return null;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const keys = Array.isArray(value) ? Object.keys(value) : Object.keys(fields).sort();
  let text = Array.isArray(value) ? "[" : "{";
  for (const key of keys) {
    const inner = canonical(fields[key], depth + 1);
    if (inner === null) {
      return null;
    }
    text += `${JSON.stringify(key)}:${inner},`;
  }
  return `${text}]`;
}

export interface Duplicates {
  /** Was a record with this eventID and this content seen before? Remembers it either way. */
  seen(eventID: string | null, raw: unknown): boolean;
}

/**
 * Knows the last `window` records: CloudTrail delivers a record twice within hours, never years. Different records
 * that share an eventID are different; a record without an eventID is never a duplicate.
 */
export function rememberRecords(window = 500_000): Duplicates {
  const known = new Set<string>();
  return {
    seen(eventID, raw) {
      if (eventID === null) {
        return false;
      }
      const text = canonical(raw);
      if (text === null) {
        // To count a record twice is harmless, to lose one is not.
        return false;
      }
      const key = hash("sha256", `${eventID}\n${text}`, "base64");
      if (known.has(key)) {
        return true;
      }
      known.add(key);
      if (known.size > window) {
        const [oldest] = known;
        known.delete(oldest ?? key);
      }
      return false;
    },
  };
}
