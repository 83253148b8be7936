import { runInNewContext } from "node:vm";
import { queues } from "@plp/messaging";
import { parseSettings } from "@plp/runtime";
import { describe, expect, test } from "vitest";
import written from "../../plp.config.ts";
import { skipUnless } from "../support/skip.ts";
import { type Deployment, evaluate, secretValues, sstPlatform, titleOf } from "./evaluate.ts";
import { variablesOf } from "./evaluated.ts";
import { roleOf, statementsOf } from "./statements.ts";

skipUnless(sstPlatform)("what a deployment runs", async () => {
  const hub = await evaluate({ stage: "production" });
  const functions = hub.all("aws:lambda/function:Function");

  describe.each(Object.values(queues))("queue $name", (queue) => {
    const { mapping, consumer } = consumerOf(hub, queue.name);

    test("is consumed in batches of its size, and what failed comes again alone", () => {
      expect(mapping.inputs).toMatchObject({
        batchSize: queue.batchSize,
        functionResponseTypes: ["ReportBatchItemFailures"],
        maximumBatchingWindowInSeconds: 0,
      });
    });

    test("gives its function the time that the design gives it", () => {
      expect(consumer.inputs.timeout).toBe(queue.functionTimeout);
    });

    test("is known to its function together with its dead letters", () => {
      const known = variablesOf(consumer);
      const { name } = hub.one("aws:sqs/queue:Queue", `${titleOf(queue.name)}Queue`).inputs;
      const { name: dead } = hub.one("aws:sqs/queue:Queue", `${titleOf(queue.name)}DeadQueue`).inputs;
      expect(known[`PLP_QUEUE_${queue.name.toUpperCase()}`]).toMatch(new RegExp(`/${name}$`));
      expect(known.PLP_DEAD_LETTERS).toMatch(new RegExp(`/${dead}$`));
    });
  });

  test("a FIFO queue is held back by its groups alone, a standard one by a number", () => {
    const limits = Object.values(queues).map(({ name, fifo }) => {
      const { scalingConfig } = consumerOf(hub, name).mapping.inputs;
      return { name, limited: scalingConfig !== undefined, fifo };
    });
    expect(limits.filter(({ limited, fifo }) => limited === fifo)).toEqual([]);
  });

  test("every function is for arm64 and Node 24, with a name that says what it is", () => {
    for (const { inputs } of functions) {
      expect(inputs).toMatchObject({ architectures: ["arm64"], runtime: "nodejs24.x", packageType: "Zip" });
      expect(inputs.name).toMatch(/^plp-production-[a-z-]+$/);
    }
  });

  test("every function writes structured lines into its own log, which is kept for a year", () => {
    for (const { inputs } of functions) {
      const logGroup = `/aws/lambda/${inputs.name}`;
      expect(inputs.loggingConfig).toEqual({ logFormat: "JSON", logGroup });
      const log = hub.all("aws:cloudwatch/logGroup:LogGroup").find((group) => group.inputs.name === logGroup);
      expect(log?.inputs.retentionInDays).toBe(365);
    }
  });

  test("the GitLab token goes only to functions that talk to GitLab, and is encrypted in the deployment's state", () => {
    const holders = functions.filter(({ inputs }) =>
      JSON.stringify(inputs).includes(secretValues.GitlabToken),
    );
    expect(holders.map(({ inputs }) => inputs.name).sort()).toEqual([
      "plp-production-applications",
      "plp-production-doctor",
      "plp-production-merge",
      "plp-production-publish",
      "plp-production-reviews",
      "plp-production-rounds",
    ]);
    for (const { secrets } of holders) expect(secrets).toContain("environment");
    const others = hub.resources.filter(
      ({ type, secrets }) => type !== "aws:lambda/function:Function" && secrets.length === 0,
    );
    expect(JSON.stringify(others)).not.toContain(secretValues.GitlabToken);
  });

  test("the secret of the web hook goes to nobody but the function that answers it", () => {
    const holders = functions.filter(({ inputs }) =>
      JSON.stringify(inputs).includes(secretValues.HookSecret),
    );
    expect(holders.map(({ inputs }) => inputs.name)).toEqual(["plp-production-hook"]);
  });

  test("who sees a function's configuration still needs a key of ours to see a secret", () => {
    const key = hub.one("aws:kms/key:Key", "SecretsKey");
    expect(key.inputs).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
    const encrypted = functions.filter(({ inputs }) => inputs.kmsKeyArn !== undefined);
    const holders = functions.filter(({ inputs }) =>
      Object.values(secretValues).some((value) => JSON.stringify(inputs).includes(value)),
    );
    expect(encrypted).toEqual(holders);
  });

  test("every function reads the settings as they are written, however long they are", () => {
    expect(hub.builds).toHaveLength(functions.length);
    for (const { properties } of hub.builds) {
      const env: Record<string, string> = {};
      runInNewContext(properties.banner ?? "", { process: { env } });
      expect(parseSettings(JSON.parse(env.PLP_SETTINGS ?? ""))).toEqual(parseSettings(written));
    }
    // AWS refuses a function whose variables are longer than 4 KB in all.
    for (const one of functions) expect(JSON.stringify(variablesOf(one)).length).toBeLessThan(2048);
  });

  describe("the clock", () => {
    const schedules = hub.all("aws:scheduler/schedule:Schedule");
    const nameOf = (queue: string) => hub.one("aws:sqs/queue:Queue", queue).inputs.name;

    test("begins rounds when the settings say, in their time zone, and ticks every hour and every day", () => {
      const { schedule, time_zone } = parseSettings(written).round;
      expect(
        Object.fromEntries(
          schedules.map(({ name, inputs }) => [
            name,
            `${inputs.scheduleExpression} ${inputs.scheduleExpressionTimezone}`,
          ]),
        ),
      ).toEqual({
        RoundSchedule: `${schedule} ${time_zone}`,
        DailyTick: "cron(30 0 * * ? *) UTC",
        HourlyTick: "cron(10 * * * ? *) UTC",
        DailyCheckpoint: "cron(50 23 * * ? *) UTC",
      });
    });

    test("sends exactly on time, tries for hours, and leaves what did not arrive among the dead letters", () => {
      for (const { name, inputs } of schedules) {
        const queue = name === "DailyCheckpoint" ? "Index" : "Rounds";
        expect(inputs.flexibleTimeWindow).toEqual({ mode: "OFF" });
        expect(inputs.target).toMatchObject({
          arn: expect.stringMatching(new RegExp(`:${nameOf(`${queue}Queue`)}$`)),
          deadLetterConfig: { arn: expect.stringContaining(`${queue}DeadQueue`) },
          retryPolicy: { maximumRetryAttempts: 20, maximumEventAgeInSeconds: 21_600 },
        });
      }
    });

    test("has one role, which only the scheduler of this account assumes, and which only sends", () => {
      const role = hub.one("aws:iam/role:Role", "ScheduleRole");
      expect(statementsOf(role.inputs.assumeRolePolicy)).toMatchObject([
        {
          principal: { Service: "scheduler.amazonaws.com" },
          condition: { StringEquals: { "aws:SourceAccount": "999988887777" } },
        },
      ]);
      expect(roleOf(role).statements.map(({ actions }) => actions)).toEqual([["sqs:SendMessage"]]);
    });
  });
});

function consumerOf(hub: Deployment, queue: string) {
  const { name } = hub.one("aws:sqs/queue:Queue", `${titleOf(queue)}Queue`).inputs;
  const [mapping, another] = hub
    .all("aws:lambda/eventSourceMapping:EventSourceMapping")
    .filter(({ inputs }) => String(inputs.eventSourceArn).endsWith(`:${name}`));
  if (mapping === undefined || another !== undefined) throw new Error(`not one consumer of ${queue}`);
  const functionName = String(mapping.inputs.functionName).split(":").at(-1);
  const consumer = hub.all("aws:lambda/function:Function").find(({ inputs }) => inputs.name === functionName);
  if (consumer === undefined) throw new Error(`no function ${functionName}`);
  return { mapping, consumer };
}
