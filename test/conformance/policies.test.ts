import { readFileSync } from "node:fs";
import {
  type AccessRequest,
  type Addition,
  actionsOf,
  diffPolicies,
  evaluate,
  findAction,
  fitPolicy,
  mergePolicy,
  type Policy,
  parsePolicy,
  patternCovers,
  policySize,
  printPolicy,
  prove,
  readGenerated,
  risksOf,
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
      expect([proof.wider, proof.lost], name).toEqual([false, []]);
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

  it("finds each equal to itself with one statement per action", () => {
    for (const [name, , policy] of policies) {
      const statements = policy.statements.flatMap(({ effect, actions, verbatim }) =>
        effect === "Allow" && actions !== null
          ? actions.map((action) => ({ ...verbatim, Sid: "One", Action: action }))
          : [verbatim],
      );
      const split = parsePolicy({ Version: policy.version, Statement: statements }, "split");
      expect(diffPolicies(policy, split).verdict, name).toBe("equal");
    }
  });

  it("puts each into parts that say the same by the proof and by the evaluator, with its statements divided where it must", () => {
    let [rewritten, requests] = [0, 0];
    const left: string[] = [];
    for (const [name, , policy] of policies) {
      const asItStands = fitPolicy(policy, { max: 131_072 });
      expect([asItStands.exact, asItStands.rewritten, asItStands.policy.statements], name).toEqual([
        ...[true, false, policy.statements],
      ]);
      const max = Math.max(400, Math.floor(policySize(policy) * 0.6));
      const fit = fitPolicy(policy, { max, maxParts: 50, rewrite: "all" });
      if (fit.rewritten) rewritten += 1;
      if (!fit.exact) left.push(name);
      for (const { size } of fit.exact ? fit.parts : []) expect(size, name).toBeLessThanOrEqual(max);
      for (const request of requestsOf(policy)) {
        requests += 1;
        expect([request, evaluate(fit.policy, request)], name).toEqual([request, evaluate(policy, request)]);
      }
    }
    expect(rewritten).toBeGreaterThan(100);
    expect(requests).toBeGreaterThan(50_000);
    // Their one large statement is a NotAction, or a single action under long conditions.
    expect(left).toEqual([
      "AWSIAMIdentityCenterAllowListForIdentityContext",
      "SageMakerStudioDomainServiceRolePolicy",
      "AWSQuickSetupStartSSMAssociationsExecutionPolicy",
    ]);
  });

  it("lets each grow by one action that is denied or granted nowhere, in one part and three lines, beside Deny, NotAction and conditions", () => {
    const role = "arn:aws:iam::111122223333:role/plp-conformance";
    const pairs = [
      [addition("sqs:SendMessage", queue), addition("sqs:ReceiveMessage", queue)],
      [addition("iam:GetRole", role), addition("iam:UntagRole", role)],
    ] as const;
    const shapes = { deny: 0, notAction: 0, conditions: 0 };
    for (const [name, , old] of policies) {
      const grown = pairs
        .map(([one, other]) => ({ first: mergePolicy({ old, additions: [one] }), other }))
        .find(({ first }) => first.added.length > 0);
      if (grown === undefined) continue;
      const { first, other } = grown;
      const parts = fitPolicy(first.policy, { max: 131_072 }).parts.map(({ policy }) => policy);
      const { policy, added, proof } = mergePolicy({
        old: first.policy,
        additions: [other],
      });
      if (added.length === 0) continue;
      expect(proof.wider, name).toBe(false);
      const [before, after] = [parts, fitPolicy(policy, { max: 131_072, previous: parts }).parts].map((all) =>
        all.map((part) => printPolicy("policy" in part ? part.policy : part).split("\n")),
      );
      const changed = before?.flatMap((lines, at) => (lines.join() === after?.[at]?.join() ? [] : [at]));
      expect([after?.length, changed?.length], name).toEqual([before?.length, 1]);
      expect(after?.flat().length, name).toBe((before?.flat().length ?? 0) + 1);
      for (const { effect, notActions, conditions } of old.statements) {
        if (effect === "Deny") shapes.deny += 1;
        if (notActions !== null) shapes.notAction += 1;
        if (conditions !== null) shapes.conditions += 1;
      }
    }
    expect(shapes).toEqual({ deny: 27, notAction: 1, conditions: 2360 });
  });
});

/** Requests at the heart of every pattern of the policy, and just beside it, with no context but what is absent. */
function requestsOf({ statements }: Policy): readonly AccessRequest[] {
  const names = (patterns: readonly (readonly string[] | null)[]) =>
    [...new Set(patterns.flatMap((list) => list ?? []))].map((one) => one.replace(/\$\{[^}]*\}|[*?]/g, "q"));
  const actions = names(statements.flatMap(({ actions: yes, notActions: no }) => [yes, no]));
  const resources = names(statements.flatMap(({ resources: yes, notResources: no }) => [yes, no]));
  const some = <Item>(items: readonly Item[], most: number): readonly Item[] =>
    items.filter((_, at) => at % Math.max(1, Math.ceil(items.length / most)) === 0);
  return [...some(actions, 12), "none:Such"].flatMap((action) =>
    [...some(resources, 6), "arn:aws:none:::such"].flatMap((resource) => [
      { action, resource },
      { action: `${action}q`, resource, context: { "aws:requestedregion": [] } },
    ]),
  );
}

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
