import { setTimeout as timer } from "node:timers/promises";
import { createRequesterFn, type FormattedResponse, type RequestOptions } from "@gitbeaker/requester-utils";
import { type Clock, type Fault, isFault, permanent, systemClock, transient } from "@plp/runtime";
import { nameOf, oneLine, readText, refusal, refusalText, waitAsked } from "./gitlab-answers.ts";

export interface RequesterOptions {
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** 0 ≤ n < 1. */
  readonly random?: () => number;
  /** One attempt, its body included; default 10 s. */
  readonly timeoutMs?: number;
  /** All attempts of one request with the waits between them; default 45 s, below every queue's visibility. */
  readonly deadlineMs?: number;
  /** Attempts of one request; default 5. */
  readonly attempts?: number;
  /** The longest wait that is waited here; a longer one is thrown for the queue to wait. Default 10 s. */
  readonly maxWaitMs?: number;
}

type Settings = Required<RequesterOptions>;

interface Call {
  readonly method: string;
  readonly url: URL;
  readonly init: RequestInit;
  readonly name: string;
  readonly secrets: readonly string[];
  readonly asStream: boolean;
}

type Outcome =
  | { readonly kind: "answer"; readonly answer: FormattedResponse }
  | { readonly kind: "failure"; readonly fault: Fault; readonly repeatable: boolean };

/**
 * The requester that gitbeaker's resources are given in place of its own, which repeats POSTs after a 502 and
 * ignores Retry-After. Repeated here: GET and HEAD after 429, 5xx, time-outs and network errors; any verb after 429,
 * because GitLab refused it before acting. Waits are GitLab's own, else full jitter from 250 ms doubling. Throws
 * Faults only: `gitlab-<status>`, `gitlab-network`, `gitlab-timeout`, `gitlab-unreadable`; none holds token or query.
 */
export function gitlabRequester(options: RequesterOptions = {}): ReturnType<typeof createRequesterFn> {
  const settings: Settings = {
    fetch: options.fetch ?? globalThis.fetch,
    clock: options.clock ?? systemClock,
    sleep: options.sleep ?? (async (milliseconds) => void (await timer(milliseconds))),
    random: options.random ?? Math.random,
    timeoutMs: options.timeoutMs ?? 10_000,
    deadlineMs: options.deadlineMs ?? 45_000,
    attempts: options.attempts ?? 5,
    maxWaitMs: options.maxWaitMs ?? 10_000,
  };
  return createRequesterFn(
    (_service, request) => Promise.resolve(request),
    (endpoint, request) => send(callOf(endpoint, (request ?? {}) as RequestOptions), settings),
  );
}

async function send(call: Call, settings: Settings): Promise<FormattedResponse> {
  const end = settings.clock.now().getTime() + settings.deadlineMs;
  for (let attempt = 1; ; attempt += 1) {
    const left = end - settings.clock.now().getTime();
    const outcome = await attemptOnce(call, settings, Math.max(1, Math.min(settings.timeoutMs, left)));
    if (outcome.kind === "answer") return outcome.answer;
    if (!outcome.repeatable || attempt >= settings.attempts) throw outcome.fault;
    const asked = outcome.fault.retryAfterSeconds;
    const wait = asked === undefined ? settings.random() * 250 * 2 ** attempt : asked * 1000;
    if (wait > settings.maxWaitMs || settings.clock.now().getTime() + wait >= end) throw outcome.fault;
    await settings.sleep(wait);
  }
}

async function attemptOnce(call: Call, settings: Settings, timeoutMs: number): Promise<Outcome> {
  const reading = call.method === "GET" || call.method === "HEAD";
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = call.init.signal ? AbortSignal.any([timeout, call.init.signal]) : timeout;
  try {
    const response = await settings.fetch(call.url, { ...call.init, signal });
    if (!response.ok) {
      const text = refusalText(
        await readText(response, call.name),
        response.headers.get("content-type") ?? "",
      );
      const asked = waitAsked(response.headers, settings.clock.now());
      const fault = refusal(call.name, response.status, text, asked, call.secrets);
      const repeatable = response.status === 429 || (reading && response.status >= 500);
      return { kind: "failure", fault, repeatable };
    }
    return { kind: "answer", answer: await answerOf(response, call) };
  } catch (error) {
    if (isFault(error)) throw error;
    const fault = timeout.aborted
      ? transient(
          "gitlab-timeout",
          `GitLab did not answer ${call.name} within ${timeoutMs} ms${unsure(reading)}`,
        )
      : transient(
          "gitlab-network",
          `GitLab could not be reached for ${call.name}: ${reason(error)}${unsure(reading)}`,
        );
    return { kind: "failure", fault, repeatable: reading && call.init.signal?.aborted !== true };
  }
}

async function answerOf(response: Response, call: Call): Promise<FormattedResponse> {
  const headers = Object.fromEntries(response.headers.entries());
  const { status } = response;
  if (call.asStream) return { body: response.body as unknown as ReadableStream, headers, status };
  if (status === 204) return { body: null, headers, status };
  const contentType = response.headers.get("content-type") ?? "";
  const text = await readText(response, call.name);
  if (!contentType.includes("json")) return { body: text, headers, status };
  try {
    return { body: text === "" ? {} : (JSON.parse(text) ?? {}), headers, status };
  } catch {
    throw transient(
      "gitlab-unreadable",
      `GitLab's answer to ${call.name} says it is JSON and is not: ${oneLine(text, 80, call.secrets)}`,
    );
  }
}

function callOf(endpoint: string, request: RequestOptions): Call {
  const method = (request.method ?? "GET").toUpperCase();
  const base = request.prefixUrl ?? "";
  const url = new URL(endpoint, base.endsWith("/") ? base : `${base}/`);
  url.search = request.searchParams ?? "";
  const name = nameOf(method, url);
  const secrets = Object.entries(request.headers ?? {})
    .filter(([key]) => /token|authorization/i.test(key))
    .flatMap(([, value]) => [value, value.replace(/^Bearer /, "")]);
  const init: RequestInit = {
    method,
    headers: checkedHeaders(request.headers ?? {}, name),
    // Followed, a redirect would carry PRIVATE-TOKEN to another host: fetch strips only Authorization.
    redirect: "manual",
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
  return { method, url, init, name, secrets, asStream: request.asStream === true };
}

/** The error of `new Headers` quotes the value, here the token: it must not leave this function. */
function checkedHeaders(headers: Record<string, string>, name: string): Headers {
  try {
    return new Headers(headers);
  } catch {
    throw permanent(
      "gitlab-token",
      `${name} was not sent: the GitLab token holds characters that no header may hold; store it again without line breaks`,
    );
  }
}

function unsure(reading: boolean): string {
  return reading ? "" : "; it may have acted all the same: read before writing again";
}

function reason(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  for (const candidate of [cause, error]) {
    if (typeof candidate === "object" && candidate !== null && "code" in candidate)
      return String(candidate.code);
  }
  return error instanceof Error ? error.name : "unknown error";
}
