import { hash } from "node:crypto";

/** JSON with sorted keys, so that the same content in another order is the same text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const fields = value as Readonly<Record<string, unknown>>;
    let text = "{";
    for (const key of Object.keys(fields).sort()) {
      text += `${JSON.stringify(key)}:${canonical(fields[key])},`;
    }
    return `${text}}`;
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
      const key = hash("sha256", `${eventID}\n${canonical(raw)}`, "base64");
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
