import { parseRoleArn } from "./accounts.ts";
import type { AwsResponse } from "./http.ts";
import {
  attachments,
  createPolicy,
  createPolicyVersion,
  deletePolicy,
  deletePolicyVersion,
  nameOf,
  pathOf,
  policyOf,
  policyVersion,
  setDefaultVersion,
} from "./iam/policies.ts";
import { IamRefusal, missing } from "./iam/refusal.ts";
import {
  attachPolicy,
  createRole,
  deleteInlinePolicy,
  deleteRole,
  detachPolicy,
  inlinePolicyOf,
  putBoundary,
  putInlinePolicy,
  roleOf,
  updateRole,
  updateTrust,
} from "./iam/roles.ts";
import type { IamRole, IamState, ManagedPolicy } from "./iam/state.ts";
import { iamNamespace, type LastAccessed } from "./last-accessed.ts";
import type { Caller } from "./signature.ts";
import { members, queryAnswer, queryError, type XmlValue } from "./xml.ts";

export interface IamOptions {
  readonly state: IamState;
  readonly lastAccessed: LastAccessed;
  /** Name of the one role whose sessions may change anything. */
  readonly managementRole: string;
}

const encoded = (document: string) => encodeURIComponent(document);
const partitionOf = (caller: Caller) => caller.arn.split(":")[1] ?? "aws";

function describeRole(role: IamRole): XmlValue {
  const parts = parseRoleArn(role.arn);
  return {
    Path: parts?.path ?? "/",
    RoleName: parts?.name ?? "",
    RoleId: role.uniqueId,
    Arn: role.arn,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encoded(role.trust),
    Description: role.description === "" ? null : role.description,
    MaxSessionDuration: role.maxSessionSeconds,
    PermissionsBoundary:
      role.boundary === null
        ? null
        : { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: role.boundary },
    RoleLastUsed:
      role.lastUsed === null ? {} : { LastUsedDate: role.lastUsed.at, Region: role.lastUsed.region },
  };
}

function describePolicy(state: IamState, accountId: string, policy: ManagedPolicy): XmlValue {
  return {
    PolicyName: nameOf(policy.arn),
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: pathOf(policy.arn),
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attachments(state, accountId, policy.arn),
    PermissionsBoundaryUsageCount: state.roles(accountId).filter(({ boundary }) => boundary === policy.arn)
      .length,
    IsAttachable: true,
    CreateDate: policy.createdAt,
    UpdateDate: policy.updatedAt,
  };
}

