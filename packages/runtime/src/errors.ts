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

/** What an error says of itself to whoever has to decide what becomes of the message. */
export interface Failure {
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
}

const CODE = /^[A-Za-z][A-Za-z0-9-]*$/;

/**
 * Of every error with a stable `code` and a `retryable` of its own, whichever class it has: faults, and what stores throw
 * that import nothing of ours. Null for all else, also for what throws again when it is looked at.
 */
export function failureOf(error: unknown): Failure | null {
  try {
    if (!(error instanceof Error)) return null;
    const { code, retryable, retryAfterSeconds } = error as Partial<Record<keyof Failure, unknown>>;
    if (typeof code !== "string" || !CODE.test(code) || typeof retryable !== "boolean") return null;
    return {
      code,
      retryable,
      retryAfterSeconds: typeof retryAfterSeconds === "number" ? retryAfterSeconds : undefined,
    };
  } catch {
    return null;
  }
}

/** The text of anything that can be thrown, also of what throws again when it is looked at. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "something without a readable message";
  }
}
