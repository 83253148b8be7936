import { fileURLToPath } from "node:url";
import { queues } from "@plp/messaging";
import { expect, test } from "vitest";
import { skipUnless } from "../support/skip.ts";
import { evaluate, sstPlatform, titleOf } from "./evaluate.ts";
import { lineOf, rolesOf } from "./statements.ts";

skipUnless(sstPlatform)("what the hub account's roles may do", async () => {
  const hub = await evaluate({ stage: "production" });
  const roles = rolesOf(hub);

  test("no role has an action with a wildcard", () => {
    const wide = roles.flatMap(({ name, statements }) =>
      statements
        .flatMap(({ actions }) => actions.filter((action) => action.includes("*")))
        .map((action) => `${name}: ${action}`),
    );
    expect(wide).toEqual([]);
  });

  test("no role has a statement on every resource", () => {
    const wide = roles.flatMap(({ name, statements }) =>
      statements
        .filter(({ resources }) => resources.includes("*"))
        .map((statement) => `${name}: ${lineOf(statement)}`),
    );
    expect(wide).toEqual([]);
  });

  test("no role has a policy that others write", () => {
    expect(roles.flatMap(({ managed }) => managed)).toEqual([]);
  });

  test("every function has a role of its own, which Lambda and nobody else may assume", () => {
    const functions = hub.all("aws:lambda/function:Function");
    const used = functions.map(({ inputs }) => inputs.role);
    expect(new Set(used).size).toBe(functions.length);
    for (const { name, trust } of roles) {
      if (!name.endsWith("FunctionRole")) continue;
      expect(trust).toEqual([
        {
          effect: "Allow",
          principal: { Service: "lambda.amazonaws.com" },
          actions: ["sts:AssumeRole"],
          resources: [],
          condition: null,
        },
      ]);
    }
  });

  const entries: Readonly<Record<string, Entry>> = await entriesOf();

  test.each(Object.entries(entries))(
    "%s is granted what its entry says, and nothing beside",
    (name, entry) => {
      const role = roles.find((one) => one.name === `${titleOf(name)}FunctionRole`);
      expect(role?.statements.map(lineOf)).toEqual(expected(name, entry));
    },
  );

  test("there is no role beside those of the entries and the scheduler's", () => {
    const others = roles.filter(({ name }) => !name.endsWith("FunctionRole"));
    expect(others.map(({ name }) => name)).toEqual(["ScheduleRole"]);
    expect(roles).toHaveLength(Object.keys(entries).length + 1);
    const sent = others.flatMap(({ statements }) => statements);
    expect(sent.map(({ effect, actions }) => `${effect} ${actions}`)).toEqual(["Allow sqs:SendMessage"]);
    for (const { resources } of sent)
      for (const resource of resources) expect(resource).toMatch(/:plp-production-\w+Queue-\w{8}$/);
  });
});

interface Entry {
  readonly sends: readonly string[];
  readonly table: string;
  readonly queues?: "count" | "redrive";
  readonly blobs: string;
  readonly checkpoints: string;
  readonly secrets: readonly string[];
  readonly assumesReader: boolean;
}

// The stacks are not part of this program's types: their components are SST's globals. Only their data is looked at.
async function entriesOf(): Promise<Readonly<Record<string, Entry>>> {
  const file = fileURLToPath(new URL("../../stacks/services.ts", import.meta.url));
  const { entries, httpEntries = {}, invokedEntries = {} } = await import(file);
  return { ...entries, ...httpEntries, ...invokedEntries };
}

const tableActions: Readonly<Record<string, string>> = {
  read: "GetItem Query",
  append: "GetItem PutItem Query",
  usage: "BatchWriteItem GetItem PutItem Query UpdateItem",
  index: "BatchWriteItem GetItem PutItem Query",
  control: "GetItem Query",
};

/** Every statement that an entry stands for, as a line. */
function expected(name: string, entry: Entry): readonly string[] {
  const queue = Object.values(queues).find((one) => one.name === name);
  const arn = (of: string, dead = "") => {
    const fifo = Object.values(queues).find((one) => one.name === of)?.fifo === true ? ".fifo" : "";
    return `sqs:plp-production-${titleOf(of)}${dead}Queue${fifo}`;
  };
  const sends = [...(queue === undefined ? [] : [arn(name, "Dead")]), ...entry.sends.map((to) => arn(to))];
  const actions = (service: string, verbs: string) => verbs.replace(/\w+/g, `${service}:$&`);
  const bucket = (access: string, of: string) =>
    access === "none"
      ? []
      : [
          `${actions("s3", access === "read" ? "GetObject" : "GetObject PutObject")} on s3:plp-production-${of}bucket/*`,
          `s3:ListBucket on s3:plp-production-${of}bucket`,
        ];
  const receive = actions("sqs", "ChangeMessageVisibility DeleteMessage GetQueueAttributes ReceiveMessage");
  const all = Object.values(queues).map((one) => one.name);
  const live = all.map((of) => arn(of)).join(" ");
  const dead = all.map((of) => arn(of, "Dead")).join(" ");
  const table = "dynamodb:table/plp-production-TableTable";
  const own = '{"ForAllValues:StringLike":{"dynamodb:LeadingKeys":"control#*"}}';
  const organization = '{"StringEquals":{"aws:ResourceOrgID":"o-a1b2c3d4e5"}}';
  return [
    `logs:CreateLogStream logs:PutLogEvents on logs:log-group:/aws/lambda/plp-production-${name}:*`,
    ...(queue === undefined ? [] : [`${receive} on ${arn(name)}`]),
    ...(sends.length === 0 ? [] : [`sqs:SendMessage on ${sends.join(" ")}`]),
    ...(entry.table === "none"
      ? []
      : [`${actions("dynamodb", tableActions[entry.table] ?? "?")} on ${table}`]),
    ...(entry.table === "control" ? [`dynamodb:PutItem on ${table} if ${own}`] : []),
    ...(entry.queues === undefined ? [] : [`sqs:GetQueueAttributes on ${live} ${dead}`]),
    ...(entry.queues === "redrive"
      ? [`sqs:DeleteMessage sqs:ReceiveMessage on ${dead}`, `sqs:SendMessage on ${live}`]
      : []),
    ...bucket(entry.blobs, "blobs"),
    ...bucket(entry.checkpoints, "checkpoints"),
    ...(entry.assumesReader
      ? [`sts:AssumeRole on iam:role/plp/reader of any account if ${organization}`]
      : []),
    ...(entry.secrets.length === 0 ? [] : ["kms:Decrypt on kms:SecretsKey"]),
  ];
}
