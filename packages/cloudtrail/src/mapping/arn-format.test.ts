import { expect, test } from "vitest";
import { arnFormat, fillAll, fillFormat } from "./arn-format.ts";

const format = arnFormat("arn:${Partition}:glue:${Region}:${Account}:table/${DatabaseName}/${TableName}");
const here = { partition: "aws", region: "eu-central-1", accountId: "111122223333" };
const there = { partition: "aws-cn", region: "cn-north-1", accountId: "444455556666" };

test("each ARN has the place of its own call, whichever came before", () => {
  const shop = (place: typeof here) => fillFormat(format, place, ["shop", "orders"]);
  expect([shop(here), shop(there), shop(here)]).toEqual([
    "arn:aws:glue:eu-central-1:111122223333:table/shop/orders",
    "arn:aws-cn:glue:cn-north-1:444455556666:table/shop/orders",
    "arn:aws:glue:eu-central-1:111122223333:table/shop/orders",
  ]);
});

test("no ARN is made where a part of it is not told", () => {
  expect(fillFormat(format, { ...here, region: null }, ["shop", "orders"])).toBeNull();
  expect(fillFormat(format, here, ["shop"])).toBeNull();
  expect(fillFormat(format, here, ["shop", ""])).toBeNull();
});

test("one text can stand for each placeholder", () => {
  expect(fillAll(format, here, "*")).toBe("arn:aws:glue:eu-central-1:111122223333:table/*/*");
});
