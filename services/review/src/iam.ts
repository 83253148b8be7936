import { createHash } from "node:crypto";
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
} from "@aws-sdk/client-iam";
import { awsFault, type Sessions } from "@plp/clients";
import type { PolicyFound } from "@plp/domain";
import { isPolicyError, type Policy, parsePolicy, policyHash } from "@plp/iam-policy";
import type { RoleLookup, RoleReader } from "./ports.ts";

/** AWS's own policies are known by ARN and version; nobody can write something else into them. */
const MANAGED_BY_AWS = /^arn:[^:]+:iam::aws:policy\//;

/** What a role has, by IAM; it answers in one Region per partition, the hub's tells which partition that is. */
export function iamReader(sessions: Sessions, region: string): RoleReader {
  return {
    async read(accountId, { arn, uniqueId }): Promise<RoleLookup> {
      const name = arn.slice(arn.lastIndexOf("/") + 1);
      const client = new IAMClient({ region, credentials: sessions.credentialsFor(accountId, "review") });
      try {
        const { Role } = await client.send(new GetRoleCommand({ RoleName: name }));
        if (Role?.RoleId !== uniqueId)
          return { kind: "unavailable", reason: `role ${arn} is another by now: it was made again` };
        return {
          kind: "found",
          on: {
            policies: [...(await inlinePolicies(client, name)), ...(await attachedPolicies(client, name))],
            boundary: Role.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
            trustHash: documentOf(Role.AssumeRolePolicyDocument, "the trust policy").hash,
          },
        };
      } catch (error) {
        const fault = awsFault(error, `cannot read the policies of role ${arn}`);
        if (fault.retryable) throw fault;
        return { kind: "unavailable", reason: fault.message };
      } finally {
        client.destroy();
      }
    },
  };
}

async function inlinePolicies(client: IAMClient, RoleName: string): Promise<PolicyFound[]> {
  const found: PolicyFound[] = [];
  for await (const { PolicyNames = [] } of paginateListRolePolicies({ client }, { RoleName })) {
    for (const PolicyName of PolicyNames) {
      const { PolicyDocument } = await client.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      found.push({ how: "inline", id: PolicyName, version: null, ...documentOf(PolicyDocument, PolicyName) });
    }
  }
  return found;
}

async function attachedPolicies(client: IAMClient, RoleName: string): Promise<PolicyFound[]> {
  const found: PolicyFound[] = [];
  for await (const { AttachedPolicies = [] } of paginateListAttachedRolePolicies({ client }, { RoleName })) {
    for (const { PolicyArn = "" } of AttachedPolicies) {
      const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn }));
      const version = Policy?.DefaultVersionId ?? null;
      found.push({
        ...{ how: "attached", id: PolicyArn, version },
        ...(MANAGED_BY_AWS.test(PolicyArn) || version === null
          ? { policy: null, hash: digest(`${PolicyArn} ${version}`) }
          : await versionOf(client, PolicyArn, version)),
      });
    }
  }
  return found;
}

async function versionOf(client: IAMClient, PolicyArn: string, VersionId: string) {
  const { PolicyVersion } = await client.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
  return documentOf(PolicyVersion?.Document, PolicyArn);
}

/** IAM sends documents percent-encoded. One that we do not understand is known by its hash. */
function documentOf(encoded: string | undefined, name: string): { policy: Policy | null; hash: string } {
  const text = decoded(encoded ?? "");
  try {
    const policy = parsePolicy(text, name);
    return { policy, hash: policyHash(policy) };
  } catch (error) {
    if (!isPolicyError(error)) throw error;
    return { policy: null, hash: digest(text) };
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
