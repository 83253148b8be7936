import { permanent, transient } from "@plp/runtime";
import { badInput } from "../bad-input.ts";
import type { HistoryPlace } from "./open-history.ts";
import { DEFAULT_STATE, runningSystem } from "./open-history.ts";

/** The running system, for acts and for what only it knows. */
export interface Api {
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
}

const PATIENCE_MS = 30_000;

/**
 * The API of the running system: that of `plp up` on the state directory, or on AWS the one that PLP_API names, with the
 * token in PLP_TOKEN. Bad input where nothing runs.
 */
export async function openApi({ state, env }: HistoryPlace): Promise<Api> {
  if (state === undefined && env.PLP_API) return apiAt(baseOf(env.PLP_API), env.PLP_TOKEN);
  if (state === undefined && env.PLP_TABLE)
    throw badInput("PLP_API is not set: name the address of the API, and a token for it in PLP_TOKEN");
  const { web } = await runningSystem(state ?? DEFAULT_STATE);
  if (web === undefined)
    throw permanent(
      "endpoints-incomplete",
      "endpoints.json names no page: start the system again with npm start",
    );
  return apiAt(web, undefined);
}

function baseOf(address: string): string {
  if (/^https:\/\/[^\s/]+(?:\/[^\s?#]*)?$/.test(address)) return address.replace(/\/+$/, "");
  throw badInput(`PLP_API ${JSON.stringify(address)} is no https address`);
}

/** The API at an address; its refusals as the command line tells them. */
export function apiAt(base: string, token: string | undefined): Api {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    get: (path) => ask(base, path, { headers }),
    post: (path, body) =>
      ask(base, path, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
  };
}

async function ask(base: string, path: string, request: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`${base}${path}`, { ...request, signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    throw transient("history-unavailable", `${base} does not answer`);
  }
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer;
  const says = messageIn(answer) ?? `it answers ${response.status}`;
  if (response.status === 400 || response.status === 404) throw badInput(says);
  if (response.status === 403)
    throw permanent(
      "history-forbidden",
      `${base}: ${says}${"authorization" in (request.headers ?? {}) ? "" : " PLP_TOKEN is not set."}`,
    );
  throw transient("history-unavailable", `${base}: ${says}`);
}

function messageIn(answer: unknown): string | null {
  if (typeof answer !== "object" || answer === null || !("error" in answer)) return null;
  const { error } = answer;
  if (typeof error !== "object" || error === null || !("message" in error)) return null;
  return typeof error.message === "string" ? error.message : null;
}
