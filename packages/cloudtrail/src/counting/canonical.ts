/** Deeper than any record of AWS; a hostile one must not exhaust the stack. */
const deepest = 100;

/** JSON with sorted keys, so that the same content in another order is the same text; null for what is too deep. */
export function canonical(value: unknown, depth = 0): string | null {
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
