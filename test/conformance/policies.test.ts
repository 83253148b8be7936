import { readFileSync } from "node:fs";
import {
  type Addition,
  actionsOf,
  diffPolicies,
  findAction,
  mergePolicy,
  type Policy,
  parsePolicy,
  patternCovers,
  printPolicy,
  prove,
  readGenerated,
  risksOf,
  splitParts,
} from "@plp/iam-policy";
import { expect, it } from "vitest";
import { needsSharedData, sharedData } from "../shared-data.ts";
import { skipUnless } from "../support/skip.ts";

const queue = "arn:aws:sqs:eu-central-1:111122223333:plp-conformance";

function addition(action: string, resource: string): Addition {
  const unknown = { calls: null, firstSeen: null, lastSeen: null };
  return { action, resource, condition: null, basis: "seen", widened: false, ...unknown };
}

function managedPolicies(): readonly (readonly [name: string, document: unknown, policy: Policy])[] {
  const text = readFileSync(sharedData("iam-policies", "aws-managed.json") ?? "", "utf8");
  const all: Readonly<Record<string, { document: unknown }>> = JSON.parse(text);
  return Object.entries(all).map(([name, { document }]) => [
    name,
    document,
    parsePolicy(JSON.stringify(document), name),
  ]);
}

/** Does the policy allow nothing but what AWS itself calls reading and listing? */
function onlyReads({ statements }: Policy): boolean {
  const granted = statements.flatMap(({ effect, actions }) =>
    effect === "Deny" ? [] : (actions ?? ["*"]).flatMap(levelsOf),
  );
  return granted.length > 0 && granted.every((level) => level === "Read" || level === "List");
}

const levels = new Map<string, readonly string[]>();

function levelsOf(pattern: string): readonly string[] {
  if (pattern.startsWith("*")) return ["everything"];
  const exact = findAction(pattern);
  if (exact !== undefined) return [exact.accessLevel];
  const known = levels.get(pattern) ?? matchedLevels(pattern);
  levels.set(pattern, known);
  return known;
}

function matchedLevels(pattern: string): readonly string[] {
  const matched = actionsOf(pattern.slice(0, pattern.indexOf(":")).toLowerCase()).filter(({ action }) =>
    patternCovers(pattern, action, { foldCase: true }),
  );
  return [...new Set(matched.map(({ accessLevel }) => accessLevel))];
}

