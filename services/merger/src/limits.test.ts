import { describe, expect, it } from "vitest";
import { begin, path, used } from "./test-world.ts";

const users = used("iam:CreateUser", { resource: "arn:aws:iam::111122223333:user/bot" });
const keys = used("kms:CreateKey");
const list = used("sqs:ListQueues");
const limited = { settings: { never: ["iam:*User*"], ask: ["kms:*"] } };

async function opened(world: Awaited<ReturnType<typeof begin>>) {
  return (await world.role()).state.open.get("grow");
}

describe("A merge under the settings never and ask", () => {
  it("proposes neither: the one is told, the other asked, and the policy holds the rest", async () => {
    const world = await begin(limited);
    await world.delivered("2026-11-17T10", users, list);
    await world.analysed("r1", users, keys, list);
    await world.merge("r1");
    const open = await opened(world);
    expect(open?.added.map(({ action }) => action)).toEqual(["sqs:ListQueues"]);
    expect(open?.files[0]?.content).not.toMatch(/iam|kms/);
    expect(open?.forbidden).toMatchObject([{ action: "iam:CreateUser", calls: 3 }]);
    expect(open?.questions).toMatchObject([
      { kind: "ask", detail: expect.stringContaining("kms:CreateKey") },
    ]);
    expect(open?.backtest?.wouldBeDenied).toMatchObject([{ action: "iam:CreateUser" }]);
  });

  it("asks no more once people have added it", async () => {
    const world = await begin(limited);
    const Statement = [{ Effect: "Allow", Action: ["kms:CreateKey"], Resource: "*" }];
    world.files.set(path, JSON.stringify({ Version: "2012-10-17", Statement }));
    await world.analysed("r1", keys, list);
    await world.merge("r1");
    expect((await opened(world))?.questions).toEqual([]);
  });

  it("without anything else leaves it in the role's history", async () => {
    const world = await begin(limited);
    await world.analysed("r1", users);
    await world.merge("r1");
    expect(await world.lastOfRole()).toMatchObject({
      type: "UsageMerged",
      data: { forbidden: [{ action: "iam:CreateUser" }] },
    });
  });
});

describe("The risks of a proposal", () => {
  const pass = used("iam:PassRole", {
    ...{ resource: "arn:aws:iam::111122223333:role/worker", inferred: true },
    condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } },
  });
  const create = used("lambda:CreateFunction", {
    resource: "arn:aws:lambda:eu-central-1:111122223333:function:worker",
  });

  it("are those that the additions bring about together with what stood there", async () => {
    const world = await begin();
    const Statement = [
      { Effect: "Allow", Action: ["lambda:InvokeFunction", "iam:PutUserPolicy"], Resource: "*" },
    ];
    world.files.set(path, JSON.stringify({ Version: "2012-10-17", Statement }));
    await world.analysed("r1", pass, create);
    await world.merge("r1");
    const risks = (await opened(world))?.risks;
    expect(risks?.map(({ id, severity }) => [id, severity])).toEqual([["lambda-001", "medium"]]);
    expect(risks?.[0]).not.toHaveProperty("statements");
  });

  it("know the pipeline's own role", async () => {
    const world = await begin();
    const own = "arn:aws:iam::111122223333:role/ci/shop-prod";
    await world.analysed("r1", used("iam:DetachRolePolicy", { resource: own }));
    await world.merge("r1");
    expect((await opened(world))?.risks).toMatchObject([{ id: "own-role", severity: "high" }]);
  });
});
