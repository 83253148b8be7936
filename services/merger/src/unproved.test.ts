import type { MergeResult } from "@plp/iam-policy";
import { describe, expect, it, vi } from "vitest";
import { begin, used } from "./test-world.ts";

const witness = { action: "iam:CreateUser", resource: "*", condition: null };
const planted: { proof: Partial<MergeResult["proof"]> } = vi.hoisted(() => ({ proof: {} }));

vi.mock(import("@plp/iam-policy"), async (original) => {
  const real = await original();
  return {
    ...real,
    mergePolicy: (input) => {
      const merged = real.mergePolicy(input);
      return { ...merged, proof: { ...merged.proof, ...planted.proof } };
    },
  };
});

describe("A merge that its own proof refuses", () => {
  it.each([
    [
      "merge-wider",
      { wider: true, outside: [witness] },
      /would allow iam:CreateUser on \*, which nothing asked for/,
    ],
    ["merge-lost", { lost: [witness] }, /would not allow iam:CreateUser on \*, which it must/],
  ])(
    "ends the run with %s: nothing is proposed, and what was used waits for the next merge",
    async (code, proof, reason) => {
      const world = await begin();
      await world.analysed("r1", used("sqs:ListQueues"));
      planted.proof = proof;
      await world.merge("r1");
      expect((await world.run("r1")).end).toMatchObject({
        kind: "failed",
        code,
        reason: expect.stringMatching(reason),
      });
      expect((await world.role()).state.open.size).toBe(0);
      planted.proof = {};
      await world.analysed("r2");
      await world.merge("r2");
      expect((await world.role()).state.open.get("grow")?.added).toMatchObject([
        { action: "sqs:ListQueues" },
      ]);
    },
  );
});
