import { checkedManaged } from "./documents.ts";
import { IamRefusal, invalid, missing } from "./refusal.ts";
import { type IamState, type ManagedPolicy, uniqueId } from "./state.ts";

/** IAM keeps this many versions of a managed policy; a sixth is refused, nothing goes by itself. */
const mostVersions = 5;

export interface NewPolicy {
  readonly name: string;
  /** With a slash at both ends. */
  readonly path: string;
  readonly document: string;
  readonly partition: string;
}

export function policyOf(state: IamState, accountId: string, arn: string): ManagedPolicy {
  const policy = state.policy(accountId, arn);
  if (policy === undefined) throw missing(`Policy ${arn} was not found.`);
  return policy;
}

/** A policy that the account may change: its own. */
function ownPolicyOf(state: IamState, accountId: string, arn: string): ManagedPolicy {
  const policy = policyOf(state, accountId, arn);
  if (arn.includes(":iam::aws:"))
    throw new IamRefusal("AccessDenied", `Policy ${arn} is AWS's: it cannot be changed`);
  return policy;
}

export function createPolicy(state: IamState, accountId: string, wish: NewPolicy): ManagedPolicy {
  if (!/^[\w+=,.@-]{1,128}$/.test(wish.name)) throw invalid("policyName", "Member must be a name");
  if (!/^\/([\u0021-\u007e]+\/)?$/.test(wish.path)) throw invalid("path", "Member must be a path");
  const arn = `arn:${wish.partition}:iam::${accountId}:policy${wish.path}${wish.name}`;
  const taken = state
    .policies(accountId)
    .some((one) => nameOf(one.arn).toLowerCase() === wish.name.toLowerCase());
  if (taken) {
    throw new IamRefusal(
      "EntityAlreadyExists",
      `A policy called ${wish.name} already exists. Duplicate names are not allowed.`,
    );
  }
  const at = state.clock.now().toISOString();
  const policy: ManagedPolicy = {
    arn,
    id: uniqueId("ANPA"),
    createdAt: at,
    updatedAt: at,
    defaultVersion: "v1",
    nextVersion: 2,
    versions: [{ id: "v1", document: checkedManaged(wish.document), createdAt: at }],
  };
  state.putPolicy(accountId, policy);
  return policy;
}

export function createPolicyVersion(
  state: IamState,
  accountId: string,
  arn: string,
  document: string,
  asDefault: boolean,
): ManagedPolicy {
  const policy = ownPolicyOf(state, accountId, arn);
  if (policy.versions.length >= mostVersions) {
    throw new IamRefusal(
      "LimitExceeded",
      `A managed policy can have up to ${mostVersions} versions. Before you create a new version, you must delete an existing version.`,
    );
  }
  const at = state.clock.now().toISOString();
  const id = `v${policy.nextVersion}`;
  const next: ManagedPolicy = {
    ...policy,
    updatedAt: at,
    nextVersion: policy.nextVersion + 1,
    defaultVersion: asDefault ? id : policy.defaultVersion,
    versions: [...policy.versions, { id, document: checkedManaged(document), createdAt: at }],
  };
  state.putPolicy(accountId, next);
  return next;
}

function versionOf(policy: ManagedPolicy, id: string) {
  const version = policy.versions.find((one) => one.id === id);
  if (version === undefined) {
    throw missing(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
  }
  return version;
}

export function policyVersion(state: IamState, accountId: string, arn: string, id: string) {
  const policy = policyOf(state, accountId, arn);
  return { policy, version: versionOf(policy, id) };
}

export function setDefaultVersion(state: IamState, accountId: string, arn: string, id: string): void {
  const policy = ownPolicyOf(state, accountId, arn);
  versionOf(policy, id);
  state.putPolicy(accountId, { ...policy, defaultVersion: id, updatedAt: state.clock.now().toISOString() });
}

export function deletePolicyVersion(state: IamState, accountId: string, arn: string, id: string): void {
  const policy = ownPolicyOf(state, accountId, arn);
  versionOf(policy, id);
  if (id === policy.defaultVersion) {
    throw new IamRefusal("DeleteConflict", "Cannot delete the default version of a policy.");
  }
  state.putPolicy(accountId, { ...policy, versions: policy.versions.filter((one) => one.id !== id) });
}

export function deletePolicy(state: IamState, accountId: string, arn: string): void {
  const policy = ownPolicyOf(state, accountId, arn);
  if (attachments(state, accountId, arn) > 0) {
    throw new IamRefusal("DeleteConflict", "Cannot delete a policy attached to entities.");
  }
  if (policy.versions.length > 1) {
    throw new IamRefusal(
      "DeleteConflict",
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions.",
    );
  }
  state.removePolicy(accountId, arn);
}

/** To how many roles a policy is attached. */
export function attachments(state: IamState, accountId: string, arn: string): number {
  return state.roles(accountId).filter(({ attached }) => attached.includes(arn)).length;
}

export function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/** With a slash at both ends. */
export function pathOf(arn: string): string {
  return arn.slice(arn.indexOf("/"), arn.lastIndexOf("/") + 1);
}
