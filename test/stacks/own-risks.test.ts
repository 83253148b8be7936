import { fitPolicy, parsePolicy, risksOf } from "@plp/iam-policy";
import { expect, test } from "vitest";
import { skipUnless } from "../support/skip.ts";
import { accountPolicies } from "./account.ts";
import { evaluate, sstPlatform } from "./evaluate.ts";

const risks = (document: unknown, name: string) =>
  risksOf(parsePolicy(document, name)).map(({ id, severity }) => `${id} (${severity})`);

skipUnless(sstPlatform)("what plp risks and plp fit say of our own roles", async () => {
  const hub = await evaluate({ stage: "production" });
  const policies = hub.all("aws:iam/role:Role").flatMap(({ name, inputs }) => {
    const own = (inputs.inlinePolicies ?? []) as readonly { readonly policy: string }[];
    return own.map(({ policy }) => ({ name, policy }));
  });

  test("in the hub there is one risk, and it is what they are for: some assume PLP's reader", () => {
    const found = policies.map(({ name, policy }) => ({ name, risks: risks(policy, name) }));
    const readers = policies
      .filter(({ policy }) => policy.includes("sts:AssumeRole"))
      .map(({ name }) => name);
    expect(readers.length).toBeGreaterThan(0);
    for (const { name, risks: some } of found)
      expect({ name, some }).toEqual({ name, some: readers.includes(name) ? ["sts-001 (low)"] : [] });
  });

  test("every policy fits into one, whole", () => {
    for (const { name, policy } of policies) {
      const { parts, exact } = fitPolicy(parsePolicy(policy, name));
      expect({ name, parts: parts.length, exact }).toEqual({ name, parts: 1, exact: true });
    }
  });
});

test.each(["Reader", "Analyzer", "Plan"])("%s of an account has no risk that plp risks knows", (name) => {
  expect(risks(accountPolicies().get(name)?.document, name)).toEqual([]);
});

test("the IAM management role can change deployment roles, which is what it is for: the boundary holds them all", () => {
  expect(risks(accountPolicies().get("Management")?.document, "Management").sort()).toEqual([
    "delete-principals (low)",
    "iam-012 (high)",
    "iam-019 (high)",
    "iam-020 (high)",
    "iam-021 (high)",
    "own-role (low)",
    "permissions-boundary (high)",
    "set-default-policy-version (high)",
  ]);
});

test("the policies of an account fit into one each, whole", () => {
  for (const [name, { document }] of accountPolicies()) {
    const { parts, exact } = fitPolicy(parsePolicy(document, name));
    expect({ name, parts: parts.length, exact }).toEqual({ name, parts: 1, exact: true });
  }
});
