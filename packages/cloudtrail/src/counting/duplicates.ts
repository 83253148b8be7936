import { hash } from "node:crypto";
import { canonical } from "./canonical.ts";

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
