import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PolicyDocument } from "@plp/iam-policy";
import { type Clock, permanent } from "@plp/runtime";
import * as z from "zod";
import { writeAtomically } from "../../files.ts";
import type { LocalRole } from "../../organization.ts";
import { managedPolicyArn } from "../../policy-names.ts";
import { type Directory, parseRoleArn } from "../accounts.ts";

const versionSchema = z.object({ id: z.string(), document: z.string(), createdAt: z.string() });

const policySchema = z.object({
  arn: z.string(),
  id: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  defaultVersion: z.string(),
  nextVersion: z.int(),
  versions: z.array(versionSchema),
});

/** A managed policy of an account; documents are the texts that were given. */
export type ManagedPolicy = z.infer<typeof policySchema>;

const roleSchema = z.object({
  arn: z.string(),
  uniqueId: z.string(),
  createdAt: z.string(),
  lastUsed: z.object({ at: z.string(), region: z.string() }).nullable(),
  description: z.string(),
  maxSessionSeconds: z.int(),
  /** The trust policy's text. */
  trust: z.string(),
  /** The ARN of the permissions boundary. */
  boundary: z.string().nullable(),
  /** ARNs of managed policies, in the order in which they were attached. */
  attached: z.array(z.string()),
  inline: z.array(z.object({ name: z.string(), document: z.string() })),
});

export type IamRole = z.infer<typeof roleSchema>;

const accountSchema = z.object({ roles: z.array(roleSchema), policies: z.array(policySchema) });
type Account = z.infer<typeof accountSchema>;

/** The roles and policies of every account. What is read is never changed in place; writes replace it. */
export interface IamState {
  readonly directory: Directory;
  readonly clock: Clock;
  /** Case does not matter, as in IAM. */
  role(accountId: string, name: string): IamRole | undefined;
  /** Also AWS's own policies, of which this IAM knows AdministratorAccess. */
  policy(accountId: string, arn: string): ManagedPolicy | undefined;
  policies(accountId: string): readonly ManagedPolicy[];
  roles(accountId: string): readonly IamRole[];
  putRole(accountId: string, role: IamRole): void;
  removeRole(accountId: string, arn: string): void;
  putPolicy(accountId: string, policy: ManagedPolicy): void;
  removePolicy(accountId: string, arn: string): void;
}

export interface IamStateOptions {
  /** Where the accounts' files lie, one for each that was changed. */
  readonly folder: string;
  /** What there is before anybody changes anything. */
  readonly roles: readonly LocalRole[];
  /** Accounts without a role of ours, such as those that only the logs name. */
  readonly accounts?: Iterable<string>;
  readonly clock: Clock;
}

export function uniqueId(prefix: "AROA" | "ANPA"): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return `${prefix}${[...randomBytes(17)].map((byte) => alphabet[byte % 32]).join("")}`;
}

/** Opens the local IAM: an account is as it was left, or as the organization has it. Every write is on disk at once. */
export function openIam({ folder, roles, accounts: more = [], clock }: IamStateOptions): IamState {
  const accounts = new Map<string, Account>();
  for (const accountId of more) accounts.set(accountId, { roles: [], policies: [] });
  for (const role of roles) {
    const parts = parseRoleArn(role.arn);
    if (parts === null) continue;
    const account = accounts.get(parts.accountId) ?? { roles: [], policies: [] };
    const policies = role.policies.map(({ name, document }) => seededPolicy(role, name, document));
    accounts.set(parts.accountId, {
      roles: [...account.roles, seededRole(role, parts.accountId, policies)],
      policies: [...account.policies, ...policies],
    });
  }
  for (const accountId of accounts.keys()) {
    const stored = readAccount(join(folder, `${accountId}.json`));
    if (stored !== null) accounts.set(accountId, stored);
  }

  const none: Account = { roles: [], policies: [] };
  const of = (accountId: string): Account => accounts.get(accountId) ?? none;
  function put(accountId: string, account: Account): void {
    writeAtomically(join(folder, `${accountId}.json`), `${JSON.stringify(account)}\n`);
    accounts.set(accountId, account);
  }
  /** A round asks for every role of an account: each version of the account is indexed once. */
  const indexed = new WeakMap<Account, ReturnType<typeof indexOf>>();
  function index(accountId: string) {
    const account = of(accountId);
    const known = indexed.get(account) ?? indexOf(account);
    indexed.set(account, known);
    return known;
  }
  const byName = (accountId: string, name: string) => index(accountId).roles.get(name.toLowerCase());
  const policy = (accountId: string, arn: string) =>
    index(accountId).policies.get(arn) ?? awsPolicies.find((one) => one.arn === arn);

  return {
    clock,
    directory: {
      accounts: { has: (accountId) => accounts.has(accountId) },
      role: (arn) => {
        const parts = parseRoleArn(arn);
        const role = parts === null ? undefined : byName(parts.accountId, parts.name);
        if (parts === null || role?.arn !== arn) return undefined;
        return asLocalRole(role, (attached) => policy(parts.accountId, attached));
      },
    },
    role: byName,
    policy,
    policies: (accountId) => of(accountId).policies,
    roles: (accountId) => of(accountId).roles,
    putRole: (accountId, role) => {
      const account = of(accountId);
      put(accountId, { ...account, roles: replaced(account.roles, role) });
    },
    removeRole: (accountId, arn) => {
      const account = of(accountId);
      put(accountId, { ...account, roles: account.roles.filter((one) => one.arn !== arn) });
    },
    putPolicy: (accountId, one) => {
      const account = of(accountId);
      put(accountId, { ...account, policies: replaced(account.policies, one) });
    },
    removePolicy: (accountId, arn) => {
      const account = of(accountId);
      put(accountId, { ...account, policies: account.policies.filter((one) => one.arn !== arn) });
    },
  };
}

