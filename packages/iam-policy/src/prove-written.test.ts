import { describe, expect, it } from "vitest";
import { notWritten, writtenIn } from "./prove-written.ts";
import { cellsOf, regionOf } from "./regions.ts";
import { policyOf } from "./testing.ts";

const send = "sqs:SendMessage";
const orders = "arn:aws:sqs:*:*:orders-*";
const bills = "arn:aws:sqs:*:*:bills-*";

/** The resources of the first statement on which none of the others says the same of the action. */
function openIn(statement: object, others: readonly object[], action: string | null = send) {
  const [asked, ...known] = policyOf({ Effect: "Allow", ...statement }, ...others.map(allow)).statements;
  if (asked === undefined) throw new Error("a statement is asked about");
  return notWritten(writtenIn(known), asked, action, cellsOf(regionOf(asked.conditions)));
}

function allow(statement: object): object {
  return { Effect: "Allow", ...statement };
}

function under(...regions: string[]): object {
  return { Condition: { StringEquals: { "aws:RequestedRegion": regions } } };
}

describe("what another statement says letter for letter", () => {
  const asked = { Action: send, Resource: [orders, bills] };

  it("is the same action, whatever its case, on the same pattern", () => {
    expect(openIn(asked, [{ Action: "SQS:sendmessage", Resource: orders }])).toEqual([bills]);
  });

  it("may stand in several statements, and among other actions and resources", () => {
    const others = [
      { Action: ["sqs:GetQueueUrl", send], Resource: ["*", orders] },
      { Action: [send, send], Resource: bills },
    ];
    expect(openIn(asked, others)).toEqual([]);
    expect(openIn(asked, others.toReversed())).toEqual([]);
    expect(openIn(asked, [...others, { Action: send, Resource: "x" }])).toEqual([]);
  });

  it("is no other action, no other spelling of the resource, and no wider pattern", () => {
    const others = [
      { Action: "sqs:DeleteMessage", Resource: [orders, bills] },
      { Action: "sqs:*", Resource: [orders, bills] },
      { Action: send, Resource: [orders.toUpperCase(), "*"] },
      { NotAction: send, Resource: [orders, bills] },
      { Action: send, NotResource: [orders, bills] },
    ];
    expect(openIn(asked, others)).toEqual([orders, bills]);
    expect(openIn(asked, [])).toEqual([orders, bills]);
  });

  it("holds under its condition only", () => {
    const other = { Action: send, Resource: [orders, bills] };
    expect(openIn(asked, [{ ...other, ...under("a") }])).toEqual([orders, bills]);
    expect(openIn({ ...asked, ...under("a") }, [other])).toEqual([]);
    expect(openIn({ ...asked, ...under("a", "b") }, [{ ...other, ...under("a") }])).toEqual([orders, bills]);
  });

  it("may be shared by statements that each speak of one value", () => {
    const both = [
      { Action: send, Resource: orders, ...under("a") },
      { Action: send, Resource: orders, ...under("b") },
    ];
    expect(openIn({ ...asked, ...under("a", "b") }, both)).toEqual([bills]);
    expect(openIn({ ...asked, ...under("a", "b", "c") }, both)).toEqual([orders, bills]);
  });

  it("may be the same exceptions from actions, in any order and case, and no others", () => {
    const excepting = { NotAction: ["iam:*", "sts:*"], Resource: orders };
    expect(openIn(excepting, [{ NotAction: ["STS:*", "iam:*"], Resource: orders }], null)).toEqual([]);
    expect(openIn(excepting, [{ NotAction: ["iam:*"], Resource: orders }], null)).toEqual([orders]);
    expect(openIn(excepting, [{ NotAction: ["iam:*", "sts:*"], Resource: bills }], null)).toEqual([orders]);
  });

  it("may be the same exceptions from resources, in any order, and no others", () => {
    const excepting = { Action: send, NotResource: [orders, bills] };
    expect(openIn(excepting, [{ Action: send, NotResource: [bills, orders] }])).toEqual([]);
    expect(openIn(excepting, [{ Action: send, NotResource: orders }])).toBeNull();
    expect(openIn(excepting, [{ Action: send, Resource: [orders, bills] }])).toBeNull();
  });

  it("is nothing where a ${ stands, because versions differ about it", () => {
    const mine = "arn:aws:sqs:*:*:${aws:username}";
    expect(
      openIn({ Action: send, Resource: [mine, bills] }, [{ Action: send, Resource: [mine, bills] }]),
    ).toEqual([mine]);
    const odd = { Action: "sqs:${x}", Resource: orders };
    expect(openIn(odd, [odd], "sqs:${x}")).toEqual([orders]);
  });
});
