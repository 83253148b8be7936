import {
  AccessAnalyzerClient,
  CancelPolicyGenerationCommand,
  ConflictException,
  GetGeneratedPolicyCommand,
  paginateListPolicyGenerations,
  ServiceQuotaExceededException,
  StartPolicyGenerationCommand,
} from "@aws-sdk/client-accessanalyzer";
import { awsFault, type Sessions } from "@plp/clients";
import { permanent, type Settings } from "@plp/runtime";
import type { Analyzer, Generation, Lane } from "./ports.ts";

/** Access Analyzer in the member accounts, by the reader's session there (facts of its wire: the service model 2019-11-01). */
export function accessAnalyzer(sessions: Sessions, settings: Pick<Settings, "trail" | "roles">): Analyzer {
  async function call<T>(
    { accountId, region }: Lane,
    what: string,
    work: (client: AccessAnalyzerClient) => Promise<T>,
  ): Promise<T> {
    const client = new AccessAnalyzerClient({
      region,
      credentials: sessions.credentialsFor(accountId, "analysis"),
    });
    try {
      return await work(client);
    } catch (error) {
      throw awsFault(error, `${what} in account ${accountId}, ${region}`);
    } finally {
      client.destroy();
    }
  }

  return {
    list: (lane) =>
      call(lane, "cannot list policy generations", async (client) => {
        const found: Generation[] = [];
        for await (const page of paginateListPolicyGenerations({ client }, {})) {
          for (const { jobId, principalArn, status, startedOn } of page.policyGenerations ?? []) {
            if (jobId === undefined || principalArn === undefined) continue;
            found.push({ job: jobId, principalArn, status: statusOf(status), startedAt: iso(startedOn) });
          }
        }
        return found;
      }),

    start: (lane, { principalArn, window, clientToken }) =>
      call(lane, `cannot start the analysis of ${principalArn}`, async (client) => {
        const partition = principalArn.split(":")[1] ?? "aws";
        try {
          const { jobId } = await client.send(
            new StartPolicyGenerationCommand({
              clientToken,
              policyGenerationDetails: { principalArn },
              cloudTrailDetails: {
                trails: [{ cloudTrailArn: settings.trail.arn, allRegions: true }],
                accessRole: `arn:${partition}:iam::${lane.accountId}:role/${settings.roles.analyzer_service_role}`,
                startTime: new Date(window.from),
                endTime: new Date(window.to),
              },
            }),
          );
          if (jobId === undefined)
            throw permanent("analyzer-answer", "Access Analyzer started a job without an id");
          return { kind: "started", job: jobId };
        } catch (error) {
          // Both are waits: the SDK does not repeat them, and they say nothing of this role.
          if (error instanceof ConflictException) return { kind: "busy" };
          if (error instanceof ServiceQuotaExceededException) return { kind: "quota" };
          throw error;
        }
      }),

    get: (lane, job) =>
      call(lane, `cannot read policy generation ${job}`, async (client) => {
        const { jobDetails, generatedPolicyResult } = await client.send(
          new GetGeneratedPolicyCommand({ jobId: job, includeResourcePlaceholders: true }),
        );
        const properties = generatedPolicyResult?.properties;
        const { startTime, endTime } = properties?.cloudTrailProperties ?? {};
        const { code, message } = jobDetails?.jobError ?? {};
        return {
          job,
          status: statusOf(jobDetails?.status),
          startedAt: iso(jobDetails?.startedOn),
          endedAt: jobDetails?.completedOn?.toISOString() ?? null,
          error: code === undefined ? null : { code, message: message ?? "" },
          window: startTime && endTime ? { from: startTime.toISOString(), to: endTime.toISOString() } : null,
          complete: properties?.isComplete ?? null,
          policies: (generatedPolicyResult?.generatedPolicies ?? []).flatMap(({ policy }) => policy ?? []),
        };
      }),

    cancel: (lane, job) =>
      call(lane, `cannot cancel policy generation ${job}`, async (client) => {
        await client.send(new CancelPolicyGenerationCommand({ jobId: job }));
      }),
  };
}

function statusOf(status: string | undefined): Generation["status"] {
  if (status === "IN_PROGRESS" || status === "SUCCEEDED" || status === "FAILED" || status === "CANCELED")
    return status;
  throw permanent(
    "analyzer-answer",
    `Access Analyzer answered with the unknown status ${JSON.stringify(status)}; update PLP`,
  );
}

function iso(at: Date | undefined): string {
  if (at === undefined)
    throw permanent("analyzer-answer", "Access Analyzer answered without the start of a job");
  return at.toISOString();
}
