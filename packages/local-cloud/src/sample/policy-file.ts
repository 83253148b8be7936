import type { ConditionBlock, PolicyDocument } from "@plp/iam-policy";
import type { Grant } from "./call.ts";

type JsonStatement = Readonly<Record<string, unknown>>;

/**
 * The generated policy that allows these grants, in the form of the policy file: people's statements first, then one
 * statement per resource and condition, its actions sorted, the statements sorted by Sid.
 */
export function generatedPolicy(
  grants: readonly Grant[],
  people: readonly JsonStatement[] = [],
): PolicyDocument {
  const groups = new Map<
    string,
    { resource: string; condition: ConditionBlock | null; actions: Set<string> }
  >();
  for (const { action, resource, condition } of grants) {
    const service = action.slice(0, action.indexOf(":"));
    const key = JSON.stringify([service, resource, condition]);
    const group = groups.get(key) ?? { resource, condition, actions: new Set() };
    group.actions.add(action);
    groups.set(key, group);
  }
  const used = new Set(people.map((statement) => statement.Sid));
  const statements = [...groups.values()]
    .map((group) => ({ ...group, actions: [...group.actions].sort(), sid: "" }))
    .sort((a, b) => compare(a.resource, b.resource) || compare(a.actions.join(), b.actions.join()));
  for (const statement of statements) {
    const base = sidOf(statement.actions[0] ?? "", statement.resource);
    let sid = base;
    for (let n = 2; used.has(sid); n++) sid = `${base}${n}`;
    used.add(sid);
    statement.sid = sid;
  }
  return {
    Version: "2012-10-17",
    Statement: [
      ...people,
      ...statements
        .sort((a, b) => compare(a.sid, b.sid))
        .map(({ sid, actions, resource, condition }) => ({
          Sid: sid,
          Effect: "Allow",
          Action: actions,
          Resource: resource,
          ...(condition === null ? {} : { Condition: singles(condition) }),
        })),
    ],
  };
}

/** A policy as a file: two spaces, LF, a newline at the end. */
export function policyText(policy: PolicyDocument): string {
  return `${JSON.stringify(policy, null, 2)}\n`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sidOf(action: string, resource: string): string {
  const [service = "", name = ""] = action.split(":");
  const what = action === "iam:PassRole" ? name : service;
  const words =
    resource === "*" ? "AnyResource" : (resource.split(/[:/]/).at(-1) ?? "").replace("*", "AnyResource");
  return `Plp${pascal(what)}${pascal(words)}`;
}

function pascal(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

function singles(condition: ConditionBlock): Record<string, Record<string, string | readonly string[]>> {
  return Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map(([key, values]) => [key, values.length === 1 ? (values[0] ?? "") : values]),
      ),
    ]),
  );
}
