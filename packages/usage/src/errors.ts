export type UsageErrorCode =
  | "bad-usage"
  | "hour-contended"
  | "usage-damaged"
  | "usage-too-large"
  | "usage-unavailable"
  | "usage-refused";

/** What the usage store throws. `retryable`: the same call may succeed later without anybody changing anything. */
export class UsageError extends Error {
  readonly code: UsageErrorCode;
  readonly retryable: boolean;

  constructor(code: UsageErrorCode, message: string, retryable = false) {
    super(message);
    this.name = "UsageError";
    this.code = code;
    this.retryable = retryable;
  }
}

export function isUsageError(error: unknown, code?: UsageErrorCode): error is UsageError {
  return error instanceof UsageError && (code === undefined || error.code === code);
}

/** Answers with a 4xx that pass: throttles, and credentials that are renewed by themselves. */
const PASSING = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
]);

/** What the SDK threw, by name and message only: the object holds the signed request. */
export function sdkFault(error: unknown, doing: string): UsageError {
  if (error instanceof UsageError) return error;
  if (!(error instanceof Error))
    return new UsageError("usage-refused", `Could not ${doing}: ${String(error)}`);
  const { $metadata }: { $metadata?: { httpStatusCode?: number } } = error as object;
  const status = $metadata?.httpStatusCode ?? null;
  // A TypeError is a mistake in the call, not a network that failed.
  const unanswered = status === null && !(error instanceof TypeError);
  const retryable =
    unanswered || (status !== null && (status >= 500 || status === 429)) || PASSING.has(error.name);
  const next = retryable ? "Try again." : "Check the table, the Region and what this role may do there.";
  return new UsageError(
    retryable ? "usage-unavailable" : "usage-refused",
    `Could not ${doing}: ${error.name}: ${error.message}. ${next}`,
    retryable,
  );
}
