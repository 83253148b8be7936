import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { LocalUser } from "../organization.ts";
import type { Context } from "./context.ts";

export function tokensOf(context: Context): ReadonlyMap<string, string> {
  return new Map(Object.entries(context.store.instance.tokens));
}

/** Whose request is it? By PRIVATE-TOKEN, JOB-TOKEN, Bearer, `private_token`, or Basic with the token as password. */
export function userOfRequest(context: Context, request: IncomingMessage, url: URL): LocalUser | null {
  const token = tokenOf(request, url);
  if (token === null) return null;
  for (const [username, known] of tokensOf(context)) {
    if (!same(known, token)) continue;
    return context.store.instance.users.find((user) => user.username === username) ?? null;
  }
  return null;
}

function tokenOf({ headers }: IncomingMessage, url: URL): string | null {
  for (const name of ["private-token", "job-token"]) {
    const value = headers[name];
    if (typeof value === "string") return value;
  }
  const [scheme = "", credentials = ""] = (headers.authorization ?? "").split(" ");
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() === "basic") {
    const decoded = Buffer.from(credentials, "base64").toString("utf8");
    return decoded.slice(decoded.indexOf(":") + 1);
  }
  return url.searchParams.get("private_token") ?? url.searchParams.get("access_token");
}

/** Compares secrets in a time that tells nothing. */
export function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
