import { AccessAnalyzerClient, ListPolicyGenerationsCommand } from "@aws-sdk/client-accessanalyzer";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { awsFault, type Sessions } from "@plp/clients";
import type { Settings } from "@plp/runtime";
import type { AccountProbe } from "./account-checks.ts";

interface Options {
  readonly sessions: Sessions;
  readonly settings: Settings;
  readonly region: string;
  readonly accountId: string;
}

/** Asks AWS in the session of the account's reader role, as the services do. */
export function accountProbe({ sessions, settings, region, accountId }: Options): AccountProbe {
  const credentials = sessions.credentialsFor(accountId, "doctor");
  const { trail, roles } = settings;

  async function asking(what: string, ask: () => Promise<unknown>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      throw awsFault(error, what);
    }
  }

  return {
    assume: async () => void (await credentials()),
    listGenerations: () =>
      asking("cannot list policy generations", () =>
        new AccessAnalyzerClient({ region, credentials }).send(
          new ListPolicyGenerationsCommand({ maxResults: 1 }),
        ),
      ),
    analyzerRole: () => {
      const { analyzer_service_role: role } = roles;
      const RoleName = role.slice(role.lastIndexOf("/") + 1);
      return asking(`cannot read role ${role}`, () =>
        new IAMClient({ region, credentials }).send(new GetRoleCommand({ RoleName })),
      );
    },
    async hasFiles() {
      const client = new S3Client({ region: trail.region ?? trail.arn.split(":")[3] ?? region, credentials });
      const start = [
        ...(trail.prefix === undefined ? [] : [trail.prefix]),
        "AWSLogs",
        ...(trail.organization_id === undefined ? [] : [trail.organization_id]),
        `${accountId}/CloudTrail/`,
      ].join("/");
      let found = false;
      await asking(`cannot list ${trail.bucket}/${start}`, async () => {
        const { KeyCount = 0 } = await client.send(
          new ListObjectsV2Command({ Bucket: trail.bucket, Prefix: start, MaxKeys: 1 }),
        );
        found = KeyCount > 0;
      });
      return found;
    },
  };
}
