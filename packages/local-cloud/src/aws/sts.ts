import { createHash } from "node:crypto";
import { type Directory, parseRoleArn } from "./accounts.ts";
import type { AwsResponse } from "./http.ts";
import type { Caller, Credentials } from "./signature.ts";
import { queryAnswer, queryError } from "./xml.ts";

export const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

export interface StsOptions {
  readonly credentials: Credentials;
  readonly directory: Directory;
  /** Names, or paths and names, of the roles that may be assumed in every account. */
  readonly assumable: readonly string[];
}

const fail = (status: number, code: string, message: string) =>
  queryError(stsNamespace, status, code, message);

function invalid(name: string, value: string, rule: string): AwsResponse {
  return fail(
    400,
    "ValidationError",
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: ${rule}`,
  );
}

function checked(form: URLSearchParams, caller: Caller): AwsResponse | null {
  const arn = form.get("RoleArn") ?? "";
  const name = form.get("RoleSessionName") ?? "";
  const duration = form.get("DurationSeconds") ?? "3600";
  const externalId = form.get("ExternalId");
  if (arn.length < 20 || arn.length > 2048) {
    return invalid("roleArn", arn, "Member must have length between 20 and 2048");
  }
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) {
    return invalid(
      "roleSessionName",
      name,
      "Member must satisfy regular expression pattern: [\\w+=,.@-]* and have length between 2 and 64",
    );
  }
  const seconds = /^\d{1,6}$/.test(duration) ? Number(duration) : Number.NaN;
  if (!(seconds >= 900 && seconds <= 43_200)) {
    return invalid("durationSeconds", duration, "Member must have value between 900 and 43200");
  }
  if (caller.session !== null && seconds > 3600) {
    return fail(
      400,
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  }
  if (externalId !== null && !/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) {
    return invalid(
      "externalId",
      externalId,
      "Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*",
    );
  }
  return null;
}

function assumeRole(options: StsOptions, form: URLSearchParams, caller: Caller): AwsResponse {
  const bad = checked(form, caller);
  if (bad !== null) return bad;
  const arn = form.get("RoleArn") ?? "";
  const role = parseRoleArn(arn);
  const known =
    role !== null &&
    options.directory.accounts.has(role.accountId) &&
    options.assumable.some((name) => `${role.path}${role.name}` === `/${name.replace(/^\//, "")}`);
  if (!known) {
    return fail(
      403,
      "AccessDenied",
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    );
  }
  const session = form.get("RoleSessionName") ?? "";
  const roleId = `AROA${createHash("sha256").update(arn).digest("hex").toUpperCase().slice(0, 17)}`;
  const assumed = {
    accountId: role.accountId,
    arn: `arn:${role.partition}:sts::${role.accountId}:assumed-role/${role.name}/${session}`,
    userId: `${roleId}:${session}`,
  };
  const issued = options.credentials.issue(assumed, Number(form.get("DurationSeconds") ?? "3600"));
  return queryAnswer(stsNamespace, "AssumeRole", {
    AssumedRoleUser: { AssumedRoleId: assumed.userId, Arn: assumed.arn },
    Credentials: {
      AccessKeyId: issued.accessKeyId,
      SecretAccessKey: issued.secretAccessKey,
      SessionToken: issued.sessionToken,
      Expiration: issued.expiration.toISOString(),
    },
    PackedPolicySize: null,
  });
}

/**
 * STS by the Query protocol: AssumeRole of the reader and the management role in any account of the organization, and GetCallerIdentity.
 * A role that does not exist is AccessDenied, as AWS says it.
 */
export function sts(options: StsOptions): (form: URLSearchParams, caller: Caller) => AwsResponse {
  return (form, caller) => {
    const action = form.get("Action") ?? "";
    if (action === "AssumeRole") return assumeRole(options, form, caller);
    if (action === "GetCallerIdentity") {
      const { userId, accountId, arn } = caller;
      return queryAnswer(stsNamespace, action, { Arn: arn, UserId: userId, Account: accountId });
    }
    return fail(400, "InvalidAction", `Could not find operation ${action} for version 2011-06-15`);
  };
}
