import { createHash } from "node:crypto";

/** JSON with sorted keys, so that the same content in another order is the same text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
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
      const key = createHash("sha256").update(eventID).update("\n").update(canonical(raw)).digest("base64");
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
