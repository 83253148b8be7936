import { Fault } from "./errors.ts";
import { hidden, isSecretKey, redactText } from "./redact-text.ts";

const deepest = 16;
const longestList = 1_000;
const frames = 8;

/**
 * A copy of anything, fit for a log, an event or a page: plain JSON data without secrets. Values under a secret's
 * name and everything in texts that looks like a credential become "[redacted]"; errors become name, code, message,
 * cause and (where the error is no `Fault`, hence nobody expected it) the innermost stack frames, so that the signed request which
 * an AWS SDK error carries never gets out. Cycles, throwing getters, bytes and endless depth are named, not
 * followed. Never throws.
 */
export function redact(value: unknown): unknown {
  return copy(value, []);
}

function copy(value: unknown, above: readonly object[]): unknown {
  try {
    if (typeof value === "string") return redactText(value);
    if (typeof value === "bigint" || typeof value === "symbol") return redactText(String(value));
    if (typeof value === "function") return "[function]";
    if (typeof value !== "object" || value === null) return value;
    if (above.includes(value)) return "[circular]";
    if (above.length >= deepest) return "[too deep]";
    return copyObject(value, [...above, value]);
  } catch {
    return "[unreadable]";
  }
}

function copyObject(value: object, above: readonly object[]): unknown {
  if (value instanceof Error) return copyError(value, above);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (value instanceof URL || value instanceof RegExp) return redactText(String(value));
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return copyList(value, above);
  if (value instanceof Set) return copyList([...value], above);
  if (value instanceof Map || value instanceof Headers || value instanceof URLSearchParams) {
    return copyEntries(
      [...value.entries()].map(([key, item]) => [textOf(key), () => item]),
      above,
    );
  }
  return copyEntries(
    Object.keys(value).map((key) => [key, () => Reflect.get(value, key)]),
    above,
  );
}

function textOf(key: unknown): string {
  return typeof key === "object" && key !== null ? "[object]" : String(key);
}

function copyList(items: readonly unknown[], above: readonly object[]): unknown[] {
  const some = items.slice(0, longestList).map((item) => copy(item, above));
  return items.length > longestList ? [...some, `[${items.length - longestList} more]`] : some;
}

function copyEntries(
  entries: readonly (readonly [string, () => unknown])[],
  above: readonly object[],
): unknown {
  return Object.fromEntries(
    entries.slice(0, longestList).map(([key, read]) => [redactText(key), copyField(key, read, above)]),
  );
}

function copyField(key: string, read: () => unknown, above: readonly object[]): unknown {
  let value: unknown;
  try {
    value = read();
  } catch {
    return "[unreadable]";
  }
  const says = value !== null && value !== undefined && typeof value !== "boolean" && value !== "";
  return isSecretKey(key) && says ? hidden : copy(value, above);
}

function copyError(error: Error, above: readonly object[]): unknown {
  const code = property(error, "code") ?? property(error, "Code");
  const cause = property(error, "cause");
  const errors = property(error, "errors");
  const stack = error instanceof Fault ? undefined : property(error, "stack");
  return {
    name: redactText(String(property(error, "name") ?? "Error")),
    ...(typeof code === "string" || typeof code === "number" ? { code: redactText(String(code)) } : {}),
    message: redactText(String(property(error, "message") ?? "")),
    ...(cause === undefined ? {} : { cause: copy(cause, above) }),
    ...(Array.isArray(errors) ? { errors: copyList(errors, above) } : {}),
    ...(typeof stack === "string" ? { at: framesOf(stack) } : {}),
  };
}

function property(error: Error, key: string): unknown {
  try {
    return Reflect.get(error, key);
  } catch {
    return "[unreadable]";
  }
}

/** Only the lines that are frames: a stack begins with the message, which is redacted on its own. */
function framesOf(stack: string): string[] {
  const lines = stack.split("\n").map((line) => line.trim());
  return lines
    .filter((line) => line.startsWith("at "))
    .slice(0, frames)
    .map(redactText);
}