function indexOf({ roles, policies }: Account) {
  return {
    roles: new Map(roles.map((role) => [parseRoleArn(role.arn)?.name.toLowerCase() ?? role.arn, role])),
    policies: new Map(policies.map((policy) => [policy.arn, policy])),
  };
}

function replaced<T extends { readonly arn: string }>(all: readonly T[], one: T): T[] {
  return all.some(({ arn }) => arn === one.arn)
    ? all.map((other) => (other.arn === one.arn ? one : other))
    : [...all, one];
}

function seededPolicy(role: LocalRole, name: string, document: PolicyDocument): ManagedPolicy {
  const arn = managedPolicyArn(role.arn, name);
  return {
    arn,
    id: `ANPA${createHash("sha256").update(arn).digest("hex").toUpperCase().slice(0, 17)}`,
    createdAt: role.createdAt,
    updatedAt: role.createdAt,
    defaultVersion: "v1",
    nextVersion: 2,
    versions: [{ id: "v1", document: JSON.stringify(document), createdAt: role.createdAt }],
  };
}

function seededRole(role: LocalRole, accountId: string, policies: readonly ManagedPolicy[]): IamRole {
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: "sts:AssumeRole",
      },
    ],
  };
  return {
    arn: role.arn,
    uniqueId: role.uniqueId,
    createdAt: role.createdAt,
    lastUsed: role.lastUsed === null ? null : { ...role.lastUsed },
    description: "",
    maxSessionSeconds: 3600,
    trust: JSON.stringify(trust),
    boundary: null,
    attached: policies.map(({ arn }) => arn),
    inline: [],
  };
}

/** AWS's managed policies that deployment roles are most often started with. */
const awsPolicies: readonly ManagedPolicy[] = [
  {
    arn: "arn:aws:iam::aws:policy/AdministratorAccess",
    id: "ANPAIWMBCKSKIEE64ZLYK",
    createdAt: "2015-02-06T18:39:46Z",
    updatedAt: "2015-02-06T18:39:46Z",
    defaultVersion: "v1",
    nextVersion: 2,
    versions: [
      {
        id: "v1",
        document: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
        }),
        createdAt: "2015-02-06T18:39:46Z",
      },
    ],
  },
];

function asLocalRole(role: IamRole, find: (arn: string) => ManagedPolicy | undefined): LocalRole {
  const managed = role.attached.flatMap((arn) => {
    const text = defaultDocument(find(arn));
    return text === null ? [] : [{ name: arn.slice(arn.indexOf(":policy/") + ":policy/".length), text }];
  });
  const inline = role.inline.map(({ name, document }) => ({ name, text: document }));
  return {
    arn: role.arn,
    uniqueId: role.uniqueId,
    createdAt: role.createdAt,
    lastUsed: role.lastUsed,
    policies: [...managed, ...inline].map(({ name, text }) => ({
      name,
      document: JSON.parse(text) as PolicyDocument,
    })),
  };
}

/** The text that counts; null for no policy. */
export function defaultDocument(policy: ManagedPolicy | undefined): string | null {
  return policy?.versions.find(({ id }) => id === policy.defaultVersion)?.document ?? null;
}

function readAccount(file: string): Account | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const parsed = accountSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw permanent("local-iam-state", `${file} does not hold what was written there: remove it to begin anew`);
}
