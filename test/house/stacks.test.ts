import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type QueueDescription, queues } from "../../packages/messaging/src/queues.ts";
import { indexMessages, roundsMessage } from "../../packages/messaging/src/schemas.ts";
import { sources } from "./repository.ts";

// The stacks are not part of this program's types: their components are SST's globals. Only their data is looked at.
const stack = (file: string) => import(fileURLToPath(new URL(`../../stacks/${file}`, import.meta.url)));

const stacks: {
  readonly queueNames: readonly string[];
  readonly queueNumbers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly retention: { readonly message: number; readonly deadLetter: number };
} = await stack("queues.ts");

type Entries = Readonly<Record<string, { source: string; sends: readonly string[] }>>;
const all: Readonly<Record<"entries" | "httpEntries" | "invokedEntries", Entries>> =
  await stack("services.ts");
/** Those behind queues, those that answer requests, and those that somebody calls by name. */
const entries: Entries = { ...all.entries, ...all.httpEntries, ...all.invokedEntries };

test("AWS gets the queues that the code knows, no more and no fewer", () => {
  expect([...stacks.queueNames].sort()).toEqual(Object.keys(queues).sort());
  expect(Object.keys(stacks.queueNumbers).sort()).toEqual(Object.keys(queues).sort());
});

test.each(Object.values(queues))(
  "$name is on AWS what it is on one machine",
  (described: QueueDescription) => {
    const { fifo, batchSize, functionTimeout, visibilityTimeout, maxReceiveCount } = described;
    expect(stacks.queueNumbers[described.name]).toMatchObject({
      fifo,
      batchSize,
      functionTimeout,
      visibilityTimeout,
      maxReceiveCount,
    });
    expect(stacks.retention).toEqual({
      message: described.retention,
      deadLetter: described.deadLetterRetention,
    });
  },
);

test.each(Object.values(queues))("$name stays within what SQS and Lambda allow", (described) => {
  expect(described.batchSize).toBeLessThanOrEqual(10);
  expect(described.functionTimeout).toBeLessThanOrEqual(15 * 60);
  expect(described.visibilityTimeout).toBeGreaterThanOrEqual(described.functionTimeout);
  expect(described.visibilityTimeout).toBeLessThanOrEqual(12 * 60 * 60);
  expect(described.maxReceiveCount).toBeLessThanOrEqual(1000);
  expect(described.deadLetterRetention).toBeGreaterThan(described.retention);
});

const code = sources();
const serviceOf = (source: string) => source.split("/").slice(0, 2).join("/");
const codeOf = (service: string) =>
  [...code].filter(([path]) => path.startsWith(`${service}/src/`) && !path.endsWith(".test.ts"));
/** The services that have been written. */
const services = [...new Set(Object.values(entries).map(({ source }) => serviceOf(source)))].filter(
  (service) => codeOf(service).some(([path]) => path.includes("/src/handle")),
);

test.each(services)("the functions of %s may send where their code sends, and nowhere else", (service) => {
  const sent = codeOf(service).flatMap(([, text]) =>
    [...text.matchAll(/\bsend\.(\w+)\(/g)].map(([, queue]) => queue),
  );
  const granted = Object.values(entries).filter(({ source }) => serviceOf(source) === service);
  expect([...new Set(granted.flatMap(({ sends }) => sends))].sort()).toEqual([...new Set(sent)].sort());
});

test("every entry of a service is deployed, and every deployed one is there", () => {
  const written = [...code.keys()].filter((path) => path.endsWith(".handler.ts")).map(serviceOf);
  const deployed = Object.values(entries)
    .map(({ source }) => `${source}.handler.ts`)
    .filter((path) => written.includes(serviceOf(path)));
  expect([...code.keys()].filter((path) => path.endsWith(".handler.ts")).sort()).toEqual(deployed.sort());
});

test("what the Scheduler sends is a message that its queue understands", async () => {
  const { scheduledMessages }: { readonly scheduledMessages: Readonly<Record<string, unknown>> } =
    await stack("schedule.ts");
  for (const [name, message] of Object.entries(scheduledMessages)) {
    const sent = JSON.stringify(message).replaceAll("<aws.scheduler.scheduled-time>", "2026-03-02T04:00:00Z");
    const schema = name === "checkpoint" ? indexMessages : roundsMessage;
    expect(schema.safeParse(JSON.parse(sent)), name).toMatchObject({
      success: true,
      data: { type: name },
    });
  }
});
