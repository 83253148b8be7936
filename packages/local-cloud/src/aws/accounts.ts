import type { LocalRole } from "../organization.ts";

/** What the endpoints know of the organization: its accounts and their roles. */
export interface Directory {
  readonly accounts: ReadonlySet<string>;
  role(arn: string): LocalRole | undefined;
  roleByName(accountId: string, name: string): LocalRole | undefined;
  rolesOf(accountId: string): readonly LocalRole[];
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

/** `more`: accounts without a role of ours, such as those that only the logs name. */
export function directoryOf(roles: readonly LocalRole[], more: Iterable<string> = []): Directory {
  const byArn = new Map<string, LocalRole>();
  const byName = new Map<string, LocalRole>();
  const accounts = new Set(more);
  const byAccount = new Map<string, LocalRole[]>();
  for (const role of roles) {
    const parts = parseRoleArn(role.arn);
    if (parts === null) continue;
    accounts.add(parts.accountId);
    byArn.set(role.arn, role);
    byAccount.set(parts.accountId, [...(byAccount.get(parts.accountId) ?? []), role]);
    // IAM compares role names without regard to case.
    byName.set(`${parts.accountId} ${parts.name.toLowerCase()}`, role);
  }
  return {
    accounts,
    role: (arn) => byArn.get(arn),
    rolesOf: (accountId) => byAccount.get(accountId) ?? [],
    roleByName: (accountId, name) => byName.get(`${accountId} ${name.toLowerCase()}`),
  };
}
