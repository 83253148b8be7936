import { describe, expect, it } from "vitest";
import { describe as describeRequest } from "../describe.ts";
import { requestView, roleView, seen } from "../testing.ts";

const queue = "arn:aws:sqs:eu-central-1:111122223333:shop-orders";
const gone = [
  { action: "sqs:DeleteQueue", resource: queue, condition: null },
  { action: "sqs:GetQueueUrl", resource: queue, condition: null },
];

describe("A request of refused calls", () => {
  const { title, message, description } = describeRequest(
    requestView(
      [
        roleView("prod", {
          kind: "asked",
          mode: "enforce",
          added: [seen("sqs:PurgeQueue", queue, { basis: "asked", calls: 4 })],
        }),
      ],
      { kind: "asked" },
    ),
  );

  it("says that something is missing, that it is urgent, and that nobody has seen it succeed", () => {
    expect(title).toBe("Draft: shop: 1 missing permission, urgent, for prod");
    expect(message.split("\n")[0]).toBe("shop: allow 1 permission refused 16-23 Nov 2026 (prod 1)");
    expect(description).toContain("**1 missing permission** for 1 role of `shop`: calls were refused");
    expect(description).toContain("**To decide, because it may be missed: 1 permission.**");
    expect(description).toContain("### 1. Missing: 1 permission");
    expect(description).toContain("| sqs `shop-orders` (*asked*) | **`PurgeQueue`** | 4 |");
  });
});

describe("A request to remove what nobody used", () => {
  const roles = ["prod", "test"].map((environment) =>
    roleView(environment, { kind: "reduce", removed: gone }),
  );
  const { title, description } = describeRequest(requestView(roles, { kind: "reduce" }));

  it("counts and lists what goes, the same in several environments once", () => {
    expect(title).toBe("Draft: shop: 4 unused permissions less for prod and test");
    expect(description).toContain("**4 permissions less** for 2 roles of `shop`: not used 16–23 Nov 2026");
    expect(description).toContain("### 1. Goes: 4 permissions");
    expect(description).toContain(
      "| sqs `shop-orders` | **`DeleteQueue`**, `GetQueueUrl` | `prod` and `test` |",
    );
  });

  it("says what a close and a line put back mean", () => {
    expect(description).toContain("**Close** by someone who may merge keeps all 4");
    expect(description).toContain("To keep one permission, put its line back");
    expect(description).toContain("| Merging | only takes away;");
  });
});

describe("A request to enforce", () => {
  const enforce = {
    modesFile: "shop/plp.environments.json",
    initialPolicy: "shop/policies/initial/prod.json",
    carried: [
      {
        ...{ action: "iam:PassRole", resource: "arn:aws:iam::111122223333:role/worker", condition: null },
        ...{ why: "pass-role" as const, source: "https://docs.aws.amazon.com/x" },
      },
    ],
    quietSince: "2026-11-09T00:00:00.000Z",
  };
  const modes = [{ path: "shop/plp.environments.json", content: '{"prod": {"mode": "enforce"}}\n' }];

  it("changes the mode in its file, and says what comes along and why", () => {
    const view = requestView([roleView("prod", { kind: "enforce", enforce })], { kind: "enforce", modes });
    const { title, files, description } = describeRequest(view);
    expect(title).toBe("Draft: shop: enforce prod");
    expect(files).toEqual(modes);
    expect(description).toContain(
      "**The initial policy goes** for 1 role of `shop`, nothing new since 9 Nov 2026",
    );
    expect(description).toContain("- The mode changes in `shop/plp.environments.json`, with this merge.");
    expect(description).toContain(
      "- `prod` `iam:PassRole` on `role/worker`: AWS records no PassRole ([source](https://docs.aws.amazon.com/x)).",
    );
  });

  it("without a file of modes names the line that a person must change", () => {
    const byHand = { ...enforce, modesFile: null };
    const { description } = describeRequest(
      requestView([roleView("prod", { kind: "enforce", enforce: byHand })], { kind: "enforce" }),
    );
    expect(description).toContain(
      '**To do by hand · `prod`** set `mode = "enforce"` in the output `plp` of `shop`',
    );
    expect(description).not.toContain("with this merge");
  });
});

describe("A request to go back", () => {
  it("says to which version, who asked, what returns and what goes", () => {
    const restore = { version: 12, only: null, by: "rita", order: "o", refused: [] };
    const added = [
      seen("sqs:TagQueue", queue, { basis: "kept", calls: null, firstSeen: null, lastSeen: null }),
    ];
    const { title, description } = describeRequest(
      requestView([roleView("prod", { kind: "restore", restore, added, removed: gone })], {
        kind: "restore",
      }),
    );
    expect(title).toBe("Draft: shop: back to version 12 for prod");
    expect(description).toContain(
      "**Back to version 12** for 1 role of `shop`, as `rita` asked: 1 permission returns, 2 go.",
    );
    expect(description).toContain("### 1. Returns: 1 permission");
    expect(description).toContain("| sqs `shop-orders` (*kept*) | **`TagQueue`** | ✔ |");
    expect(description).toContain("### 2. Goes: 2 permissions");
  });

  it("names what a reviewer refused since, by whom and where", () => {
    const added = [seen("sqs:TagQueue", queue)];
    const request = { iid: 87, url: "u" };
    const refused = [
      {
        action: "sqs:TagQueue",
        resource: queue,
        condition: null,
        at: "2026-10-12T08:00:00Z",
        by: "rita",
        request,
      },
    ];
    const restore = { version: 12, only: null, by: "sam", order: "o", refused };
    const { description } = describeRequest(
      requestView([roleView("prod", { kind: "restore", restore, added })], { kind: "restore" }),
    );
    expect(description).toContain("**1 refused before for you; 1 permission back and 0 gone in the files.**");
    expect(description).toContain(
      "- **Refused before · `prod`** `sqs:TagQueue` on `shop-orders`<br>Refused by `rita` on 12 Oct 2026 in !87, and it returns with this request",
    );
  });
});
