import { describe, expect, it } from "vitest";
import { familyOf, freeSid, isPlpSid, sidFor, sidsOf } from "./sid.ts";
import { policyOf } from "./testing.ts";

const none: ReadonlySet<string> = new Set();
const arn = (rest: string) => `arn:aws:${rest}`;

describe("the Sid of a statement", () => {
  it.each([
    ["sqs", "*", "PlpSqsAnyResource"],
    ["sqs", "?*", "PlpSqsAnyResource"],
    ["sqs", "", "PlpSqsAnyResource"],
    ["sqs", arn("sqs:eu-central-1:1:shop-orders"), "PlpSqsShopOrders"],
    ["sqs", arn("sqs:eu-central-1:1:*"), "PlpSqsAnyResource"],
    ["sqs", arn("sqs:eu-central-1:1:--shop__orders.fifo"), "PlpSqsShopOrdersFifo"],
    ["lambda", arn("lambda:eu-central-1:1:function:shop-worker"), "PlpLambdaShopWorker"],
    ["lambda", arn("lambda:eu-central-1:1:event-source-mapping:*"), "PlpLambdaEventSourceMapping"],
    ["logs", arn("logs:eu-central-1:1:log-group:/aws/lambda/shop-worker"), "PlpLogsShopWorker"],
    ["logs", arn("logs:eu-central-1:1:log-group:/aws/lambda/*"), "PlpLogsLambda"],
    ["dynamodb", arn("dynamodb:eu-central-1:1:table/shop/index/by-date"), "PlpDynamodbByDate"],
    ["pass-role", arn("iam::1:role/shop-order-worker"), "PlpPassRoleShopOrderWorker"],
    ["s3", arn("s3:::shop-site"), "PlpS3ShopSite"],
    ["s3", arn("s3:::shop-site/*"), "PlpS3ShopSiteObjects"],
    ["s3", arn("s3:::shop-site/logo.png"), "PlpS3ShopSiteLogoPng"],
    ["s3", arn("s3:::shop-site*"), "PlpS3ShopSite"],
    ["kms", arn("kms:eu-central-1:1:1/*"), "PlpKms1"],
    ["x", "no-arn:of:any:kind", "PlpXOfAnyKind"],
    ["x", arn("x:r:1:/line\nbreak"), "PlpXLineBreak"],
  ])("of family %s on %j is %s", (family, resource, sid) => {
    expect(sidFor(family, resource, "", none)).toBe(sid);
  });

  it("is never longer than a name that people can read", () => {
    expect(sidFor("sqs", arn(`sqs:r:1:${"q".repeat(300)}`), "", none)).toHaveLength(96);
  });

  it("has a hash of what it is about where another statement has the name, longer where that is taken, too", () => {
    const [first, second] = [new Set(["PlpA"]), new Set(["PlpA", "PlpA559aea"])];
    expect([freeSid("PlpA", "x", none), freeSid("PlpA", "x", new Set(["PlpB"]))]).toEqual(["PlpA", "PlpA"]);
    const name = freeSid("PlpA", "x", first);
    expect(name).toMatch(/^PlpA[0-9a-f]{6}$/);
    expect(freeSid("PlpA", "y", first)).not.toBe(name);
    expect(freeSid("PlpA", "x", new Set([...second, name]))).toMatch(new RegExp(`^${name}[0-9a-f]$`));
  });

  it("tells whose a statement is", () => {
    expect(["PlpA", "Plp", "plpA", "MyPlp", "", null].map(isPlpSid)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it("is taken by the statements that have one", () => {
    const one = { Effect: "Allow", Action: "a:b", Resource: "*" };
    expect(sidsOf(policyOf({ ...one, Sid: "A" }, one))).toEqual(new Set(["A"]));
  });
});

describe("the family of an action", () => {
  it.each([
    ["SQS:SendMessage", "sqs"],
    ["iam:PassRole", "pass-role"],
    ["IAM:passrole", "pass-role"],
    ["iam:PassRoleX", "iam"],
    ["xiam:PassRole", "xiam"],
    ["*", "*"],
    [":odd", ""],
  ])("%s is %s", (action, family) => {
    expect(familyOf(action)).toBe(family);
  });
});
