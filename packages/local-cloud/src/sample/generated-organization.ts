import { join } from "node:path";
import type { ApplicationPlan, EnvironmentPlan, Stack } from "./applications.ts";
import type { Place, TerraformResource } from "./call.ts";
import { deliver } from "./delivery.ts";
import { assemble, localUsers, type MadeOrganization } from "./organization.ts";
import { job, logDays, pipelineEvents } from "./pipeline.ts";
import { random } from "./random.ts";
import type { LoggedEvent } from "./record.ts";
import { containerRepository, functionArn, lambdaFunction, logGroup } from "./terraform/compute.ts";
import { parameter } from "./terraform/identity.ts";
import { queue, schedule } from "./terraform/messaging.ts";
import { bucket, table } from "./terraform/storage.ts";

export interface GeneratedOptions {
  readonly seed: string;
  readonly roles: number;
  readonly accounts: number;
  readonly end: Date;
  readonly directory: string;
  /** About how many records each role has; at least one pipeline run. */
  readonly eventsPerRole: number;
}

const environmentNames = ["prod", "test", "dev"] as const;
const themes = [
  "orders",
  "stock",
  "prices",
  "returns",
  "loyalty",
  "mail",
  "fraud",
  "media",
  "routes",
  "claims",
];

/**
 * Makes an organization of any size for tests: applications of one to three roles over so many accounts, all in
 * scope, with logs of nine days and no damage. The same options give the same bytes.
 */
export async function makeGeneratedOrganization(options: GeneratedOptions): Promise<MadeOrganization> {
  const { seed, directory } = options;
  const end = Math.floor(options.end.getTime() / 1000) * 1000;
  const applications = generatedApplications(options);
  const environments = applications.flatMap((application) => application.environments);
  const events = environments.flatMap((environment) => eventsOf(environment, seed, end));
  const logs = join(directory, "logs");
  const delivered = deliver(logs, events, { seed, end, imperfect: false });
  return {
    title: `generated organization of ${options.roles} roles`,
    ...assemble(applications, events, seed, end),
    users: localUsers,
    logs,
    logFiles: delivered.files,
    logEvents: delivered.events,
    damagedFile: delivered.damaged,
    days: logDays,
    accounts: new Set(environments.map((environment) => environment.place.accountId)).size,
  };
}

/** A role always has the deployment that brings its new permissions, even with a single run. */
function eventsOf(environment: EnvironmentPlan, seed: string, end: number): LoggedEvent[] {
  if (environment.runs > 0) return pipelineEvents(environment, seed, end);
  const { place, stack } = environment;
  const at =
    end - random(seed, "only run", place.application, place.environment).between(60, 6 * 24 * 60) * 60_000;
  const list = [...stack.settled.flatMap((it) => it.refresh), ...stack.latest.flatMap((it) => it.create)];
  return job(place, seed, 80_000, at, list);
}

function generatedApplications(options: GeneratedOptions): ApplicationPlan[] {
  const { seed, roles, accounts, eventsPerRole } = options;
  const draw = random(seed, "applications");
  const applications: ApplicationPlan[] = [];
  for (let made = 0; made < roles; ) {
    const name = `${draw.pick(themes)}-${String(applications.length + 1).padStart(3, "0")}`;
    const count = Math.min(1 + (applications.length % 3), roles - made);
    const environments = environmentNames.slice(0, count).map((environment, i): EnvironmentPlan => {
      const accountId = String(100_000_000_000 + 11_011_011 * (1 + ((made + i) % accounts)));
      const place: Place = { application: name, environment, accountId, region: "eu-central-1" };
      const stack = generatedStack(place, seed);
      const perRun = 4 * (2 + stack.settled.reduce((sum, it) => sum + it.refresh.length, 0));
      return {
        place,
        stack,
        generate: true,
        mode: "observe",
        policy: draw.pick(["missing", "behind", "behind"]),
        runs: Math.floor(eventsPerRole / perRun),
        deployedHoursAgo: draw.between(40, 150),
        known: [],
        destroys: environment === "dev",
      };
    });
    made += count;
    applications.push({ name, about: "Made for a test.", initial: broad, environments });
  }
  return applications;
}

const broad: ApplicationPlan["initial"] = [
  {
    sid: "Deploy",
    actions: [
      "dynamodb:*",
      "ecr:*",
      "events:*",
      "lambda:*",
      "logs:*",
      "s3:*",
      "sqs:*",
      "ssm:*",
      "sts:GetCallerIdentity",
    ],
    on: ["*"],
  },
  { sid: "FunctionRoles", actions: ["iam:PassRole"], on: ["arn:aws:iam::*:role/*"] },
];

type MakeResource = (place: Place, name: string) => TerraformResource;

const kit: readonly MakeResource[] = [
  queue,
  table,
  (place, name) => bucket(place, name),
  (place, name) => containerRepository(place, name),
  (place, name) => logGroup(place, `/services/${name}`),
  (place, name) => parameter(place, `/${place.application}/${place.environment}/${name}`),
  (place, name) => schedule(place, name, functionArn(place, name)),
];

function generatedStack(place: Place, seed: string): Stack {
  const base = `${place.application}-${place.environment}`;
  const draw = random(seed, "stack", base);
  const settled = [0, 1, 2].map((n) => draw.pick(kit)(place, `${base}-${n}`));
  const latest = [
    queue(place, `${base}-jobs`),
    lambdaFunction(place, `${base}-worker`),
    draw.pick(kit)(place, `${base}-new`),
  ];
  return { settled, latest, always: [] };
}
