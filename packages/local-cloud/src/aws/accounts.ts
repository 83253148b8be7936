import type { LocalRole } from "../organization.ts";

/** What the endpoints know of the organization: its accounts and their roles. */
export interface Directory {
  readonly accounts: { has(accountId: string): boolean };
  /** The role as it is now, its policies with it. */
  role(arn: string): LocalRole | undefined;
}

const roleArn = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/((?:[\u0021-\u007e]+\/)?)([\w+=,.@-]{1,64})$/;

export interface RoleName {
  readonly partition: string;
  readonly accountId: string;
  /** With a slash at both ends; `/` for none. */
  readonly path: string;
  readonly name: string;
}

/** The parts of a role's ARN; null when it is none. */
export function parseRoleArn(arn: string): RoleName | null {
  const [, partition, accountId, path, name] = roleArn.exec(arn) ?? [];
  if (partition === undefined || accountId === undefined || name === undefined) return null;
  return { partition, accountId, path: `/${path ?? ""}`, name };
}
