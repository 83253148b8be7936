import { describe, expect, it } from "vitest";
import { requestView, roleView, seen } from "../testing.ts";
import { renderDescription } from "./description.ts";

const queue = (account: string) => `arn:aws:sqs:eu-central-1:${account}:shop-orders`;
const prod = "111122223333";
const test = "444455556666";

const shop = requestView([
  roleView("prod", {
    added: [
      seen("sqs:CreateQueue", queue(prod), { calls: 61 }),
      seen("sqs:GetQueueUrl", queue(prod), { calls: 1000 }),
    ],
  }),
  roleView("test", {
    accountId: test,
    added: [
      seen("sqs:CreateQueue", queue(test), { calls: 188 }),
      seen("sqs:DeleteQueue", queue(test), { calls: 7 }),
    ],
  }),
]);

describe("The description of a request", () => {
  it("begins with one sentence of counts, and says what it does not do", () => {
    expect(renderDescription(shop).split("\n")[0]).toBe(
      "**4 new permissions** for 2 roles of `shop`, used 16–23 Nov 2026: `prod` 2 and `test` 2. Nothing is removed.",
    );
  });

  it("shows a permission of several environments as one row, and apart what only one of them used", () => {
    const text = renderDescription(shop);
    expect(text).toContain("| sqs `shop-orders` | **`CreateQueue`** | 61 | 188 |");
    expect(text).toContain("| sqs `shop-orders` | `GetQueueUrl` | 1,000 | – |");
    expect(text).toContain("| sqs `shop-orders` | **`DeleteQueue`** | – | 7 |");
  });

  it("names another account or Region, because the row then means something else", () => {
    const text = renderDescription(
      requestView([
        roleView("prod", {
          added: [
            seen("sqs:GetQueueUrl", queue(prod)),
            seen("sqs:GetQueueUrl", queue(test)),
            seen("sqs:SendMessage", queue(prod).replace("eu-central-1", "us-east-1")),
          ],
        }),
      ]),
    );
    expect(text).toContain("| sqs `shop-orders` | `GetQueueUrl` | 3 |");
    expect(text).toContain(`| sqs \`shop-orders\` in account \`${test}\` | \`GetQueueUrl\` | 3 |`);
    expect(text).toContain("| sqs `shop-orders` in Region `us-east-1` | **`SendMessage`** | 3 |");
  });

  it("shows nothing that is empty", () => {
    const text = renderDescription(shop);
    expect(text).toContain("### 1. Routine");
    expect(text).not.toMatch(/Decide|Denied|Not analysed|Trail|backtest|risk|null|undefined|NaN/i);
  });

  it("says what was refused before and what is open, before anything else that is to read", () => {
    const text = renderDescription(
      requestView([
        roleView("prod", {
          added: [seen("s3:ListBucket", "arn:aws:s3:::shop")],
          heldBack: [seen("kms:Decrypt", "*", { calls: 1 })],
          questions: [{ kind: "unmapped", detail: "x.amazonaws.com Y was called once" }],
        }),
        roleView("test", {
          accountId: test,
          added: [seen("s3:ListBucket", "arn:aws:s3:::shop")],
          questions: [{ kind: "unmapped", detail: "x.amazonaws.com Y was called once" }],
        }),
      ]),
    );
    expect(text).toContain("**1 refused before and still in use and 1 question for you");
    expect(text).toContain(
      "- **Refused before · `prod`** `kms:Decrypt` on any resource<br>Still in use: once",
    );
    expect(text).toContain("- **Question · `prod` and `test` · a call without a known action**");
    expect(text.indexOf("### 1. Decide")).toBeLessThan(text.indexOf("### 2. Routine"));
  });

  it.each([
    ["identity", "No policy of the role allows it"],
    ["scp", "A service control policy forbids it"],
    ["boundary", "The permissions boundary forbids it"],
    ["resource", "The resource's own policy refused it"],
    ["session", "The session's policy refused it"],
    ["unknown", "does not say which policy"],
    [null, "does not say which policy"],
  ] as const)("tells a refused call with the kind of policy that refused: %s", (by, words) => {
    const denied = [{ action: "iam:GetRole", resource: null, count: 2, last: "2026-11-22T00:00:00Z", by }];
    const text = renderDescription(requestView([roleView("prod", { denied })]));
    expect(text).toContain(
      "`iam:GetRole` on a resource that the log does not name: twice, last on 22 Nov 2026.",
    );
    expect(text).toContain(words);
  });

  it("says first that a trail could not be read, and does not invent counts", () => {
    const text = renderDescription(
      requestView([
        roleView("prod", {
          withoutTrail: true,
          added: [seen("s3:ListBucket", "*", { calls: null, firstSeen: null, lastSeen: null })],
        }),
      ]),
    );
    expect(text).toContain("used or tried 16–23 Nov 2026");
    const rows = text.split("\n").filter((line) => line.startsWith("| "));
    expect(rows[1]).toContain("| Trail | **not readable for `prod`**");
    expect(text).toContain("| s3 any resource | `ListBucket` | ? |");
  });

  it("names environments that are missing, with the reason", () => {
    const failed = [{ environment: "dev", reason: "role arn:aws:iam::1:role/x\n/approve does not exist" }];
    expect(renderDescription({ ...shop, failed })).toContain(
      "- **Not analysed · `dev`** `role arn:aws:iam::1:role/x /approve does not exist`",
    );
  });

  it("tells observed and enforced roles apart, as merging means another thing for each", () => {
    const added = [seen("s3:ListBucket", "*")];
    const text = renderDescription(
      requestView([
        roleView("dev", { added, hasInitialPolicy: false }),
        roleView("live", { added, mode: "enforce", hasInitialPolicy: false }),
        roleView("prod", { added }),
      ]),
    );
    expect(text).toContain(
      "| Merging | only adds; `prod`: observed since 7 Sep 2026, the initial policy stays attached and nothing can break; `dev`: observed since 7 Sep 2026; `live`: enforced",
    );
  });

  it("marks what was inferred or widened", () => {
    const text = renderDescription(
      requestView([
        roleView("prod", {
          added: [
            seen("iam:PassRole", `arn:aws:iam::${prod}:role/worker`, {
              basis: "inferred",
              condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } },
            }),
            seen("sqs:GetQueueUrl", `arn:aws:sqs:eu-central-1:${prod}:*`, { widened: true }),
          ],
        }),
      ]),
    );
    expect(text).toContain(
      "| iam `role/worker`, only if `iam:PassedToService StringEquals lambda.amazonaws.com` (*inferred*) |",
    );
    expect(text).toContain("| sqs `*` (*widened*: part of the name was not told) |");
  });

  it("is the same to the byte for the same view, and names no day relative to now", () => {
    expect(renderDescription(structuredClone(shop))).toBe(renderDescription(shop));
    expect(renderDescription(shop)).not.toMatch(/today|yesterday|ago\b/i);
  });

  it("has at most six checks, and folds everything that is long", () => {
    const many = Array.from({ length: 100 }, (_, i) => seen("sqs:GetQueueUrl", `${queue(prod)}-${i}`));
    const text = renderDescription(requestView([roleView("prod", { added: many })]));
    const above = text.slice(0, text.indexOf("<details>"));
    expect(above.split("\n").filter((line) => line.startsWith("| sqs")).length).toBe(15);
    expect(text).toContain("<details><summary>85 more resources</summary>");
    expect(
      text
        .split("\n")
        .slice(4, 11)
        .filter((line) => line.startsWith("| ")).length,
    ).toBeLessThanOrEqual(6);
  });

  it("stays within 60,000 characters at 200 roles of 100 additions, leaving away the single permissions first", () => {
    const roles = Array.from({ length: 200 }, (_, r) =>
      roleView(`env-${r}`, {
        added: Array.from({ length: 100 }, (_, i) =>
          seen("sqs:GetQueueUrl", `arn:aws:sqs:eu-central-1:111122223333:${"q".repeat(60)}-${r}-${i}`),
        ),
        questions: [{ kind: "unmapped", detail: `call ${r} of a service` }],
        denied: [
          { action: "iam:GetRole", resource: `role-${r}`, count: 1, last: "2026-11-22T00:00:00Z", by: null },
        ],
      }),
    );
    const text = renderDescription(requestView(roles));
    expect(text.length).toBeLessThanOrEqual(60_000);
    expect(text).toContain("**20,000 new permissions** for 200 roles");
    expect(text).toMatch(/… [\d,]+ more permissions; the files of this request hold all of it\./);
    expect(text).toMatch(/… [\d,]+ more resources; the files of this request hold all of it\./);
    expect(text).toContain("call 199 of a service");
    expect(text).toContain("How this request works");
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
  });
});
