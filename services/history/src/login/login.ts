import { createHash, randomBytes } from "node:crypto";
import { type Log, messageOf, permanent, type Settings } from "@plp/runtime";
import { messagePage, pageHeaders } from "@plp/web";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from "jose";
import * as z from "zod";
import { ALGORITHMS, memberIn } from "../api/guard-token.ts";
import type { ApiEnv } from "../api/ports.ts";
import { pending, sealed, signedIn } from "./session.ts";

type Access = NonNullable<Settings["api"]>;

export interface LoginOptions {
  readonly access: Access & { readonly login: NonNullable<Access["login"]> };
  /** What sessions are signed with, 32 bytes or more. */
  readonly secret: Uint8Array;
  readonly clock: { now(): Date };
  readonly log: Log;
  /** The identity provider, for tests. */
  readonly keys?: JWTVerifyGetKey;
  readonly fetch?: typeof globalThis.fetch;
}

/** A working day; whoever leaves a group is out after it. */
const SESSION_SECONDS = 8 * 3_600;
const PENDING_SECONDS = 600;
const LONGEST_MS = 10_000;
const SKEW_SECONDS = 60;
const SESSION = "plp";
const PENDING = "plp-login";
/** The page alone gets them, over https alone; the way back from the identity provider is a link, so not `Strict`. */
const COOKIE = { prefix: "host", httpOnly: true, secure: true, sameSite: "Lax", path: "/" } as const;

/**
 * Signing in to the page with OpenID Connect: authorization code with PKCE, the ID token held against the same keys,
 * issuer and groups as the API's tokens. A session reads; acts need a token.
 */
export function login(options: LoginOptions): {
  /** `/login` and the way back. */
  readonly app: Hono;
  /** Lets in who is signed in, and sends browsers that are not to sign in; all others `guard` decides. */
  readonly around: (guard: MiddlewareHandler<ApiEnv>) => MiddlewareHandler<ApiEnv>;
} {
  const { access, log } = options;
  const keys = options.keys ?? createRemoteJWKSet(new URL(access.jwks_url));
  const sessions = sealed("session", signedIn, options);
  const attempts = sealed("login", pending, options);
  const app = new Hono();

  app.get("/login", async (context) => {
    const attempt = { state: random(), nonce: random(), verifier: random(), to: ownPath(context) };
    setCookie(context, PENDING, await attempts.seal(attempt, PENDING_SECONDS), {
      ...COOKIE,
      maxAge: PENDING_SECONDS,
    });
    const address = new URL(access.login.authorize_url);
    const question = {
      response_type: "code",
      client_id: access.login.client_id,
      redirect_uri: wayBack(context),
      scope: access.login.scope,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: createHash("sha256").update(attempt.verifier).digest("base64url"),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(question)) address.searchParams.set(name, value);
    return context.redirect(address.href);
  });

  app.get("/login/done", async (context) => {
    const attempt = await attempts.open(getCookie(context, PENDING, "host"));
    deleteCookie(context, PENDING, COOKIE);
    const { code, state } = context.req.query();
    if (attempt === null || code === undefined || state !== attempt.state) return refused(context, 400);
    try {
      const token = await idTokenFor(code, attempt.verifier, wayBack(context), options);
      const { payload } = await jwtVerify(token, keys, {
        ...{ issuer: access.issuer, audience: access.login.client_id, algorithms: ALGORITHMS },
        ...{ clockTolerance: SKEW_SECONDS, currentDate: options.clock.now(), requiredClaims: ["exp", "sub"] },
      });
      const member =
        payload.nonce === attempt.nonce ? memberIn(payload, access.groups, access.groups_claim) : null;
      if (member === null) return refused(context, 403);
      const session = await sessions.seal(member, SESSION_SECONDS);
      setCookie(context, SESSION, session, { ...COOKIE, maxAge: SESSION_SECONDS });
      return context.redirect(attempt.to);
    } catch (error) {
      log.warn("somebody could not be signed in", { reason: messageOf(error) });
      return refused(context, 403);
    }
  });

  const around =
    (guard: MiddlewareHandler<ApiEnv>): MiddlewareHandler<ApiEnv> =>
    async (context, next) => {
      if (context.req.method !== "GET") return guard(context, next);
      const session = await sessions.open(getCookie(context, SESSION, "host"));
      if (session !== null) {
        context.set("caller", session);
        return next();
      }
      const isBrowser = context.req.header("accept")?.includes("text/html") === true;
      if (!isBrowser || context.req.header("authorization") !== undefined) return guard(context, next);
      const { pathname, search } = new URL(context.req.url);
      return context.redirect(`/login?to=${encodeURIComponent(pathname + search)}`);
    };

  return { app, around };
}

const answer = z.object({ id_token: z.string().max(100_000) });

async function idTokenFor(
  code: string,
  verifier: string,
  redirect: string,
  { access, fetch = globalThis.fetch }: LoginOptions,
): Promise<string> {
  const response = await fetch(access.login.token_url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: access.login.client_id,
      redirect_uri: redirect,
      code_verifier: verifier,
      code,
    }).toString(),
    redirect: "error",
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  // Its text may hold what nobody else shall read.
  if (!response.ok) throw permanent("no-id-token", `the identity provider answered ${response.status}`);
  const parsed = answer.safeParse(await response.json());
  if (!parsed.success) throw permanent("no-id-token", "the identity provider's answer has no id_token");
  return parsed.data.id_token;
}

/** The address that the identity provider knows; it refuses any other. */
function wayBack(context: Context): string {
  return `${new URL(context.req.url).origin}/login/done`;
}

/** Where the person wanted to go, within this page and nowhere else. */
function ownPath(context: Context): string {
  const { origin } = new URL(context.req.url);
  const wanted = URL.parse(context.req.query("to") ?? "/", origin);
  if (wanted === null || wanted.origin !== origin || wanted.pathname.startsWith("/login")) return "/";
  return wanted.pathname.replace(/^\/+/, "/") + wanted.search;
}

function refused(context: Context, status: 400 | 403): Response {
  const says =
    status === 400
      ? "This way to sign in is not open any more. Begin again."
      : "You are signed in, but not a member of a group that may see this page, or the identity provider did not say so.";
  const text = messagePage({ title: "Not signed in", says, next: { text: "Sign in", address: "/login" } });
  return context.html(text, status, pageHeaders);
}

function random(): string {
  return randomBytes(32).toString("base64url");
}
