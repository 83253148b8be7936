import { describe, expect, it } from "vitest";
import { addition } from "../testing.ts";
import type { Findings } from "./join.ts";
import { uniteFindings } from "./unite.ts";

const findings = (more: Partial<Findings> = {}): Findings => ({
  additions: [],
  denied: [],
  questions: [],
  withoutTrail: false,
  ...more,
});
const refusal = (action: string, resource: string | null, count = 1) => ({
  ...{ action, resource, count, last: "2026-11-20T00:00:00.000Z" },
  by: "identity" as const,
});
const question = { kind: "unmapped" as const, detail: "x" };

describe("The findings of several windows", () => {
  it("are all of them, each question and refusal once, in its newest words", () => {
    const united = uniteFindings([
      findings({ denied: [refusal("s3:ListBucket", "arn:aws:s3:::a", 1)], questions: [question] }),
      findings({
        denied: [refusal("s3:ListBucket", "arn:aws:s3:::a", 7), refusal("s3:ListBucket", "arn:aws:s3:::b")],
        questions: [question],
        additions: [addition("sqs:ListQueues")],
        withoutTrail: true,
      }),
    ]);
    expect(united).toMatchObject({
      additions: [{ action: "sqs:ListQueues" }],
      denied: [{ count: 7 }, { resource: "arn:aws:s3:::b" }],
      questions: [question],
      withoutTrail: true,
    });
  });

  it("hold no refusal of what was allowed in another window", () => {
    const united = uniteFindings([
      findings({ denied: [refusal("sqs:ListQueues", "*"), refusal("s3:ListBucket", null)] }),
      findings({ additions: [addition("sqs:ListQueues"), addition("s3:ListBucket", "arn:aws:s3:::a")] }),
    ]);
    expect(united.denied).toEqual([]);
  });
});
