import { AssumeRoleCommand, STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { type Clock, isFault, permanent, systemClock, transient } from "@plp/runtime";
import { awsFault } from "./aws-faults.ts";

/** Credentials of one session, in the shape that AWS's SDK takes. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
  readonly accountId: string;
}

/** What an SDK client takes as `credentials`; it asks again when a session runs out. */
export type SessionProvider = () => Promise<SessionCredentials>;

export interface SessionOptions {
  /** Its regional STS endpoint is used: a session of the global one is not valid in every region. */
  readonly region: string;
  /** Name, or path and name, of the role in every account, e.g. `plp/reader`. */
  readonly readerRole: string;
  /** The hub's own; default: the environment's. */
  readonly credentials?: NonNullable<STSClientConfig["credentials"]>;
  readonly partition?: string;
  readonly externalId?: string;
  /** Another STS, on one machine and in tests. */
  readonly endpoint?: string;
  readonly clock?: Clock;
}

export interface Sessions {
  /** A provider that hands out the account's cached session until 5 minutes before its end, then a new one. */
  credentialsFor(accountId: string, purpose: string): SessionProvider;
  /** One session to hold on to: an IAM last-accessed job answers only the session that began it. */
  hold(accountId: string, purpose: string): Promise<SessionCredentials>;
}

const renewBeforeMs = 5 * 60_000;
/** Role chaining, which a Lambda's role does here, caps a session at one hour. */
const durationSeconds = 3600;

/**
 * Sessions of the reader role in other accounts, one per account and purpose, named `plp-<purpose>`. Callers at the same
 * moment share one AssumeRole; a failure is not remembered. Faults: permanent `aws-session` when the role may not be
 * assumed or does not exist, with what to do; transient for throttling and network (see aws-faults.ts).
 */
export function assumedSessions(options: SessionOptions): Sessions {
  const clock = options.clock ?? systemClock;
  const sts = new STSClient({
    region: options.region,
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
  });
  const cached = new Map<string, Promise<SessionCredentials>>();

  async function current(accountId: string, purpose: string): Promise<SessionCredentials> {
    const name = sessionName(purpose);
    const key = `${accountId} ${name}`;
    for (;;) {
      let session = cached.get(key);
      if (session === undefined) {
        session = assume(accountId, name);
        cached.set(key, session);
      }
      try {
        const credentials = await session;
        if (credentials.expiration.getTime() - clock.now().getTime() > renewBeforeMs) return credentials;
      } catch (error) {
        if (cached.get(key) === session) cached.delete(key);
        throw error;
      }
      if (cached.get(key) === session) cached.delete(key);
    }
  }

  async function assume(accountId: string, name: string): Promise<SessionCredentials> {
    const roleArn = `arn:${options.partition ?? "aws"}:iam::${checkedAccount(accountId)}:role/${options.readerRole}`;
    const answer = await sts
      .send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: name,
          DurationSeconds: durationSeconds,
          ...(options.externalId === undefined ? {} : { ExternalId: options.externalId }),
        }),
      )
      .catch((error: unknown) => {
        throw refusedSession(error, roleArn);
      });
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
      throw transient("aws-session", `STS gave no credentials for ${roleArn}`);
    }
    if (Expiration.getTime() - clock.now().getTime() <= renewBeforeMs) {
      throw transient(
        "aws-session",
        `the session of ${roleArn} ends at ${Expiration.toISOString()}, within 5 minutes: check this machine's clock and the role's maximum session duration`,
      );
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
      accountId,
    };
  }

  return {
    credentialsFor: (accountId, purpose) => () => current(accountId, purpose),
    hold: current,
  };
}

function refusedSession(error: unknown, roleArn: string): Error {
  const fault = awsFault(error, `cannot assume ${roleArn}`);
  if (!isFault(fault, "aws-AccessDenied") && !isFault(fault, "aws-AccessDeniedException")) return fault;
  return permanent(
    "aws-session",
    `cannot assume ${roleArn}: AccessDenied. The role is missing in that account, does not trust the hub's role, or the hub's role may not call sts:AssumeRole on it: deploy the account's stack, then try again`,
  );
}

function checkedAccount(accountId: string): string {
  if (/^\d{12}$/.test(accountId)) return accountId;
  throw permanent("aws-account", `"${accountId.slice(0, 40)}" is not an account id: it has 12 digits`);
}

/** STS takes 2 to 64 of `[\w+=,.@-]`. */
function sessionName(purpose: string): string {
  return `plp-${purpose.replace(/[^\w+=,.@-]/g, "-")}`.slice(0, 64);
}
