import { createHash } from "node:crypto";
import type { LocalRole } from "../organization.ts";
import { type Directory, parseRoleArn } from "./accounts.ts";
import type { AwsResponse } from "./http.ts";
import { iamNamespace, type LastAccessed } from "./last-accessed.ts";
import type { Caller } from "./signature.ts";
import { members, queryAnswer, queryError, type XmlValue } from "./xml.ts";

export interface IamOptions {
  readonly directory: Directory;
  readonly lastAccessed: LastAccessed;
}

const fail = (status: number, code: string, message: string) =>
  queryError(iamNamespace, status, code, message);
const invalid = (message: string) => fail(400, "ValidationError", message);
const missing = (message: string) => fail(404, "NoSuchEntity", message);
const document = (value: unknown) => encodeURIComponent(JSON.stringify(value));

const trust = (role: LocalRole) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${parseRoleArn(role.arn)?.accountId ?? ""}:root` },
      Action: "sts:AssumeRole",
    },
  ],
});

function policyArn(role: LocalRole, name: string): string {
  const parts = parseRoleArn(role.arn);
  return `arn:${parts?.partition ?? "aws"}:iam::${parts?.accountId ?? ""}:policy/${name}`;
}

const policyId = (arn: string) =>
  `ANPA${createHash("sha256").update(arn).digest("hex").toUpperCase().slice(0, 17)}`;

function describeRole(role: LocalRole): XmlValue {
  const parts = parseRoleArn(role.arn);
  return {
    Path: parts?.path ?? "/",
    RoleName: parts?.name ?? "",
    RoleId: role.uniqueId,
    Arn: role.arn,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: document(trust(role)),
    MaxSessionDuration: 3600,
    RoleLastUsed:
      role.lastUsed === null ? {} : { LastUsedDate: role.lastUsed.at, Region: role.lastUsed.region },
  };
}

function page<T>(
  form: URLSearchParams,
  all: readonly T[],
): { items: readonly T[]; rest: Record<string, XmlValue> } {
  const from = Number(Buffer.from(form.get("Marker") ?? "", "base64url").toString() || "0") || 0;
  const max = Math.min(1000, Number(form.get("MaxItems") ?? "100") || 100);
  const more = from + max < all.length;
  const marker = more ? Buffer.from(String(from + max)).toString("base64url") : null;
  return { items: all.slice(from, from + max), rest: { IsTruncated: more, Marker: marker } };
}

interface FoundPolicy {
  readonly role: LocalRole;
  readonly name: string;
  readonly arn: string;
  readonly document: unknown;
}

/** A policy that is attached to a role of the caller's account. */
function findPolicy(directory: Directory, arn: string, caller: Caller): FoundPolicy | null {
  const [, account, name] = /^arn:[^:]+:iam::(\d{12}):policy\/(.+)$/.exec(arn) ?? [];
  if (account !== caller.accountId || name === undefined) return null;
  for (const role of directory.rolesOf(account)) {
    const policy = role.policies.find((candidate) => policyArn(role, candidate.name) === arn);
    if (policy !== undefined) return { role, name, arn, document: policy.document };
  }
  return null;
}

type Operation = (form: URLSearchParams, caller: Caller) => AwsResponse | Promise<AwsResponse>;

/**
 * IAM by the Query protocol, scoped to the account of the caller's session: roles with RoleLastUsed and id, their
 * policies (all attached and managed, none inline), and the last-accessed jobs.
 */
export function iam(options: IamOptions): (form: URLSearchParams, caller: Caller) => Promise<AwsResponse> {
  const { directory } = options;
  const withRole =
    (action: string, answer: (role: LocalRole, form: URLSearchParams) => XmlValue): Operation =>
    (form, caller) => {
      const name = form.get("RoleName") ?? "";
      if (!/^[\w+=,.@-]{1,64}$/.test(name)) {
        return invalid("1 validation error detected: Value at 'roleName' failed to satisfy constraint");
      }
      const role = directory.roleByName(caller.accountId, name);
      if (role === undefined) return missing(`The role with name ${name} cannot be found.`);
      return queryAnswer(iamNamespace, action, answer(role, form));
    };

  const operations: Readonly<Record<string, Operation>> = {
    GetRole: withRole("GetRole", (role) => ({ Role: describeRole(role) })),
    ListAttachedRolePolicies: withRole("ListAttachedRolePolicies", (role, form) => {
      const { items, rest } = page(form, role.policies);
      const all = items.map(({ name }) => ({
        PolicyName: name.split("/").at(-1),
        PolicyArn: policyArn(role, name),
      }));
      return { AttachedPolicies: members(all), ...rest };
    }),
    ListRolePolicies: withRole("ListRolePolicies", () => ({ PolicyNames: {}, IsTruncated: false })),
    GetRolePolicy: (form, caller) => {
      const name = form.get("RoleName") ?? "";
      return directory.roleByName(caller.accountId, name) === undefined
        ? missing(`The role with name ${name} cannot be found.`)
        : missing(`The role policy with name ${form.get("PolicyName") ?? ""} cannot be found.`);
    },
    GetPolicy: (form, caller) => {
      const arn = form.get("PolicyArn") ?? "";
      const found = findPolicy(directory, arn, caller);
      if (found === null) return missing(`Policy ${arn} was not found.`);
      return queryAnswer(iamNamespace, "GetPolicy", {
        Policy: {
          PolicyName: found.name.split("/").at(-1),
          PolicyId: policyId(arn),
          Arn: arn,
          Path: `/${found.name
            .split("/")
            .slice(0, -1)
            .map((part) => `${part}/`)
            .join("")}`,
          DefaultVersionId: "v1",
          AttachmentCount: 1,
          IsAttachable: true,
          CreateDate: found.role.createdAt,
          UpdateDate: found.role.createdAt,
        },
      });
    },
    GetPolicyVersion: (form, caller) => {
      const arn = form.get("PolicyArn") ?? "";
      const version = form.get("VersionId") ?? "";
      const found = findPolicy(directory, arn, caller);
      if (found === null || version !== "v1") {
        return missing(`Policy ${arn} version ${version} does not exist or is not attachable.`);
      }
      return queryAnswer(iamNamespace, "GetPolicyVersion", {
        PolicyVersion: {
          Document: document(found.document),
          VersionId: "v1",
          IsDefaultVersion: true,
          CreateDate: found.role.createdAt,
        },
      });
    },
    GenerateServiceLastAccessedDetails: (form, caller) => {
      const arn = form.get("Arn") ?? "";
      const granularity = form.get("Granularity") ?? "SERVICE_LEVEL";
      if (granularity !== "SERVICE_LEVEL" && granularity !== "ACTION_LEVEL") {
        return fail(400, "InvalidInput", `Granularity ${granularity} is invalid.`);
      }
      const role = directory.role(arn);
      if (role === undefined || parseRoleArn(arn)?.accountId !== caller.accountId) {
        return missing(`ARN ${arn} cannot be found.`);
      }
      return options.lastAccessed.generate(role, granularity, caller);
    },
    GetServiceLastAccessedDetails: async (form, caller) =>
      (await options.lastAccessed.get(form, caller)) ?? missing(`Invalid Job Id: ${form.get("JobId") ?? ""}`),
  };

  return async (form, caller) => {
    const action = form.get("Action") ?? "";
    const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
    if (operation === undefined) {
      return fail(400, "InvalidAction", `Could not find operation ${action} for version 2010-05-08`);
    }
    return operation(form, caller);
  };
}
