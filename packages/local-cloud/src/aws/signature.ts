import { randomBytes } from "node:crypto";
import type { Clock } from "@plp/runtime";
import type { AwsRequest } from "./http.ts";

/** The account in which PLP itself runs; also the account of the queues. */
export const hubAccount = "000000000000";

/** The hub's own long-lived pair. It opens nothing but this machine's stand-ins. */
export const hubCredentials = {
  accessKeyId: "AKIAPLPLOCALHUB00000",
  secretAccessKey: "local-stand-in-without-any-worth",
} as const;

/** Who calls: the hub, or a session of a role in an account. */
export interface Caller {
  readonly accountId: string;
  readonly arn: string;
  readonly userId: string;
  /** The session's access key id; null for long-lived credentials. */
  readonly session: string | null;
}

export type Authentication =
  | { readonly kind: "caller"; readonly caller: Caller; readonly service: string; readonly region: string }
  | { readonly kind: "missing" | "unknown-key" | "expired" };

export interface IssuedSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface Credentials {
  authenticate(request: AwsRequest): Authentication;
  issue(caller: Omit<Caller, "session">, durationSeconds: number): IssuedSession;
}

const scope =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]{1,128})\/\d{8}\/([a-z0-9-]{1,40})\/([a-z0-9-]{1,40})\/aws4_request,/;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function keyId(): string {
  return `ASIA${[...randomBytes(16)].map((byte) => alphabet[byte % 32]).join("")}`;
}

function rootOf(accountId: string): Caller {
  return { accountId, arn: `arn:aws:iam::${accountId}:root`, userId: accountId, session: null };
}

/**
 * Tells callers apart by the access key id of their SigV4 header; the signature itself is not verified. A key id in
 * AWS's form must be one that was issued here. Any other word stands for the hub, a 12-digit one for that account,
 * so that a foreign client with made-up credentials can look around. Sessions live in memory: they end with the process.
 */
export function localCredentials(clock: Clock): Credentials {
  const sessions = new Map<
    string,
    { readonly caller: Caller; readonly token: string; readonly until: number }
  >();
  const hub: Caller = {
    accountId: hubAccount,
    arn: `arn:aws:iam::${hubAccount}:user/plp-hub`,
    userId: "AIDAPLPLOCALHUB00000",
    session: null,
  };

  function callerOf(key: string, token: string | undefined): Caller | "unknown-key" | "expired" {
    if (key === hubCredentials.accessKeyId) return hub;
    const session = sessions.get(key);
    if (session !== undefined) {
      if (token !== session.token) return "unknown-key";
      return clock.now().getTime() < session.until ? session.caller : "expired";
    }
    if (/^A[A-Z]{3}[A-Z0-9]{12,}$/.test(key)) return "unknown-key";
    return /^\d{12}$/.test(key) ? rootOf(key) : hub;
  }

  return {
    authenticate(request) {
      const match = scope.exec(request.headers.authorization ?? "");
      const [, key, region, service] = match ?? [];
      if (key === undefined || region === undefined || service === undefined) return { kind: "missing" };
      const token = request.headers["x-amz-security-token"];
      const caller = callerOf(key, typeof token === "string" ? token : undefined);
      return typeof caller === "string" ? { kind: caller } : { kind: "caller", caller, service, region };
    },
    issue(caller, durationSeconds) {
      const accessKeyId = keyId();
      const sessionToken = randomBytes(96).toString("base64");
      const expiration = new Date(clock.now().getTime() + durationSeconds * 1000);
      const until = expiration.getTime();
      for (const [key, session] of sessions) {
        // Kept a day past their end, so that a late caller is told "expired" as AWS would.
        if (session.until < clock.now().getTime() - 86_400_000) sessions.delete(key);
      }
      sessions.set(accessKeyId, { caller: { ...caller, session: accessKeyId }, token: sessionToken, until });
      return { accessKeyId, secretAccessKey: randomBytes(30).toString("base64"), sessionToken, expiration };
    },
  };
}