skipUnless(needsSharedData("iam-policies"))("over AWS's managed policies", () => {
  const policies = managedPolicies();

  it("calls no risk high in one that only reads, by its name or by the levels of its actions", () => {
    const isNamedSo = (name: string) => /ReadOnly|ViewOnly|SecurityAudit$/i.test(name);
    const reading = policies.filter(([name, , policy]) => isNamedSo(name) || onlyReads(policy));
    expect(reading.length).toBeGreaterThan(150);
    const high = reading.flatMap(([name, , policy]) =>
      risksOf(policy).flatMap(({ severity, id }) => (severity === "high" ? [`${name} ${id}`] : [])),
    );
    expect(high).toEqual([]);
  });

  it("finds how each of those escalates that are known to", () => {
    const found = new Map(policies.map(([name, , policy]) => [name, risksOf(policy).map(({ id }) => id)]));
    expect(found.get("IAMFullAccess")).toEqual(expect.arrayContaining(["iam-019", "iam-015", "own-role"]));
    expect(found.get("PowerUserAccess")).toEqual(expect.arrayContaining(["lambda-004", "ssm-002", "trail"]));
    expect(found.get("PowerUserAccess")).not.toContain("iam-009");
  });

  it("understands every element of every one", () => {
    expect(policies).toHaveLength(946);
    const odd = policies.filter(([, , { statements }]) =>
      statements.some((one) => one.notUnderstood.length > 0),
    );
    expect(odd.map(([name]) => name)).toEqual([]);
  });

  it("prints what it read, in meaning, and byte for byte what it printed", () => {
    for (const [name, document, policy] of policies) {
      const printed = printPolicy(policy);
      const { Statement: statement, ...rest } = document as { Statement: unknown };
      expect(JSON.parse(printed), name).toEqual({ ...rest, Statement: [statement].flat() });
      expect(printPolicy(parsePolicy(printed, name)), name).toBe(printed);
    }
  });

  it("lets each grow by one action without widening, or names the statement that denies it", () => {
    const outcomes = { added: 0, kept: 0, asked: 0 };
    for (const [name, , old] of policies) {
      const { policy, added, kept, questions, proof } = mergePolicy({
        old,
        additions: [addition("sqs:SendMessage", queue)],
      });
      expect(proof.wider, name).toBe(false);
      expect(added.length + kept + questions.length, name).toBe(1);
      expect(policy.statements.slice(0, old.statements.length), name).toEqual(old.statements);
      for (const { detail } of questions) expect(detail, name).toMatch(/statement .* denies it/);
      outcomes.added += added.length;
      outcomes.kept += kept;
      outcomes.asked += questions.length;
    }
    expect(outcomes).toEqual({ added: 937, kept: 3, asked: 6 });
  });

  it("is not fooled by a merge that grants more than was added", () => {
    const [one] = mergePolicy({
      old: parsePolicy({ Statement: [] }, "none"),
      additions: [addition("sqs:SendMessage", queue)],
    }).policy.statements;
    for (const [name, , old] of policies) {
      const verbatim = { ...one?.verbatim, Resource: `${queue}*`, Sid: undefined };
      const bad = parsePolicy(
        {
          Version: old.version ?? "2012-10-17",
          Statement: [...old.statements.map((each) => each.verbatim), JSON.parse(JSON.stringify(verbatim))],
        },
        name,
      );
      const covered =
        mergePolicy({ old, additions: [addition("sqs:SendMessage", `${queue}*`)] }).added.length === 0;
      const { wider } = prove({ old, next: bad, additions: [addition("sqs:SendMessage", queue)] });
      expect(wider || covered, name).toBe(true);
    }
  });

  it("finds each equal to itself with one statement per action, wherever that can be shown in time", () => {
    let equal = 0;
    const some = policies.filter((_, index) => index % 8 === 0);
    for (const [, , policy] of some) {
      const statements = policy.statements.flatMap(({ effect, actions, verbatim }) =>
        effect === "Allow" && actions !== null
          ? actions.map((action) => ({ ...verbatim, Sid: "One", Action: action }))
          : [verbatim],
      );
      const split = parsePolicy({ Version: "2012-10-17", Statement: statements }, "split");
      const { verdict } = diffPolicies(policy, split);
      if (verdict === "equal") equal += 1;
    }
    expect(equal / some.length).toBeGreaterThan(0.98);
  });

  it("splits each into parts that hold every statement once", () => {
    for (const [name, , policy] of policies) {
      const { parts, exact } = splitParts(policy, { max: 131_072 });
      expect([parts.length, exact], name).toEqual([1, true]);
      expect(parts[0]?.policy.statements, name).toHaveLength(policy.statements.length);
    }
  });
});

skipUnless(needsSharedData("access-analyzer"))("over an answer of Access Analyzer", () => {
  it("reads 26 actions, merges them and adds nothing the second time", () => {
    const path = sharedData("access-analyzer", "responses", "accessanalyzer.get-generated-policy.json");
    const { additions, questions, isComplete } = readGenerated(
      readFileSync(path ?? "", "utf8"),
      null,
      "answer",
    );
    expect([additions.length, questions, isComplete]).toEqual([26, [], false]);
    const first = mergePolicy({ old: parsePolicy({ Statement: [] }, "none"), additions });
    expect([first.added.length, first.proof.wider]).toEqual([26, false]);
    const second = mergePolicy({ old: first.policy, additions });
    expect([second.kept, second.added]).toEqual([26, []]);
  });
});
