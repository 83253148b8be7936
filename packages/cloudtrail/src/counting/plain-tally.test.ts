import { expect, test } from "vitest";
import { callBy } from "../testing.ts";
import { countingInto } from "./counting.ts";
import { plainTally, tallyOf } from "./plain-tally.ts";
import { take } from "./take.ts";
import { emptyTally } from "./tally.ts";
import { rolesOf } from "./usage.ts";

test("what a thread sends, and what a file keeps, tells the same as before, with its examples", () => {
  const counting = countingInto(emptyTally());
  const calls = [
    callBy({ eventID: "1" }),
    callBy({ eventID: "2", eventName: "DeleteBucket", errorCode: "AccessDenied" }),
    callBy({ eventID: "3", eventName: "NoSuchCall" }),
  ];
  const once = { isDuplicate: () => false, isCounted: () => false, later: () => {} };
  for (const call of calls) take(call, null, counting, {}, null, once);
  counting.settle();
  const plain = plainTally(counting.tally);
  const told = rolesOf(counting.tally);
  expect(told[0]?.permissions.map(({ examples }) => examples.length)).toEqual([1, 1]);
  expect(rolesOf(tallyOf(structuredClone(plain)))).toEqual(told);
  expect(rolesOf(tallyOf(JSON.parse(JSON.stringify(plain))))).toEqual(told);
});
