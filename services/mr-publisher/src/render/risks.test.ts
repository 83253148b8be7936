import { describe, expect, it } from "vitest";
import { backtested, missed, requestView, risk, roleView, seen } from "../testing.ts";
import { renderDescription } from "./description.ts";
import { renderTitle } from "./title.ts";

const test = "444455556666";
const worker = (account: string) => `arn:aws:iam::${account}:role/shop-worker`;
const pass = (account: string) => seen("iam:PassRole", worker(account), { basis: "inferred" });
const shop = requestView([
  roleView("prod", {
    added: [pass("111122223333")],
    risks: [risk("iam-005", "high", "*"), risk("lambda-002", "medium", worker("111122223333"))],
  }),
  roleView("test", {
    accountId: test,
    added: [pass(test)],
    risks: [risk("lambda-002", "medium", worker(test))],
  }),
]);

describe("The risks in a request", () => {
  it("stand first under what is to decide, the worst first, the same of several environments once", () => {
    const text = renderDescription(shop);
    expect(text).toContain("**1 high and 1 medium risk for you; 2 permissions in the files.**");
    const [high, medium, ...others] = text.split("\n").filter((line) => line.startsWith("- **"));
    expect(high).toMatch(/^- \*\*High · `prod`\*\* `iam:PutRolePolicy` on any resource<br>/);
    expect(medium).toContain(
      "- **Medium · `prod` and `test`** `iam:PassRole` (*inferred*), `lambda:CreateFunction`, `lambda:CreateEventSourceMapping` on `role/shop-worker`<br>",
    );
    expect(others.filter((line) => !line.startsWith("- **M") && !line.startsWith("- **C"))).toEqual([]);
  });

  it("say why each may be harmless, with the page that describes it", () => {
    const line = renderDescription(shop)
      .split("\n")
      .find((one) => one.includes("lambda-002"));
    expect(line).toContain("Usual where a pipeline deploys such things");
    expect(line).toContain("[lambda-002](https://pathfinding.cloud/paths/lambda-002)");
  });

  it("are counted in the title, but for the low ones, which are folded", () => {
    expect(renderTitle(shop)).toBe("Draft: shop: 2 new permissions for prod and test, 2 risks");
    const low = requestView([
      roleView("prod", {
        added: [pass("111122223333")],
        questions: [{ kind: "unmapped", detail: "x" }],
        risks: [risk("lambda-003", "low", "arn:aws:lambda:eu-central-1:111122223333:function:shop")],
      }),
    ]);
    expect(renderTitle(low)).toBe("Draft: shop: 1 new permission for prod");
    const text = renderDescription(low);
    expect(text).toContain("**1 question for you;");
    expect(text).toMatch(/Question[^\n]*\n\n<details><summary>1 low risk<\/summary>\n\n- \*\*Low/);
  });
});

describe("What the settings never let be proposed", () => {
  it("is told with its use, and not told again as a call that would be denied", () => {
    const user = seen("iam:CreateUser", "*", { calls: 3 });
    const text = renderDescription(
      requestView([
        roleView("prod", {
          added: [seen("sqs:ListQueues", "*")],
          forbidden: [user],
          backtest: backtested(9, { wouldBeDenied: [missed("iam:CreateUser", "*", "no-allow")] }),
        }),
      ]),
    );
    expect(text).toContain("**1 used that the settings forbid for you; 1 permission in the files.**");
    expect(text).toContain(
      "- **Never proposed · `prod`** `iam:CreateUser` on any resource<br>Still in use: 3 times, last on 22 Nov 2026. It is not in the policy; the settings forbid it (`never`)",
    );
    expect(text).not.toContain("Would be denied");
  });
});
