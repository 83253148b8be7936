import type { PolicyDocument } from "@plp/iam-policy";
import { sharedFiles } from "@plp/iam-repository";
import type { LocalOrganization, LocalRole, LocalUser } from "../organization.ts";
import { generatedPolicyName, initialPolicyName } from "../policy-names.ts";
import { type ApplicationPlan, type EnvironmentPlan, grantsOf, pipelineRole } from "./applications.ts";
import { arn } from "./call.ts";
import { configurationFiles, modesFile, outputsFile, readmeFile } from "./configuration.ts";
import { generatedPolicy, policyText } from "./policy-file.ts";
import { random } from "./random.ts";
import type { LoggedEvent } from "./record.ts";
import { isoSecond, uniqueIdOf } from "./session.ts";

/** An organization that was made up, and where its logs lie. */
export interface MadeOrganization extends LocalOrganization {
  /** The folder that holds `AWSLogs`. */
  readonly logs: string;
  readonly logFiles: number;
  /** Records that can be read, duplicates counted once. */
  readonly logEvents: number;
  /** The file (relative to `logs`) that cannot be read to its end, if there is one. */
  readonly damagedFile: string | null;
  readonly days: number;
  readonly accounts: number;
}

export const localUsers: readonly LocalUser[] = [
  { id: 4700, username: "plp-bot", name: "PLP", accessLevel: 30, bot: true },
  { id: 4711, username: "reviewer-1", name: "Rhea Viteri", accessLevel: 40, bot: false },
  { id: 4712, username: "reviewer-2", name: "Ravi Okafor", accessLevel: 40, bot: false },
  { id: 4731, username: "developer-1", name: "Dana Lindqvist", accessLevel: 30, bot: false },
  { id: 4802, username: "operator-1", name: "Oda Perner", accessLevel: 40, bot: false },
  { id: 4899, username: "iam-apply", name: "Terraform apply", accessLevel: 40, bot: true },
];

/** The broad policy that people wrote for the role's start. */
function initialPolicy(application: ApplicationPlan): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: application.initial.map(({ sid, actions, on }) => ({
      Sid: sid,
      Effect: "Allow",
      Action: [...actions].sort(),
      Resource: on.length === 1 ? on[0] : on,
    })),
  };
}

/** The generated policy as it stands at the start; null where there is none yet. */
function startingPolicy(environment: EnvironmentPlan): PolicyDocument | null {
  const { policy, stack, known, place } = environment;
  if (policy === "missing") return null;
  const grants = [
    ...grantsOf(stack.settled, false),
    ...(policy === "complete" ? grantsOf(stack.latest, false) : []),
    ...grantsOf(stack.latest, true).filter((grant) => known.includes(grant.action)),
  ];
  return generatedPolicy(grants, peoplesStatements(environment, place.application));
}

/** What reviewers added by hand to billing's production policy. */
function peoplesStatements({ place }: EnvironmentPlan, application: string): Record<string, unknown>[] {
  if (application !== "billing" || place.environment !== "prod") return [];
  const database = arn(place, "rds", `db:billing-${place.environment}`);
  return [
    {
      Sid: "KeepTheDatabase",
      Effect: "Deny",
      Action: ["rds:DeleteDBInstance"],
      Resource: database,
    },
    {
      Sid: "SnapshotBeforeMigration",
      Effect: "Allow",
      Action: ["rds:CreateDBSnapshot"],
      Resource: [database, arn(place, "rds", "snapshot:billing-*")],
    },
  ];
}

interface Parts {
  readonly files: Map<string, string>;
  readonly roles: readonly LocalRole[];
}

/** The IAM repository and the roles in AWS that follow from the plans; `events` tell when a role was last used. */
export function assemble(
  applications: readonly ApplicationPlan[],
  events: readonly LoggedEvent[],
  seed: string,
  end: number,
): Parts {
  const files = new Map([["README.md", readmeFile(applications)], ...sharedFiles()]);
  const roles: LocalRole[] = [];
  const used = lastUse(events);
  for (const application of applications) {
    const initial = initialPolicy(application);
    for (const [name, content] of configurationFiles(application))
      files.set(`${application.name}/${name}`, content);
    files.set(`${application.name}/plp.outputs.json`, outputsFile(application));
    files.set(`${application.name}/plp.environments.json`, modesFile(application));
    for (const environment of application.environments) {
      const folder = `${application.name}/policies`;
      const name = environment.place.environment;
      const generated = startingPolicy(environment);
      files.set(`${folder}/initial/${name}.json`, policyText(initial));
      if (generated !== null) files.set(`${folder}/${name}.json`, policyText(generated));
      const arn = pipelineRole(environment.place);
      const uniqueId = uniqueIdOf(arn);
      roles.push({
        arn,
        uniqueId,
        createdAt: isoSecond(end - random(seed, "created", arn).between(90, 400) * 86_400_000),
        lastUsed: used.get(uniqueId) ?? null,
        policies: [
          ...(environment.mode === "observe" ? [{ name: initialPolicyName(arn), document: initial }] : []),
          ...(generated === null ? [] : [{ name: generatedPolicyName(arn, 1), document: generated }]),
        ],
      });
    }
  }
  return { files, roles };
}

/** Unique id of a role → when and where a session of it last made a call. */
function lastUse(events: readonly LoggedEvent[]): Map<string, { at: string; region: string }> {
  const latest = new Map<string, LoggedEvent>();
  for (const event of events) {
    if (event.roleId === null) continue;
    const known = latest.get(event.roleId);
    if (known === undefined || known.time < event.time) latest.set(event.roleId, event);
  }
  return new Map([...latest].map(([id, { time, region }]) => [id, { at: isoSecond(time), region }]));
}
