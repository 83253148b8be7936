import { failureOf, type Log } from "@plp/runtime";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ZodError } from "zod";

type Refused = 400 | 404 | 503;

/** What went wrong, as an answer: of the question, in a sentence; of the system, without its inside. */
export function refuse(error: unknown, context: Context, log: Log): Response {
  if (error instanceof HTTPException)
    return problem(context, error.status === 404 ? 404 : 400, "bad-request", error.message);
  const failure = failureOf(error);
  if (failure !== null && !failure.retryable) {
    const { code } = failure;
    const message = error instanceof Error ? error.message : code;
    if (/^(?:no-such-|blob-missing)/.test(code)) return problem(context, 404, code, message);
    if (/^(?:bad-|ambiguous-)/.test(code)) return problem(context, 400, code, message);
  }
  log.error("a request could not be answered", { path: context.req.path, error });
  if (failure?.retryable) {
    context.header("retry-after", "5");
    return problem(context, 503, failure.code, "A part of the system does not answer; try again.");
  }
  const says = "The answer could not be made; the log says why.";
  return context.json({ error: { code: "internal", message: says } }, 500);
}

function problem(context: Context, status: Refused, code: string, message: string): Response {
  return context.json({ error: { code, message } }, status);
}

interface Validated {
  readonly success: boolean;
  readonly target?: string;
  readonly error?: ZodError;
}

/** What of a request does not fit its schema, by field; its value is not repeated. */
export function refuseBadInput(result: Validated, context: Context): Response | undefined {
  if (result.success || result.error === undefined) return undefined;
  const fields = result.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`);
  return problem(context, 400, "bad-request", fields.slice(0, 10).join("; "));
}
