import type { ConditionBlock } from "@plp/iam-policy";
import type { Random } from "./random.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const PROJECT = "platform/iam";

/** What a role does: the truth, of which the system only ever sees answers. */
export interface Action {
  readonly action: string;
  /** What the trail tells of the resource; null where it does not. */
  readonly resource: string | null;
  /** What the call really used. */
  readonly used: string;
  /** How Access Analyzer writes it. */
  readonly template: string;
  readonly condition: ConditionBlock | null;
  readonly inferred: boolean;
}

export type AnalyzerKind = "both" | "trail" | "access-analyzer";

export type CallOutcome = "authorized" | "failed" | "denied" | "unlogged";

export interface Call extends Action {
  readonly id: string;
  readonly role: SimulatedRole;
  readonly at: number;
  readonly deliveredAt: number;
  /** `YYYY-MM-DDTHH` in which the trail delivers it. */
  readonly hour: string;
  readonly outcome: CallOutcome;
}

export interface SimulatedRole {
  readonly arn: string;
  uniqueId: string;
  readonly folder: string;
  readonly environment: string;
  readonly accountId: string;
  readonly region: string;
  /** From the top of the repository. */
  readonly path: string;
  generate: boolean;
}

export interface Organization {
  readonly windowDays: number;
  readonly begin: number;
  /** When the rounds with faults begin. */
  readonly rounds: readonly number[];
  /** From here on there are neither faults nor people. */
  readonly calmFrom: number;
  /** The last round; its window holds the last calls. */
  readonly lastRound: number;
  readonly analyzers: Readonly<Record<string, AnalyzerKind>>;
  readonly rejectionDays: number | null;
  readonly folders: readonly { readonly folder: string; readonly name: string }[];
  readonly roles: readonly SimulatedRole[];
  readonly calls: readonly Call[];
}

/** An organization with its applications, roles and everything that these will do. */
export function organizationOf(random: Random): Organization {
  const windowDays = random.pick([1, 1, 1, 1, 1, 1, 1, 2, 2, 7]);
  const begin = Date.parse("2026-01-05T04:00:00.000Z") + random.between(0, 59) * 60_000;
  const rounds = [begin];
  for (let left = windowDays > 2 ? 1 : random.between(1, 3); left > 0; left -= 1)
    rounds.push((rounds.at(-1) ?? begin) + Math.round(windowDays * DAY * (0.7 + random.next() * 0.8)));
  const calmFrom = (rounds.at(-1) ?? begin) + Math.round(windowDays * DAY * (0.3 + random.next() * 0.6));
  const lastRound = calmFrom + Math.round((2 + random.next()) * DAY);
  const accounts = ["111111111111", "222222222222", "333333333333"].slice(0, random.between(1, 3));
  const analyzers: Record<string, AnalyzerKind> = {};
  for (const id of accounts)
    analyzers[id] = random.pick<AnalyzerKind>(["both", "both", "both", "both", "trail", "access-analyzer"]);
  const folders = ["shop", "teams/pay", "teams/x y"]
    .slice(0, random.pick([1, 1, 2, 2, 3]))
    .map((folder) => ({ folder, name: folder.replace(/\W/g, "-") }));
  const roles = folders.flatMap(({ folder, name }) =>
    ["dev", "prod", "test"].slice(0, random.pick([1, 1, 2, 2, 3])).map((environment): SimulatedRole => {
      const accountId = random.oneOf(accounts) ?? "111111111111";
      return {
        arn: `arn:aws:iam::${accountId}:role/ci/${name}-${environment}`,
        uniqueId: `AROA${name.toUpperCase().replace(/\W/g, "")}${environment.toUpperCase()}1`,
        folder,
        environment,
        accountId,
        region: random.pick(["us-east-1", "us-east-1", "eu-central-1", "af-south-1"]),
        path: `${folder}/policies/${environment}.json`,
        generate: true,
      };
    }),
  );
  const calls = roles.flatMap((role) =>
    callsOf(role, random, { from: begin - (windowDays + 1) * DAY, to: lastRound - 9 * HOUR, windowDays }),
  );
  const rejectionDays = random.pick([null, null, 2]);
  return {
    ...{ windowDays, begin, rounds, calmFrom, lastRound, analyzers, rejectionDays, folders, roles },
    calls: calls.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
  };
}

