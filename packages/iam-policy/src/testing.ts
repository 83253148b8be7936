import fc from "fast-check";
import { parsePolicy } from "./parse.ts";
import type { AccessRequest, Addition, ConditionBlock, Policy } from "./types.ts";

/** Small worlds for the laws: few names, so that all requests there are can be tried one by one. */

const ACTIONS = ["s3:getobject", "s3:putobject", "s3:getx", "sqs:getx"];
const RESOURCES = ["", "a", "b", "z", "aa", "ab", "ba", "zz", "az", "za", "aba", "abb", "zaz", "azb"];
/** Names with a star or a question mark in them, which no pattern may take for its own. */
const ODD_RESOURCES = ["*", "?", "a*", "a?", "*b", "z?"];
const CONTEXTS: readonly (readonly string[])[] = [[], ["x"], ["y"], ["z"], ["x", "y"], ["x", "z"]];

/** Every request of the small world. */
export const allRequests: readonly AccessRequest[] = ACTIONS.flatMap((action) =>
  [...RESOURCES, ...ODD_RESOURCES].flatMap((resource) =>
    CONTEXTS.map((k) => ({ action, resource, context: { k } })),
  ),
);

export const smallAction = fc.constantFrom(
  "s3:GetObject",
  "s3:PutObject",
  "s3:Get*",
  "s3:*",
  "*",
  "*:GetX",
  "sqs:Get?",
);
export const smallResource = fc.constantFrom(
  ...["*", "a", "b", "a*", "*b", "?", "??", "a?*", "*a*", "ab"],
  ...["${*}", "a${*}", "a${?}*"],
);
export const smallCondition: fc.Arbitrary<ConditionBlock | null> = fc.option(
  fc.constantFrom<ConditionBlock>(
    { StringEquals: { k: ["x"] } },
    { StringEquals: { k: ["x", "y"] } },
    { StringNotEquals: { k: ["x"] } },
    { StringLike: { k: ["*"] } },
    { StringEqualsIfExists: { k: ["x"] } },
    { "ForAllValues:StringEquals": { k: ["x", "y"] } },
    { "ForAnyValue:StringEquals": { k: ["x", "y"] } },
    { "ForAnyValue:StringNotEquals": { k: ["x"] } },
    { Null: { k: ["true"] } },
  ),
);

const some = (one: fc.Arbitrary<string>) => fc.array(one, { minLength: 1, maxLength: 2 });

const statementWith = (resource: fc.Arbitrary<string>) =>
  fc.record({
    effect: fc.constantFrom("Allow", "Allow", "Allow", "Deny"),
    notAction: fc.constantFrom(false, false, false, true),
    notResource: fc.constantFrom(false, false, false, true),
    actions: some(smallAction),
    resources: some(resource),
    condition: smallCondition,
  });

/** Policies over the small world: Allow and Deny, NotAction and NotResource, wildcards, conditions. */
export const smallPolicy: fc.Arbitrary<Policy> = fc
  .array(statementWith(smallResource), { maxLength: 4 })
  .map((statements) => policyOf(...statements.map(statementOf)));

/** The same, also with a policy variable, and of either version. */
export const wildPolicy: fc.Arbitrary<Policy> = fc
  .tuple(
    fc.array(statementWith(fc.oneof(smallResource, smallResource, fc.constantFrom("${u}", "a${u}*"))), {
      maxLength: 4,
    }),
    fc.constantFrom("2012-10-17", "2012-10-17", "2008-10-17"),
  )
  .map(([statements, Version]) => parsePolicy({ Version, Statement: statements.map(statementOf) }, "test"));

function statementOf(one: {
  effect: string;
  notAction: boolean;
  notResource: boolean;
  actions: string[];
  resources: string[];
  condition: ConditionBlock | null;
}): object {
  return {
    Effect: one.effect,
    [one.notAction ? "NotAction" : "Action"]: one.actions,
    [one.notResource ? "NotResource" : "Resource"]: one.resources,
    ...(one.condition === null ? {} : { Condition: one.condition }),
  };
}

export function policyOf(...statements: readonly object[]): Policy {
  return parsePolicy({ Version: "2012-10-17", Statement: statements }, "test");
}

export function addition(
  action: string,
  resource: string,
  condition: ConditionBlock | null = null,
): Addition {
  const times = { calls: 1, firstSeen: "2026-11-16T08:00:00.000Z", lastSeen: "2026-11-22T16:40:00.000Z" };
  return { action, resource, condition, basis: "seen", widened: false, ...times };
}
