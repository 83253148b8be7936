import { parseRoleArn } from "../accounts.ts";
import {
  createPolicy,
  createPolicyVersion,
  deletePolicy,
  deletePolicyVersion,
  nameOf,
  pathOf,
  policyOf,
} from "./policies.ts";
import { missing } from "./refusal.ts";
import { attachPolicy, detachPolicy } from "./roles.ts";
import { defaultDocument, type IamState } from "./state.ts";

/** What a pipeline's stages read and change in AWS, in the account of the role. Refusals are thrown, as IAM says them. */
export interface Deployer {
  /** ARN → document of what is attached to the role; null when there is no such role. */
  attached(roleArn: string): ReadonlyMap<string, string> | null;
  /** The document that counts of a policy, attached or not; null when there is none. */
  document(roleArn: string, policyArn: string): string | null;
  create(roleArn: string, policyArn: string, document: string): void;
  /** Makes the document the default version, as Terraform's provider does: the oldest one goes when there are five. */
  update(roleArn: string, policyArn: string, document: string): void;
  attach(roleArn: string, policyArn: string): void;
  detach(roleArn: string, policyArn: string): void;
  remove(roleArn: string, policyArn: string): void;
}

/** `before` is called with the operation ahead of every change; what it throws is the operation's refusal. */
export function iamDeployer(state: IamState, before: (operation: string) => void): Deployer {
  function roleNamed(roleArn: string) {
    const parts = parseRoleArn(roleArn);
    if (parts === null) throw missing(`${roleArn} is not the ARN of a role.`);
    return parts;
  }

  function changing<A extends readonly string[]>(
    operation: string,
    change: (role: { readonly accountId: string; readonly name: string }, ...rest: A) => void,
  ) {
    return (roleArn: string, ...rest: A): void => {
      before(operation);
      change(roleNamed(roleArn), ...rest);
    };
  }

  return {
    attached(roleArn) {
      const { accountId, name } = roleNamed(roleArn);
      const role = state.role(accountId, name);
      if (role?.arn !== roleArn) return null;
      return new Map(role.attached.map((arn) => [arn, defaultDocument(state.policy(accountId, arn)) ?? ""]));
    },
    document: (roleArn, policyArn) => defaultDocument(state.policy(roleNamed(roleArn).accountId, policyArn)),
    create: changing("CreatePolicy", ({ accountId }, policyArn: string, document: string) => {
      const partition = policyArn.split(":")[1] ?? "aws";
      createPolicy(state, accountId, {
        name: nameOf(policyArn),
        path: pathOf(policyArn),
        partition,
        document,
      });
    }),
    update: changing("CreatePolicyVersion", ({ accountId }, policyArn: string, document: string) => {
      const { versions, defaultVersion } = policyOf(state, accountId, policyArn);
      const oldest = versions.find(({ id }) => id !== defaultVersion);
      if (versions.length >= 5 && oldest !== undefined) {
        deletePolicyVersion(state, accountId, policyArn, oldest.id);
      }
      createPolicyVersion(state, accountId, policyArn, document, true);
    }),
    attach: changing("AttachRolePolicy", ({ accountId, name }, policyArn: string) =>
      attachPolicy(state, accountId, name, policyArn),
    ),
    detach: changing("DetachRolePolicy", ({ accountId, name }, policyArn: string) =>
      detachPolicy(state, accountId, name, policyArn),
    ),
    remove: changing("DeletePolicy", ({ accountId }, policyArn: string) => {
      const { versions, defaultVersion } = policyOf(state, accountId, policyArn);
      for (const { id } of versions) {
        if (id !== defaultVersion) deletePolicyVersion(state, accountId, policyArn, id);
      }
      deletePolicy(state, accountId, policyArn);
    }),
  };
}
