import type { TrailRecord } from "./record.ts";

export interface Caller {
  /** With the path, as IAM has it; not the `assumed-role` form, which omits the path. */
  readonly roleArn: string;
  /** `AROA…`: tells a role from another that had the same name before. Null where the record hides it. */
  readonly roleId: string | null;
  readonly accountId: string;
  readonly partition: string;
  readonly sessionName: string | null;
}

const roleArn = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/([\w+=,.@/-]{1,576})$/;

/**
 * The role that called: the session's issuer, whoever assumed it (a person through SSO, a pipeline by web identity,
 * another role). Null for everybody else, for a session whose issuer the record does not tell, and for
 * service-linked roles, whose policy nobody can change.
 */
export function callerOf(record: Pick<TrailRecord, "userIdentity">): Caller | null {
  const { type, sessionIssuer, principalId, arn } = record.userIdentity;
  if (type !== "AssumedRole" || sessionIssuer?.type !== "Role" || sessionIssuer.arn === null) {
    return null;
  }
  const [whole, partition, accountId, name] = roleArn.exec(sessionIssuer.arn) ?? [];
  if (whole === undefined || partition === undefined || accountId === undefined || name === undefined) {
    return null;
  }
  if (name.startsWith("aws-service-role/")) {
    return null;
  }
  const [id, session] = principalId?.split(":", 2) ?? [];
  const roleId = sessionIssuer.principalId ?? id ?? null;
  return {
    roleArn: whole,
    roleId,
    accountId,
    partition,
    sessionName: session ?? arn?.split("/").at(-1) ?? null,
  };
}
