import type { Place } from "./call.ts";
import { random } from "./random.ts";

/** Who makes calls, as a record's `userIdentity` tells it, and from where. */
export interface Session {
  readonly identity: string;
  readonly sourceIPAddress: string;
  readonly userAgent: (service: string) => string;
  /** `arn:aws:sts::…:assumed-role/…` or the principal's own ARN; error messages name it. */
  readonly arn: string;
  readonly principalId: string;
  readonly accountId: string;
  /** `AROA…` of an assumed role, else null. */
  readonly roleId: string | null;
}

interface RoleSession {
  readonly roleArn: string;
  readonly uniqueId: string;
  readonly name: string;
  readonly startedAt: number;
  readonly sourceIPAddress: string;
  readonly userAgent: (service: string) => string;
  /** The identity provider of a session that began with a web identity token. */
  readonly federatedBy?: string;
}

const accessKey = (...labels: string[]) => `ASIAEXAMPLE${random("access key", ...labels).token(9)}`;

export function isoSecond(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** `AROA…` of a role: the same for the same ARN. */
export function uniqueIdOf(roleArn: string): string {
  return `AROA${random("unique id", roleArn).token(17)}`;
}

/** A session of an assumed role; its ARN leaves out the role's path, as STS's does. */
export function assumedRole(role: RoleSession): Session {
  const accountId = role.roleArn.split(":")[4] ?? "";
  const roleName = role.roleArn.split("/").at(-1) ?? "";
  const arn = `arn:aws:sts::${accountId}:assumed-role/${roleName}/${role.name}`;
  const principalId = `${role.uniqueId}:${role.name}`;
  return {
    arn,
    principalId,
    accountId,
    roleId: role.uniqueId,
    sourceIPAddress: role.sourceIPAddress,
    userAgent: role.userAgent,
    identity: JSON.stringify({
      type: "AssumedRole",
      principalId,
      arn,
      accountId,
      accessKeyId: accessKey(role.uniqueId, role.name),
      sessionContext: {
        sessionIssuer: {
          type: "Role",
          principalId: role.uniqueId,
          arn: role.roleArn,
          accountId,
          userName: roleName,
        },
        ...(role.federatedBy === undefined
          ? {}
          : { webIdFederationData: { federatedProvider: role.federatedBy, attributes: {} } }),
        attributes: { creationDate: isoSecond(role.startedAt), mfaAuthenticated: "false" },
      },
    }),
  };
}

export function providerOf(place: Pick<Place, "accountId">): string {
  return `arn:aws:iam::${place.accountId}:oidc-provider/gitlab.example.com`;
}

/** The identity of the call that turns a pipeline's token into a session. */
export function webIdentity(place: Place, subject: string, sourceIPAddress: string): Session {
  const provider = providerOf(place);
  const principalId = `${provider}:https://gitlab.example.com:${subject}`;
  return {
    arn: provider,
    principalId,
    accountId: place.accountId,
    roleId: null,
    sourceIPAddress,
    userAgent: terraform,
    identity: JSON.stringify({
      type: "WebIdentityUser",
      principalId,
      userName: subject,
      identityProvider: provider,
    }),
  };
}

const base =
  "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.82.2 " +
  "(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.7 ua/2.1 os/linux lang/go#1.23.3 " +
  "md/GOOS#linux md/GOARCH#amd64";

export function terraform(service: string): string {
  return `${base} api/${service}#1.37.5`;
}

export function awsCli(service: string): string {
  return `aws-cli/2.22.12 md/awscrt#0.23.4 ua/2.0 os/linux#6.8.0-49-generic md/arch#x86_64 lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#${service}`;
}
