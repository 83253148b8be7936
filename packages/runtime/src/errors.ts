interface FaultOptions {
  cause?: unknown;
  /** For a retryable fault: how long the other side asked us to wait. */
  retryAfterSeconds?: number;
}

/**
 * A failure with a stable code. `retryable` tells `consume` what to do with the message: a transient fault is
 * delivered again, a permanent one must have become an event before it is acknowledged. The message says
 * what failed, where, and what to do next; it never holds a secret.
 */
export class Fault extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: string, message: string, retryable: boolean, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Fault";
    this.code = code;
    this.retryable = retryable;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

export function permanent(code: string, message: string, options?: FaultOptions): Fault {
  return new Fault(code, message, false, options);
}

export function transient(code: string, message: string, options?: FaultOptions): Fault {
  return new Fault(code, message, true, options);
}

/** With a code: is this that fault? Without: is it a fault of ours at all? */
export function isFault(error: unknown, code?: string): error is Fault {
  return error instanceof Fault && (code === undefined || error.code === code);
}

/** The text of anything that can be thrown, also of what throws again when it is looked at. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "something without a readable message";
  }
}
