import type { Settings } from "@plp/runtime";
import type { MiddlewareHandler } from "hono";
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { ApiEnv, Caller } from "./ports.ts";

type Access = NonNullable<Settings["api"]>;

const FORBIDDEN = {
  error: {
    code: "forbidden",
    message: "A token for this audience and membership in one of the groups of the settings are needed.",
  },
};

/** Only what an identity provider signs; `none` and shared keys are never taken. */
export const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];
const SKEW_SECONDS = 60;

/**
 * Lets in whoever has a valid token for our audience and belongs to a group that the settings name; to acts, only those of
 * the groups for acts. Everybody else gets 403, with nothing said of why; without settings nobody is let in.
 */
export function tokenGuard(access: Access | null, keys?: JWTVerifyGetKey): MiddlewareHandler<ApiEnv> {
  const keySet = access === null ? null : (keys ?? createRemoteJWKSet(new URL(access.jwks_url)));
  return async (context, next) => {
    const token = bearerOf(context.req.header("authorization"));
    if (access === null || keySet === null || token === null) return context.json(FORBIDDEN, 403);
    const wanted = context.req.method === "GET" ? access.groups : (access.acting_groups ?? access.groups);
    const caller = await callerOf(token, wanted, access, keySet);
    if (caller === null) return context.json(FORBIDDEN, 403);
    context.set("caller", caller);
    return next();
  };
}

function bearerOf(header: string | undefined): string | null {
  return /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header ?? "")?.[1] ?? null;
}

async function callerOf(
  token: string,
  wanted: readonly string[],
  { issuer, audience, groups_claim }: Access,
  keys: JWTVerifyGetKey,
): Promise<Caller | null> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      ...{ issuer, audience, algorithms: ALGORITHMS, clockTolerance: SKEW_SECONDS },
      requiredClaims: ["exp", "sub"],
    });
    return memberIn(payload, wanted, groups_claim);
  } catch {
    // Expired, forged, of somebody else's, or keys that cannot be fetched: all the same to who asks.
    return null;
  }
}

/** Who a verified token speaks of, if it names one of these groups. */
export function memberIn(payload: JWTPayload, groups: readonly string[], groupsClaim: string): Caller | null {
  const named = [payload[groupsClaim]].flat();
  if (!groups.some((group) => named.includes(group))) return null;
  const names = [payload.preferred_username, payload.email, payload.name, payload.sub];
  const name = names.find((one) => typeof one === "string" && one !== "");
  return { id: String(payload.sub), name: String(name).slice(0, 200) };
}
