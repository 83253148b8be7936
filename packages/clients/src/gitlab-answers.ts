import { type Fault, permanent, transient } from "@plp/runtime";

/** The longest answer that is read; a state or policy is far smaller. */
const maxBytes = 64 * 1024 * 1024;
const maxMessage = 300;

/** A request as it may be named in a message: method and path, no query, because a query can hold a secret. */
export function nameOf(method: string, url: URL): string {
  return `${method} ${oneLine(url.pathname.replace(/^.*\/api\/v4\//, ""), 200)}`;
}

/** One short line of text from outside: no control characters, no line breaks, and never the token. */
export function oneLine(text: string, max: number, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "[token]");
  clean = clean.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return clean.length <= max ? clean : `${clean.slice(0, max - 1)}…`;
}

/** The whole body as text. Throws a permanent fault beyond 64 MiB, so that a broken server cannot fill the memory. */
export async function readText(response: Response, name: string): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw permanent(
        "gitlab-too-large",
        `GitLab's answer to ${name} is larger than ${maxBytes} bytes: ask for less at a time`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * What GitLab said in a refusal. It answers `{"message": string | string[] | {field: string[]}}`, `{"error": …}`
 * or plain text ("Retry later"), and a proxy before it HTML.
 */
export function refusalText(body: string, contentType: string): string {
  if (contentType.includes("json")) {
    try {
      const parsed: unknown = JSON.parse(body);
      if (typeof parsed === "object" && parsed !== null) {
        const { message, error, error_description } = parsed as Record<string, unknown>;
        return flatten(message ?? error_description ?? error) || body;
      }
    } catch {
      return body;
    }
  }
  return contentType.includes("html") ? body.replace(/<[^>]*>/g, " ") : body;
}

function flatten(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(flatten).filter(Boolean).join("; ");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([key, inner]) => `${key} ${flatten(inner)}`)
      .join("; ");
  }
  return "";
}

/**
 * The fault for a refused request, code `gitlab-<status>`. Transient: 408, 429, 5xx, and 401 (our token, not the
 * request, is at fault: the message must outlive the repair); all else is permanent.
 */
export function refusal(
  name: string,
  status: number,
  text: string,
  retryAfterSeconds: number | undefined,
  secrets: readonly string[],
): Fault {
  const said = oneLine(text, maxMessage, secrets);
  const message = `GitLab answered ${status} to ${name}${said === "" ? "" : `: ${said}`}${advice(status)}`;
  const retry = status === 401 || status === 408 || status === 429 || status >= 500;
  if (!retry && !(status === 403 && retryAfterSeconds !== undefined)) {
    return permanent(`gitlab-${status}`, message);
  }
  const wait = retryAfterSeconds ?? (status === 401 ? 300 : undefined);
  return transient(`gitlab-${status}`, message, wait === undefined ? {} : { retryAfterSeconds: wait });
}

function advice(status: number): string {
  if (status === 401) return " (the token is missing, expired or revoked: store a new one)";
  if (status === 403) return " (the token's user lacks the right: check its role in the project)";
  if (status >= 300 && status < 400) return " (the project or host has moved: correct its address)";
  return "";
}

/** Seconds that GitLab asks to wait: Retry-After (seconds or a date), else RateLimit-Reset (Unix time). */
export function waitAsked(headers: Headers, now: Date): number | undefined {
  const after = headers.get("retry-after")?.trim();
  if (after) {
    if (/^\d{1,9}$/.test(after)) return Number(after);
    const date = Date.parse(after);
    if (!Number.isNaN(date)) return Math.max(0, Math.ceil((date - now.getTime()) / 1000));
  }
  const reset = headers.get("ratelimit-reset")?.trim();
  if (reset && headers.get("ratelimit-remaining")?.trim() === "0" && /^\d{1,12}$/.test(reset)) {
    return Math.max(0, Number(reset) - Math.floor(now.getTime() / 1000));
  }
  return undefined;
}
