import type { IncomingMessage } from "node:http";
import type { LocalUser } from "../organization.ts";

export interface ApiRequest {
  readonly method: string;
  /** The decoded `:name` parts of the route. */
  readonly params: Readonly<Record<string, string>>;
  /** Query and body together, as Rails merges them; `a[]` is an array under `a`. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly url: URL;
  readonly user: LocalUser;
}

export interface ApiAnswer {
  readonly status: number;
  readonly json?: unknown;
  readonly raw?: { readonly type: string; readonly content: Buffer | string };
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (request: ApiRequest) => Promise<ApiAnswer> | ApiAnswer;
/** `"GET /projects/:id"` → handler. */
export type Routes = Readonly<Record<string, Handler>>;

/** A refusal in GitLab's words; thrown by handlers, answered by the server. */
export class Refusal extends Error {
  readonly status: number;
  readonly json: unknown;

  constructor(status: number, json: unknown) {
    super(`${status}`);
    this.status = status;
    this.json = json;
  }
}

/** `{"message": …}`, which most of GitLab's refusals are. */
export function refuse(status: number, message: unknown): Refusal {
  return new Refusal(status, { message });
}

export const notFound = (what = "") => refuse(404, what === "" ? "404 Not found" : `404 ${what} Not Found`);
export const forbidden = (why = "") => refuse(403, why === "" ? "403 Forbidden" : `403 Forbidden - ${why}`);
export const ok = (json: unknown, status = 200): ApiAnswer => ({ status, json });

interface Route {
  readonly method: string;
  readonly parts: readonly string[];
  readonly handler: Handler;
}

/** Finds the handler of a path below `/api/v4`. Parts are decoded after the split, so an encoded slash stays in its part. */
export function router(routes: Routes) {
  const table: Route[] = Object.entries(routes).map(([name, handler]) => {
    const [method = "", path = ""] = name.split(" ");
    return { method, parts: path.split("/").slice(1), handler };
  });
  return (
    method: string,
    path: string,
  ): { handler: Handler; params: Record<string, string> } | "method" | null => {
    let parts: string[];
    try {
      parts = path.replace(/\/$/, "").split("/").slice(1).map(decodeURIComponent);
    } catch {
      return null;
    }
    let otherMethod = false;
    for (const route of table) {
      const params = match(route.parts, parts);
      if (params === null) continue;
      if (route.method === method || (method === "HEAD" && route.method === "GET")) {
        return { handler: route.handler, params };
      }
      otherMethod = true;
    }
    return otherMethod ? "method" : null;
  };
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? "";
    if (expected.startsWith(":")) params[expected.slice(1)] = part;
    else if (expected !== part) return null;
  }
  return params;
}

const maxBody = 64 * 1024 * 1024;

export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new Refusal(413, { error: "Request Entity Too Large" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Query and body as one object; a body that claims to be JSON and is not is a 400. */
export function fieldsOf(url: URL, contentType: string, body: Buffer): Record<string, unknown> {
  const fields = fromPairs(url.searchParams);
  if (body.length === 0) return fields;
  if (contentType.includes("x-www-form-urlencoded")) {
    return { ...fields, ...fromPairs(new URLSearchParams(body.toString("utf8"))) };
  }
  if (!contentType.includes("json")) return fields;
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? { ...fields, ...parsed } : fields;
  } catch {
    throw new Refusal(400, { error: "message body does not match declared format" });
  }
}

function fromPairs(pairs: URLSearchParams): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of pairs) {
    const list = /^(.*)\[\d*\]$/.exec(key)?.[1];
    if (list === undefined) fields[key] = value;
    else fields[list] = [...((fields[list] as unknown[] | undefined) ?? []), value];
  }
  return fields;
}
