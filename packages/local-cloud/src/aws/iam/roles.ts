import { checkedInline, checkedTrust } from "./documents.ts";
import { policyOf } from "./policies.ts";
import { IamRefusal, invalid, missing } from "./refusal.ts";
import { type IamRole, type IamState, uniqueId } from "./state.ts";

/** AWS's default quota of managed policies on one role. */
const mostAttached = 10;

export interface NewRole {
  readonly name: string;
  readonly path: string;
  readonly partition: string;
  readonly trust: string;
  readonly boundary: string | null;
  readonly description: string;
  readonly maxSessionSeconds: number;
}

export function roleOf(state: IamState, accountId: string, name: string): IamRole {
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) throw invalid("roleName", "Member must be a name");
  const role = state.role(accountId, name);
  if (role === undefined) throw missing(`The role with name ${name} cannot be found.`);
  return role;
}

export function createRole(state: IamState, accountId: string, wish: NewRole): IamRole {
  if (!/^[\w+=,.@-]{1,64}$/.test(wish.name)) throw invalid("roleName", "Member must be a name");
  if (!/^\/([\u0021-\u007e]+\/)?$/.test(wish.path)) throw invalid("path", "Member must be a path");
  if (state.role(accountId, wish.name) !== undefined) {
    throw new IamRefusal("EntityAlreadyExists", `Role with name ${wish.name} already exists.`);
  }
  if (wish.boundary !== null) policyOf(state, accountId, wish.boundary);
  const role: IamRole = {
    arn: `arn:${wish.partition}:iam::${accountId}:role${wish.path}${wish.name}`,
    uniqueId: uniqueId("AROA"),
    createdAt: state.clock.now().toISOString(),
    lastUsed: null,
    description: wish.description,
    maxSessionSeconds: wish.maxSessionSeconds,
    trust: checkedTrust(wish.trust),
    boundary: wish.boundary,
    attached: [],
    inline: [],
  };
  state.putRole(accountId, role);
  return role;
}

export function deleteRole(state: IamState, accountId: string, name: string): void {
  const role = roleOf(state, accountId, name);
  if (role.attached.length > 0) {
    throw new IamRefusal("DeleteConflict", "Cannot delete entity, must detach all policies first.");
  }
  if (role.inline.length > 0) {
    throw new IamRefusal("DeleteConflict", "Cannot delete entity, must delete policies first.");
  }
  state.removeRole(accountId, role.arn);
}

export function updateTrust(state: IamState, accountId: string, name: string, trust: string): void {
  state.putRole(accountId, { ...roleOf(state, accountId, name), trust: checkedTrust(trust) });
}

export function updateRole(
  state: IamState,
  accountId: string,
  name: string,
  change: Partial<Pick<IamRole, "description" | "maxSessionSeconds">>,
): void {
  state.putRole(accountId, { ...roleOf(state, accountId, name), ...change });
}

/** Null takes the boundary away. */
export function putBoundary(state: IamState, accountId: string, name: string, arn: string | null): void {
  const role = roleOf(state, accountId, name);
  if (arn !== null) policyOf(state, accountId, arn);
  state.putRole(accountId, { ...role, boundary: arn });
}

/** Attaching what is attached, as AWS, changes nothing. */
export function attachPolicy(state: IamState, accountId: string, name: string, arn: string): void {
  const role = roleOf(state, accountId, name);
  policyOf(state, accountId, arn);
  if (role.attached.includes(arn)) return;
  if (role.attached.length >= mostAttached) {
    throw new IamRefusal("LimitExceeded", `Cannot exceed quota for PoliciesPerRole: ${mostAttached}`);
  }
  state.putRole(accountId, { ...role, attached: [...role.attached, arn] });
}

export function detachPolicy(state: IamState, accountId: string, name: string, arn: string): void {
  const role = roleOf(state, accountId, name);
  if (!role.attached.includes(arn)) throw missing(`Policy ${arn} was not found.`);
  state.putRole(accountId, { ...role, attached: role.attached.filter((one) => one !== arn) });
}

export function putInlinePolicy(
  state: IamState,
  accountId: string,
  roleName: string,
  name: string,
  document: string,
): void {
  const role = roleOf(state, accountId, roleName);
  if (!/^[\w+=,.@-]{1,128}$/.test(name)) throw invalid("policyName", "Member must be a name");
  const others = role.inline.filter((one) => one.name !== name);
  const texts = others.map((one) => one.document);
  const inline = [...others, { name, document: checkedInline(document, texts) }];
  state.putRole(accountId, { ...role, inline: inline.sort((a, b) => (a.name < b.name ? -1 : 1)) });
}

export function inlinePolicyOf(role: IamRole, name: string): string {
  const found = role.inline.find((one) => one.name === name);
  if (found === undefined) throw missing(`The role policy with name ${name} cannot be found.`);
  return found.document;
}

export function deleteInlinePolicy(state: IamState, accountId: string, roleName: string, name: string): void {
  const role = roleOf(state, accountId, roleName);
  inlinePolicyOf(role, name);
  state.putRole(accountId, { ...role, inline: role.inline.filter((one) => one.name !== name) });
}