function describeVersion(policy: ManagedPolicy, id: string, withDocument: boolean): XmlValue {
  const version = policy.versions.find((one) => one.id === id);
  return {
    Document: withDocument && version !== undefined ? encoded(version.document) : null,
    VersionId: id,
    IsDefaultVersion: id === policy.defaultVersion,
    CreateDate: version?.createdAt,
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

/** Answers the content of the result. */
type Operation = (form: URLSearchParams, accountId: string, caller: Caller) => XmlValue;

const roleName = (form: URLSearchParams) => form.get("RoleName") ?? "";
const policyArn = (form: URLSearchParams) => form.get("PolicyArn") ?? "";
const policyName = (form: URLSearchParams) => form.get("PolicyName") ?? "";
const versionId = (form: URLSearchParams) => form.get("VersionId") ?? "";
const documentOf = (form: URLSearchParams) => form.get("PolicyDocument") ?? "";

function reads(state: IamState): Readonly<Record<string, Operation>> {
  const role = (form: URLSearchParams, accountId: string) => roleOf(state, accountId, roleName(form));
  return {
    GetRole: (form, accountId) => ({ Role: describeRole(role(form, accountId)) }),
    ListAttachedRolePolicies: (form, accountId) => {
      const { items, rest } = page(form, role(form, accountId).attached);
      const all = items.map((one) => ({ PolicyName: nameOf(one), PolicyArn: one }));
      return { AttachedPolicies: members(all), ...rest };
    },
    ListRolePolicies: (form, accountId) => {
      const { items, rest } = page(form, role(form, accountId).inline);
      return { PolicyNames: members(items.map(({ name }) => name)), ...rest };
    },
    GetRolePolicy: (form, accountId) => {
      const found = role(form, accountId);
      const name = policyName(form);
      return {
        RoleName: parseRoleArn(found.arn)?.name,
        PolicyName: name,
        PolicyDocument: encoded(inlinePolicyOf(found, name)),
      };
    },
    GetPolicy: (form, accountId) => {
      return { Policy: describePolicy(state, accountId, policyOf(state, accountId, policyArn(form))) };
    },
    GetPolicyVersion: (form, accountId) => {
      const id = versionId(form);
      const { policy, version } = policyVersion(state, accountId, policyArn(form), id);
      return { PolicyVersion: describeVersion(policy, version.id, true) };
    },
    ListPolicyVersions: (form, accountId) => {
      const policy = policyOf(state, accountId, policyArn(form));
      const { items, rest } = page(form, policy.versions.toReversed());
      return { Versions: members(items.map(({ id }) => describeVersion(policy, id, false))), ...rest };
    },
  };
}

/** What makes something new and shows it. */
function creations(state: IamState): Readonly<Record<string, Operation>> {
  return {
    CreateRole: (form, accountId, caller) => ({
      Role: describeRole(
        createRole(state, accountId, {
          name: roleName(form),
          path: form.get("Path") ?? "/",
          partition: partitionOf(caller),
          trust: form.get("AssumeRolePolicyDocument") ?? "",
          boundary: form.get("PermissionsBoundary"),
          description: form.get("Description") ?? "",
          maxSessionSeconds: Number(form.get("MaxSessionDuration") ?? "3600"),
        }),
      ),
    }),
    CreatePolicy: (form, accountId, caller) => {
      const made = createPolicy(state, accountId, {
        name: policyName(form),
        path: form.get("Path") ?? "/",
        document: documentOf(form),
        partition: partitionOf(caller),
      });
      return { Policy: describePolicy(state, accountId, made) };
    },
    CreatePolicyVersion: (form, accountId) => {
      const asDefault = form.get("SetAsDefault") === "true";
      const policy = createPolicyVersion(state, accountId, policyArn(form), documentOf(form), asDefault);
      return { PolicyVersion: describeVersion(policy, policy.versions.at(-1)?.id ?? "", false) };
    },
  };
}

/** What changes or removes something and shows nothing. */
function changes(
  state: IamState,
): Readonly<Record<string, (form: URLSearchParams, accountId: string) => void>> {
  return {
    DeleteRole: (form, accountId) => deleteRole(state, accountId, roleName(form)),
    UpdateAssumeRolePolicy: (form, accountId) =>
      updateTrust(state, accountId, roleName(form), documentOf(form)),
    UpdateRole: (form, accountId) => {
      const description = form.get("Description");
      const seconds = form.get("MaxSessionDuration");
      updateRole(state, accountId, roleName(form), {
        ...(description === null ? {} : { description }),
        ...(seconds === null ? {} : { maxSessionSeconds: Number(seconds) }),
      });
    },
    PutRolePermissionsBoundary: (form, accountId) =>
      putBoundary(state, accountId, roleName(form), form.get("PermissionsBoundary") ?? ""),
    DeleteRolePermissionsBoundary: (form, accountId) => putBoundary(state, accountId, roleName(form), null),
    PutRolePolicy: (form, accountId) =>
      putInlinePolicy(state, accountId, roleName(form), policyName(form), documentOf(form)),
    DeleteRolePolicy: (form, accountId) =>
      deleteInlinePolicy(state, accountId, roleName(form), policyName(form)),
    SetDefaultPolicyVersion: (form, accountId) =>
      setDefaultVersion(state, accountId, policyArn(form), versionId(form)),
    DeletePolicyVersion: (form, accountId) =>
      deletePolicyVersion(state, accountId, policyArn(form), versionId(form)),
    DeletePolicy: (form, accountId) => deletePolicy(state, accountId, policyArn(form)),
    AttachRolePolicy: (form, accountId) => attachPolicy(state, accountId, roleName(form), policyArn(form)),
    DetachRolePolicy: (form, accountId) => detachPolicy(state, accountId, roleName(form), policyArn(form)),
  };
}

/**
 * IAM by the Query protocol, scoped to the account of the caller: roles, their attached and inline policies, managed
 * policies with their versions, and the last-accessed jobs. Whoever holds the account itself (a person in the console)
 * and the management role may change things; the session of any other role reads only.
 */
export function iam(options: IamOptions): (form: URLSearchParams, caller: Caller) => Promise<AwsResponse> {
  const { state } = options;
  const reading = reads(state);
  const creating = creations(state);
  const changing = changes(state);

  function lastAccessedJob(form: URLSearchParams, caller: Caller): AwsResponse {
    const arn = form.get("Arn") ?? "";
    const granularity = form.get("Granularity") ?? "SERVICE_LEVEL";
    if (granularity !== "SERVICE_LEVEL" && granularity !== "ACTION_LEVEL") {
      throw new IamRefusal("InvalidInput", `Granularity ${granularity} is invalid.`);
    }
    const role = state.directory.role(arn);
    if (role === undefined || parseRoleArn(arn)?.accountId !== caller.accountId) {
      throw missing(`ARN ${arn} cannot be found.`);
    }
    return options.lastAccessed.generate(role, granularity, caller);
  }

  function checkMayWrite(action: string, form: URLSearchParams, caller: Caller): void {
    if (caller.session === null) return;
    if (caller.arn.split("/")[1] === options.managementRole) return;
    const on = form.get("PolicyArn") ?? form.get("RoleName") ?? form.get("PolicyName") ?? "*";
    throw new IamRefusal(
      "AccessDenied",
      `User: ${caller.arn} is not authorized to perform: iam:${action} on resource: ${on} because no identity-based policy allows the iam:${action} action`,
    );
  }

  async function answered(form: URLSearchParams, caller: Caller): Promise<AwsResponse> {
    const action = form.get("Action") ?? "";
    if (action === "GenerateServiceLastAccessedDetails") return lastAccessedJob(form, caller);
    if (action === "GetServiceLastAccessedDetails") {
      const job = await options.lastAccessed.get(form, caller);
      if (job === null) throw missing(`Invalid Job Id: ${form.get("JobId") ?? ""}`);
      return job;
    }
    const read = ownOf(reading, action);
    if (read !== undefined) return queryAnswer(iamNamespace, action, read(form, caller.accountId, caller));
    const create = ownOf(creating, action);
    const change = ownOf(changing, action);
    if (create === undefined && change === undefined) {
      const message = `Could not find operation ${action} for version 2010-05-08`;
      return queryError(iamNamespace, 400, "InvalidAction", message);
    }
    checkMayWrite(action, form, caller);
    const made = create?.(form, caller.accountId, caller) ?? null;
    change?.(form, caller.accountId);
    return queryAnswer(iamNamespace, action, made);
  }

  return async (form, caller) => {
    try {
      return await answered(form, caller);
    } catch (error) {
      if (!(error instanceof IamRefusal)) throw error;
      return queryError(iamNamespace, error.status, error.code, error.message);
    }
  };
}

function ownOf<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
