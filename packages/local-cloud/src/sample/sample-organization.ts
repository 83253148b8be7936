import { join } from "node:path";
import { sampleApplications } from "./applications.ts";
import { bystanderEvents } from "./bystanders.ts";
import { deliver } from "./delivery.ts";
import { incidentEvents } from "./incidents.ts";
import { assemble, localUsers, type MadeOrganization } from "./organization.ts";
import { logDays, pipelineEvents } from "./pipeline.ts";

export interface SampleOptions {
  /** The same seed and end give the same bytes. */
  readonly seed: string;
  /** Nothing in the logs is later, nor delivered later. */
  readonly end: Date;
  /** Where `logs/` is written. */
  readonly directory: string;
}

/**
 * Makes the sample organization: four applications in four accounts with ten roles in scope and four sandboxes, their
 * IAM repository and roles, and nine days of CloudTrail files of pipelines that deploy with Terraform (about 40,000
 * records in 300 files), with refused calls, duplicates, a late record and one damaged file among them.
 */
export async function makeSampleOrganization(options: SampleOptions): Promise<MadeOrganization> {
  const { seed, directory } = options;
  const end = Math.floor(options.end.getTime() / 1000) * 1000;
  const environments = sampleApplications.flatMap((application) => application.environments);
  const accountIds = [...new Set(environments.map((environment) => environment.place.accountId))];
  const events = [
    ...environments.flatMap((environment) => pipelineEvents(environment, seed, end)),
    ...environments.flatMap((environment) => incidentEvents(environment, seed, end)),
    ...accountIds.flatMap((accountId) => bystanderEvents(accountId, seed, end, logDays)),
  ];
  const logs = join(directory, "logs");
  const delivered = deliver(logs, events, { seed, end, imperfect: true });
  return {
    title: "sample organization",
    ...assemble(sampleApplications, events, seed, end),
    users: localUsers,
    logs,
    logFiles: delivered.files,
    logEvents: delivered.events,
    damagedFile: delivered.damaged,
    days: logDays,
    accounts: accountIds.length,
  };
}
