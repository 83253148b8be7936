import type { AwsFinding } from "@plp/domain";
import { permanent, transient } from "@plp/runtime";
import { describe, expect, it } from "vitest";
import { begin, path, used } from "./test-world.ts";

const list = used("sqs:ListQueues");
const finding: AwsFinding = {
  ...{ type: "SECURITY_WARNING", code: "PASS_ROLE_WITH_STAR_IN_RESOURCE", detail: "Too wide." },
  ...{ learnMore: "https://docs.aws.amazon.com/x", statement: "PlpPassRole" },
};

async function opened(world: Awaited<ReturnType<typeof begin>>, kind: "grow" | "reduce" = "grow") {
  return (await world.role()).state.open.get(kind);
}

describe("AWS's own checks", () => {
  it("say of every proposal what ValidatePolicy finds, file by file; the paid ones are off", async () => {
    const world = await begin({ settings: { never: ["iam:*"] } });
    world.checks.findings = [finding];
    await world.analysed("r1", list);
    await world.merge("r1");
    expect((await opened(world))?.awsChecks).toEqual({
      validatePolicy: { result: "pass", findings: [finding] },
    });
    expect(world.checks.calls).toHaveLength(1);
  });

  it("tell what AWS would refuse", async () => {
    const world = await begin();
    world.checks.findings = [{ ...finding, type: "ERROR", detail: "No such action." }];
    await world.analysed("r1", list);
    await world.merge("r1");
    expect((await opened(world))?.awsChecks?.validatePolicy).toMatchObject({
      result: "fail",
      reasons: ["No such action."],
    });
  });

  it("are asked once about the same policy, and anew about another", async () => {
    const world = await begin();
    await world.analysed("r1", list);
    await world.merge("r1");
    await world.merge("r1", 2);
    await world.analysed("r2", list);
    await world.merge("r2");
    expect(world.checks.calls).toHaveLength(1);
    await world.analysed("r3", used("sns:ListTopics"));
    await world.merge("r3");
    expect(world.checks.calls).toHaveLength(2);
  });

  it("ask nothing where nothing is proposed, or the settings do not want it", async () => {
    const world = await begin({ settings: { aws_checks: { validate_policy: false } } });
    await world.analysed("r1", list);
    await world.merge("r1");
    expect((await opened(world))?.awsChecks).toBeUndefined();
    const covered = await begin();
    const Statement = [{ Effect: "Allow", Action: "sqs:*", Resource: "*" }];
    covered.files.set(path, JSON.stringify({ Version: "2012-10-17", Statement }));
    await covered.analysed("r1", list);
    await covered.merge("r1");
    expect([...world.checks.calls, ...covered.checks.calls]).toEqual([]);
  });

  it("hold what never may be granted against the policy, a hundred patterns at a time", async () => {
    const never = Array.from({ length: 101 }, (_, i) => `iam:A${i}`);
    const world = await begin({ settings: { never, aws_checks: { not_granted: true } } });
    world.checks.verdict = { result: "fail", reasons: ["One of the listed actions in statement 0."] };
    await world.analysed("r1", list);
    await world.merge("r1");
    expect((await opened(world))?.awsChecks?.notGranted).toEqual(world.checks.verdict);
    expect(world.checks.calls.slice(1).map((call) => call.split(",").length)).toEqual([100, 1]);
  });

  it("are tried again while AWS does not answer, then told as not made, and made at the next merge", async () => {
    const world = await begin();
    world.checks.fails = transient("aws-ThrottlingException", "too fast");
    await world.analysed("r1", list);
    await expect(world.merge("r1")).rejects.toMatchObject({ retryable: true });
    await expect(world.merge("r1", 2)).rejects.toMatchObject({ retryable: true });
    await world.merge("r1", 3);
    expect((await opened(world))?.awsChecks?.validatePolicy).toEqual({
      ...{ result: "not-made", reason: "too fast", findings: [] },
    });
    world.checks.fails = null;
    await world.merge("r1", 4);
    expect((await opened(world))?.awsChecks?.validatePolicy).toMatchObject({ result: "pass" });
  });

  it("hold nothing up where they are not allowed", async () => {
    const world = await begin();
    world.checks.fails = permanent(
      "aws-AccessDeniedException",
      "not authorized to perform access-analyzer:ValidatePolicy",
    );
    await world.analysed("r1", list);
    await world.merge("r1");
    expect((await opened(world))?.awsChecks?.validatePolicy).toMatchObject({
      ...{ result: "not-made", reason: expect.stringContaining("not authorized") },
    });
  });
});

describe("A reduction that AWS finds to be none", () => {
  const early = { from: "2026-05-25T00:00:00.000Z", to: "2026-06-01T00:00:00.000Z" };
  const late = { from: "2026-05-31T18:00:00.000Z", to: "2026-11-23T00:00:00.000Z" };
  const at = { first: "2026-05-30T10:00:00Z", last: "2026-05-30T10:00:00Z" };

  it("is not proposed, and one that it finds to be one is, with its word", async () => {
    const world = await begin({ discoveredAt: early.to, settings: { aws_checks: { no_new_access: true } } });
    world.turn("2026-06-01T05:00:00.000Z");
    await world.analysedAs("r1", { window: early }, used("sqs:ListQueues", at));
    await world.merge("r1");
    await world.approveOpen("grow", "2026-06-02T10:00:00.000Z");
    world.turn("2026-11-23T05:00:00.000Z");
    await world.analysedAs("r2", { window: late, lastAccessed: [] });
    world.checks.verdict = { result: "fail", reasons: ["New access in statement 0."] };
    await world.merge("r2");
    expect(await opened(world, "reduce")).toBeUndefined();
    world.checks.verdict = { result: "pass" };
    await world.merge("r2", 2);
    expect((await opened(world, "reduce"))?.awsChecks?.noNewAccess).toEqual({ result: "pass" });
  });
});