function callsOf(
  role: SimulatedRole,
  random: Random,
  { from, to, windowDays }: { readonly from: number; readonly to: number; readonly windowDays: number },
): Call[] {
  const count = Math.min(30, Math.ceil((((to - from) / DAY) * 3) / windowDays));
  const habits = Array.from({ length: 7 }, (_, i) => ({
    ...actionOf(role, random, i),
    outcome: random.pick<CallOutcome>([
      "authorized",
      "authorized",
      "authorized",
      "failed",
      "denied",
      "unlogged",
    ]),
  }));
  // Some roles rest for days: their runs cost no generation.
  const rests = random.chance(0.2) ? from + random.next() * (to - from) : Number.POSITIVE_INFINITY;
  return Array.from({ length: count }, (_, i): Call => {
    const at = Math.floor(from + random.next() * (to - from));
    const habit = random.oneOf(habits) ?? { ...actionOf(role, random, i), outcome: "authorized" as const };
    const outcome = habit.outcome === "authorized" && random.chance(0.1) ? "denied" : habit.outcome;
    const deliveredAt = at + random.between(2, 14) * 60_000;
    const hour = new Date(deliveredAt).toISOString().slice(0, 13);
    return { ...habit, outcome, role, at, deliveredAt, hour, id: `${role.environment}-${role.folder}-${i}` };
  }).filter(({ at }) => at < rests || at > rests + 3 * DAY);
}

function actionOf(role: SimulatedRole, random: Random, i: number): Action {
  const { accountId, region } = role;
  const name = `${role.environment}-${i}`;
  const place = `${region}:${accountId}`;
  const plain = { condition: null, inferred: false };
  const at = (action: string, resource: string, template: string): Action => ({
    ...{ action, resource, used: resource, template, ...plain },
  });
  return random.pick<Action>([
    at("sqs:CreateQueue", `arn:aws:sqs:${place}:${name}`, "arn:aws:sqs:${Region}:${Account}:${QueueName}"),
    at("sqs:DeleteQueue", `arn:aws:sqs:${place}:${name}`, "arn:aws:sqs:${Region}:${Account}:${QueueName}"),
    at("s3:CreateBucket", `arn:aws:s3:::${name}`, "arn:aws:s3:::${BucketName}"),
    at(
      "dynamodb:CreateTable",
      `arn:aws:dynamodb:${place}:table/${name}`,
      "arn:aws:dynamodb:${Region}:${Account}:table/${TableName}",
    ),
    at("kms:CreateKey", "*", "*"),
    at("ec2:DescribeInstances", "*", "*"),
    {
      action: "sns:CreateTopic",
      resource: null,
      used: `arn:aws:sns:${place}:${name}`,
      template: "arn:aws:sns:${Region}:${Account}:${TopicName}",
      ...plain,
    },
    {
      action: "iam:PassRole",
      resource: `arn:aws:iam::${accountId}:role/${name}`,
      used: `arn:aws:iam::${accountId}:role/${name}`,
      template: "arn:aws:iam::${Account}:role/${RoleNameWithPath}",
      condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } },
      inferred: true,
    },
  ]);
}

export function outputsOf(organization: Organization, folder: string): string {
  const name = organization.folders.find((one) => one.folder === folder)?.name ?? folder;
  const environments = Object.fromEntries(
    organization.roles
      .filter((role) => role.folder === folder)
      .map((role) => [
        role.environment,
        {
          account_id: role.accountId,
          region: role.region,
          role_arn: role.arn,
          policy_path: `policies/${role.environment}.json`,
          generate: role.generate,
        },
      ]),
  );
  return JSON.stringify({ plp: { value: { application: name, environments } } });
}
