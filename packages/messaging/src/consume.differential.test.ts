import {
  BatchProcessor,
  EventType,
  processPartialResponse,
  SqsFifoPartialProcessorAsync,
} from "@aws-lambda-powertools/batch";
import { silentLog } from "@plp/runtime";
import type { SQSEvent, SQSRecord } from "aws-lambda";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { consume } from "./consume.ts";
import { sqsEvent, sqsRecord } from "./event-fixture.ts";
import { encode } from "./messages.ts";
import { mergeMessage } from "./schemas.ts";

type Case = readonly { readonly fails: boolean; readonly group: string }[];

const cases: fc.Arbitrary<Case> = fc.array(
  fc.record({ fails: fc.boolean(), group: fc.constantFrom("x", "y", "z") }),
  { minLength: 1, maxLength: 10 },
);

function eventOf(all: Case, fifo: boolean): SQSEvent {
  const body = (index: number) => encode({ v: 1, type: "merge", run: `${index}` });
  return sqsEvent(
    ...all.map(({ group }, index) => sqsRecord(`${index}`, body(index), fifo ? { group } : {})),
  );
}

function ours(all: Case, fifo: boolean) {
  const handler = consume({
    schema: mergeMessage,
    handle: async ({ run }) => {
      if (all[Number(run)]?.fails === true) throw new Error("refused");
      return { kind: "done" };
    },
    queue: { setVisibility: async () => undefined },
    deadLetters: { send: async () => undefined },
    log: silentLog,
    clock: { now: () => new Date(0) },
    parallelism: 4,
    fifo,
  });
  return handler(eventOf(all, fifo));
}

const theirHandler = (all: Case) => async (record: SQSRecord) => {
  if (all[Number(record.messageId)]?.fails === true) throw new Error("refused");
};

const ids = ({ batchItemFailures }: { batchItemFailures: { itemIdentifier: string }[] }) =>
  batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

describe("consume, beside Powertools' batch processing", () => {
  const options = { throwOnFullBatchFailure: false };

  it("reports the same failures of a standard queue", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (all) => {
        const processor = new BatchProcessor(EventType.SQS);
        const theirs = await processPartialResponse(
          eventOf(all, false),
          theirHandler(all),
          processor,
          options,
        );
        expect(ids(await ours(all, false))).toEqual(ids(theirs));
      }),
    );
  });

  it("reports the same failures of a FIFO queue whose groups stop at their first failure", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (all) => {
        const processor = new SqsFifoPartialProcessorAsync();
        const theirs = await processPartialResponse(eventOf(all, true), theirHandler(all), processor, {
          ...options,
          skipGroupOnError: true,
        });
        expect(ids(await ours(all, true))).toEqual(ids(theirs));
      }),
    );
  });

  it("differs: other groups go on, which Powertools stops by default", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (all) => {
        const processor = new SqsFifoPartialProcessorAsync();
        const theirs = ids(
          await processPartialResponse(eventOf(all, true), theirHandler(all), processor, options),
        );
        const first = all.findIndex(({ fails }) => fails);
        expect(theirs).toEqual(all.flatMap((_, index) => (first >= 0 && index >= first ? [`${index}`] : [])));
        for (const id of ids(await ours(all, true))) expect(theirs).toContain(id);
      }),
    );
  });

  it("differs: a total failure is an answer, where Powertools throws and then tells of no failure", async () => {
    const all: Case = [{ fails: true, group: "x" }];
    const processor = new BatchProcessor(EventType.SQS);
    await expect(processPartialResponse(eventOf(all, false), theirHandler(all), processor)).rejects.toThrow();
    expect(ids(processor.response())).toEqual([]);
    expect(ids(await ours(all, false))).toEqual(["0"]);
  });

  it("differs: `throw null` is a failure like others, of which Powertools dies", async () => {
    const event = eventOf([{ fails: true, group: "x" }], false);
    const processor = new BatchProcessor(EventType.SQS);
    const handler = async () => {
      throw null;
    };
    await expect(processPartialResponse(event, handler, processor, options)).rejects.toThrow(TypeError);
  });
});
