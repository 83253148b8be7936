import { type Fault, isFault, messageOf, permanent, redactText, transient } from "@plp/runtime";

const expired =
  /^(?:ReceiptHandleIsInvalid|MessageNotInflight|com\.amazonaws\.sqs#(?:ReceiptHandleIsInvalid|MessageNotInflight))$/;
const throttled = /Throttl|RequestLimitExceeded|OverLimit|KmsThrottled|ExpiredToken|RequestTimeout/;

/**
 * The fault of what the SDK threw. Its error carries the signed request, so only name and text are kept, without
 * `cause`. No answer at all, 5xx and throttling can be tried again.
 */
export function sqsFault(error: unknown, what: string): Fault {
  if (isFault(error)) return error;
  const name = textOf(error, "name");
  const text = `${what}: ${name} ${redactText(messageOf(error))}`;
  if (
    expired.test(name) ||
    /receipt handle has expired|not available for visibility/i.test(messageOf(error))
  ) {
    return permanent("queue-receipt-expired", text);
  }
  if (/Total VisibilityTimeout/i.test(messageOf(error))) return permanent("queue-visibility-too-long", text);
  const status = statusOf(error);
  const again = status === undefined || status >= 500 || status === 429 || throttled.test(name);
  return again ? transient("queue-unavailable", text) : permanent("queue-refused", text);
}

function textOf(error: unknown, key: string): string {
  const value: unknown = typeof error === "object" && error !== null ? Reflect.get(error, key) : undefined;
  return typeof value === "string" ? value.slice(0, 100) : "";
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const metadata: unknown = Reflect.get(error, "$metadata");
  const status: unknown =
    typeof metadata === "object" && metadata !== null ? Reflect.get(metadata, "httpStatusCode") : 0;
  return typeof status === "number" && status > 0 ? status : undefined;
}
