import {
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  type GetServiceLastAccessedDetailsCommandOutput,
  IAMClient,
} from "@aws-sdk/client-iam";
import { awsFault, type Sessions } from "@plp/clients";
import type { AccessedService } from "@plp/domain";
import { permanent } from "@plp/runtime";
import type { LastAccessed } from "./ports.ts";

/** Tries within one invocation, each after a longer pause; all of them together stay well below the time-out. */
const PAUSES_MS = [100, 300, 1000, 2000, 4000];

/**
 * IAM's services last accessed, generated and read within one session, all pages: IAM answers a job only to the
 * session that began it. Not ready after some seconds: the next delivery begins afresh.
 */
export function iamLastAccessed(
  sessions: Sessions,
  pause: (milliseconds: number) => Promise<void>,
): LastAccessed {
  return {
    async services({ accountId, region }, roleArn) {
      const credentials = await sessions.hold(accountId, "last-accessed");
      const client = new IAMClient({ region, credentials });
      try {
        const { JobId } = await client.send(
          new GenerateServiceLastAccessedDetailsCommand({ Arn: roleArn, Granularity: "SERVICE_LEVEL" }),
        );
        for (const milliseconds of PAUSES_MS) {
          const answer = await client.send(new GetServiceLastAccessedDetailsCommand({ JobId }));
          if (answer.JobStatus === "COMPLETED") return await allPages(client, JobId, answer);
          if (answer.JobStatus === "FAILED") {
            throw permanent(
              "last-accessed-failed",
              `IAM could not tell the services last accessed of ${roleArn}: ${answer.Error?.Message ?? "no reason given"}`,
            );
          }
          await pause(milliseconds);
        }
        return "not-ready";
      } catch (error) {
        throw awsFault(error, `cannot read the services last accessed of ${roleArn}`);
      } finally {
        client.destroy();
      }
    },
  };
}

async function allPages(
  client: IAMClient,
  JobId: string | undefined,
  first: GetServiceLastAccessedDetailsCommandOutput,
): Promise<AccessedService[]> {
  const found: AccessedService[] = [];
  for (let page = first; ; ) {
    for (const { ServiceNamespace, LastAuthenticated } of page.ServicesLastAccessed ?? []) {
      if (ServiceNamespace === undefined) continue;
      found.push({
        service: ServiceNamespace.toLowerCase(),
        lastAuthenticated: LastAuthenticated?.toISOString() ?? null,
      });
    }
    if (page.IsTruncated !== true || page.Marker === undefined) return found;
    page = await client.send(new GetServiceLastAccessedDetailsCommand({ JobId, Marker: page.Marker }));
  }
}
