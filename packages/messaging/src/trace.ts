import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";

/** One step of a trace (W3C Trace Context): what a message sets off, and what that sends, share the trace's id. */
export interface TraceStep {
  readonly traceId: string;
  readonly spanId: string;
}

const current = new AsyncLocalStorage<TraceStep>();

/** The name under which the step travels beside a message. */
export const TRACEPARENT = "traceparent";

/**
 * The step that handling a message is: of the trace that sent it, else of a new one. Its ids follow from the message, so that
 * two deliveries of one message are two steps of the same trace.
 */
export function stepOf(message: {
  readonly messageId: string;
  readonly receiveCount: number;
  readonly traceparent: string | null;
}): TraceStep {
  const [, traceId = hash(message.messageId, 32)] =
    /^00-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(message.traceparent ?? "") ?? [];
  return { traceId, spanId: hash(`${message.messageId}#${message.receiveCount}`, 16) };
}

export function withinStep<T>(step: TraceStep, work: () => Promise<T>): Promise<T> {
  return current.run(step, work);
}

/** What a message that is sent now carries: the step that sends it; nothing outside of any. */
export function traceAttributes(): Readonly<Record<string, string>> {
  const step = current.getStore();
  return step === undefined ? {} : { [TRACEPARENT]: `00-${step.traceId}-${step.spanId}-01` };
}

function hash(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}
