import { StoreError } from "./errors.ts";

/** Answers with a 4xx that pass: throttles, and credentials that are renewed by themselves. */
const PASSING = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "SlowDown",
]);

/**
 * What the SDK threw, as an error of ours: only its name and message are kept, because the object holds the signed
 * request. Without an answer, on a 5xx, on a throttle and with expired credentials the same call may succeed later.
 */
export function sdkFault(error: unknown, doing: string): StoreError {
  if (error instanceof StoreError) return error;
  const { name, message, status } = factsOf(error);
  // A TypeError is a mistake in the call, not a network that failed.
  const unanswered = status === null && !(error instanceof TypeError);
  const retryable = unanswered || (status !== null && (status >= 500 || status === 429)) || PASSING.has(name);
  const next = retryable ? "Try again." : "Check the name, the Region and what this role may do there.";
  return new StoreError(
    retryable ? "store-unavailable" : "store-refused",
    `Could not ${doing}: ${name}: ${message}. ${next}`,
    { retryable },
  );
}

export function statusOf(error: unknown): number | null {
  return factsOf(error).status;
}

function factsOf(error: unknown): { name: string; message: string; status: number | null } {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), status: null };
  const { $metadata }: { $metadata?: { httpStatusCode?: number } } = error as object;
  return { name: error.name, message: error.message, status: $metadata?.httpStatusCode ?? null };
}
