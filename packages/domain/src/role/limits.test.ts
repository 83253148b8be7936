import { parsePolicy } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { addition } from "../testing.ts";
import { limitAdditions } from "./limits.ts";

const none = parsePolicy({ Version: "2012-10-17", Statement: [] }, "none");
const user = addition("iam:CreateUser", "arn:aws:iam::111122223333:user/bot");
const role = addition("iam:CreateRole", "arn:aws:iam::111122223333:role/shop");
const list = addition("sqs:ListQueues");

describe("What the settings do not let PLP propose", () => {
  it("is told or asked, whatever the case of pattern and action; never is stronger than ask", () => {
    const limits = { never: ["iam:createUser"], ask: ["IAM:Create*"] };
    const { additions, forbidden, questions } = limitAdditions([user, role, list], none, limits);
    expect(additions).toEqual([list]);
    expect(forbidden).toEqual([user]);
    expect(questions).toMatchObject([{ kind: "ask", detail: expect.stringContaining(role.resource) }]);
  });

  it("is asked with the same words however often it was used", () => {
    const ask = (calls: number) =>
      limitAdditions([{ ...role, calls }], none, { never: [], ask: ["iam:*"] }).questions;
    expect(ask(1)).toEqual(ask(99));
  });

  it("is nothing where the policy allows it already", () => {
    const statement = { Effect: "Allow", Action: "iam:*", Resource: "*" };
    const old = parsePolicy({ Version: "2012-10-17", Statement: [statement] }, "old");
    expect(limitAdditions([user], old, { never: ["*"], ask: [] })).toEqual({
      ...{ additions: [user], forbidden: [], questions: [] },
    });
  });

  it("is nothing without such settings", () => {
    expect(limitAdditions([user, list], none, { never: [], ask: [] }).additions).toEqual([user, list]);
  });
});
