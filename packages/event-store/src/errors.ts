export type StoreErrorCode =
  | "bad-append"
  | "bad-read"
  | "blob-damaged"
  | "blob-missing"
  | "checkpoint-damaged"
  | "commit-id-reused"
  | "event-too-large"
  | "not-canonical"
  | "stream-contended"
  | "store-unavailable"
  | "store-refused"
  | "stream-damaged"
  | "stream-expired";

/**
 * What the store throws. `code` is stable; `retryable` says whether the same call may succeed later without anybody
 * changing anything. A cause keeps only the name of what the SDK threw: its errors hold signed headers.
 */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly retryable: boolean;

  constructor(code: StoreErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StoreError";
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

export function isStoreError(error: unknown, code?: StoreErrorCode): error is StoreError {
  return error instanceof StoreError && (code === undefined || error.code === code);
}

/** The text of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
