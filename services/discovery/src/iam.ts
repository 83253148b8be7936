import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { awsFault, type Sessions } from "@plp/clients";
import type { Roles } from "./ports.ts";

/** IAM answers in one Region per partition; the role's own tells which partition that is. */
export function iamRoles(sessions: Sessions, region: string): Roles {
  return {
    async look(accountId, roleArn) {
      const name = roleArn.slice(roleArn.lastIndexOf("/") + 1);
      const client = new IAMClient({ region, credentials: sessions.credentialsFor(accountId, "discovery") });
      try {
        const { Role } = await client.send(new GetRoleCommand({ RoleName: name }));
        if (Role?.RoleId === undefined)
          return { kind: "unavailable", reason: `IAM answered without a role id for ${roleArn}` };
        if (Role.Arn !== roleArn) {
          return {
            kind: "unavailable",
            reason: `the role called ${name} in account ${accountId} is ${Role.Arn}, not ${roleArn}; correct role_arn`,
          };
        }
        return {
          kind: "found",
          uniqueId: Role.RoleId,
          lastUsed: Role.RoleLastUsed?.LastUsedDate?.toISOString() ?? null,
        };
      } catch (error) {
        const fault = awsFault(error, `cannot read role ${roleArn}`);
        if (fault.retryable) throw fault;
        if (fault.code.startsWith("aws-NoSuchEntity")) {
          return {
            kind: "unavailable",
            reason: `role ${roleArn} does not exist; create it, or correct role_arn`,
          };
        }
        return { kind: "unavailable", reason: fault.message };
      } finally {
        client.destroy();
      }
    },
  };
}
