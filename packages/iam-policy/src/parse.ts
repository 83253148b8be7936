import { PolicyError, quoted } from "./errors.ts";
import { parseJson, refuseDepth } from "./json.ts";
import { knownOperator } from "./operators.ts";
import type { ConditionBlock, Policy, Statement } from "./types.ts";

type JsonObject = Readonly<Record<string, unknown>>;

const TOP_LEVEL = ["Version", "Id", "Statement"];
const ELEMENTS = [
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
  "Principal",
  "NotPrincipal",
];
const UNDERSTOOD = new Set(ELEMENTS.slice(0, 7));

/** The policy that an absent file stands for. */
export const emptyPolicy: Policy = { version: "2012-10-17", id: null, statements: [] };

/**
 * Reads an identity policy from JSON text or from a value already parsed: string or array anywhere, one
 * statement or a list, Action/NotAction, Resource/NotResource, Condition with any operator. Element names are
 * held to AWS's spelling. What a statement holds beyond that (a Principal, an unknown element, an unknown
 * operator, an empty list that turns a statement round) stays in `verbatim` and is named in `notUnderstood`.
 * `where` is the file or source for messages. Throws `PolicyError`, never anything else.
 */
export function parsePolicy(input: unknown, where: string): Policy {
  const document = typeof input === "string" ? parseJson(input, where) : input;
  if (typeof input !== "string") refuseDepth(document, where);
  if (!isObject(document)) {
    throw new PolicyError(where, `a policy is a JSON object, this is ${kindOf(document)}`);
  }
  for (const key of Object.keys(document)) {
    if (TOP_LEVEL.includes(key)) continue;
    throw new PolicyError(where, `unknown element ${quoted(key)}; a policy has ${TOP_LEVEL.join(", ")}`);
  }
  const version = optionalString(document, "Version", where);
  if (version !== null && version !== "2012-10-17" && version !== "2008-10-17") {
    throw new PolicyError(where, `Version is ${quoted(version)}; AWS knows "2012-10-17" and "2008-10-17"`);
  }
  const list = own(document, "Statement");
  if (list === undefined) throw new PolicyError(where, "has no Statement");
  const statements = Array.isArray(list) ? list : [list];
  return {
    version,
    id: optionalString(document, "Id", where),
    statements: statements.map((statement, index) => parseStatement(statement, index, where)),
  };
}

/** Reads one statement; `index` is its place in the policy, for messages. Throws `PolicyError`. */
export function parseStatement(value: unknown, index: number, where: string): Statement {
  if (!isObject(value)) {
    throw new PolicyError(where, `a statement is a JSON object, this is ${kindOf(value)}`, {
      statement: index,
    });
  }
  const sid = own(value, "Sid") ?? null;
  const named = { statement: index, sid: typeof sid === "string" ? sid : null };
  const fail = (key: string, problem: string): never => {
    throw new PolicyError(where, problem, { ...named, key });
  };
  if (sid !== null && typeof sid !== "string") return fail("Sid", `expected a string, found ${kindOf(sid)}`);
  const effect = own(value, "Effect");
  if (effect !== "Allow" && effect !== "Deny") {
    const found = typeof effect === "string" ? quoted(effect) : kindOf(effect);
    return fail("Effect", `expected "Allow" or "Deny", found ${found}${misspelt(value, "Effect")}`);
  }
  const actions = strings(value, "Action", fail);
  const notActions = strings(value, "NotAction", fail);
  const resources = strings(value, "Resource", fail);
  const notResources = strings(value, "NotResource", fail);
  exactlyOne(value, "Action", actions, notActions, fail);
  exactlyOne(value, "Resource", resources, notResources, fail);
  const notUnderstood = Object.keys(value).filter((key) => !UNDERSTOOD.has(key));
  if (notActions?.length === 0) notUnderstood.push("NotAction (an empty list)");
  if (notResources?.length === 0) notUnderstood.push("NotResource (an empty list)");
  const conditions = parseCondition(own(value, "Condition"), notUnderstood, fail);
  return {
    ...{ sid, effect, actions, notActions, resources, notResources, conditions, notUnderstood },
    verbatim: value,
  };
}

type Fail = (key: string, problem: string) => never;

function exactlyOne(value: JsonObject, name: string, yes: unknown, no: unknown, fail: Fail): void {
  if (yes !== null && no !== null) fail(name, `stands beside Not${name}; a statement has one of them`);
  if (yes === null && no === null)
    fail(name, `missing; a statement has ${name} or Not${name}${misspelt(value, name)}`);
}

/** Element names are case-sensitive: say so when that is all that is wrong. */
function misspelt(value: JsonObject, name: string): string {
  const near = Object.keys(value).find((key) => key !== name && key.toLowerCase() === name.toLowerCase());
  return near === undefined ? "" : `; found ${quoted(near)}, but element names are case-sensitive`;
}

function strings(value: JsonObject, key: string, fail: Fail): readonly string[] | null {
  const found = own(value, key);
  if (found === undefined) return null;
  if (typeof found === "string") return [found];
  if (!Array.isArray(found))
    return fail(key, `expected a string or a list of strings, found ${kindOf(found)}`);
  return found.map((item: unknown) =>
    typeof item === "string" ? item : fail(key, `expected strings in the list, found ${kindOf(item)}`),
  );
}

function parseCondition(value: unknown, notUnderstood: string[], fail: Fail): ConditionBlock | null {
  if (value === undefined) return null;
  if (!isObject(value)) return fail("Condition", `expected an object, found ${kindOf(value)}`);
  const block: [string, Record<string, readonly string[]>][] = [];
  for (const [operator, keys] of Object.entries(value)) {
    const place = `Condition.${operator}`;
    if (!isObject(keys)) return fail(place, `expected an object of keys, found ${kindOf(keys)}`);
    if (!knownOperator(operator)) notUnderstood.push(place);
    const entries: [string, readonly string[]][] = [];
    for (const [key, values] of Object.entries(keys)) {
      const list: readonly unknown[] = Array.isArray(values) ? values : [values];
      if (list.length === 0) notUnderstood.push(`${place}.${key} (an empty list)`);
      entries.push([key, list.map((item) => scalar(item) ?? fail(`${place}.${key}`, expectedScalar(item)))]);
    }
    if (entries.length > 0) block.push([operator, Object.fromEntries(entries)]);
  }
  return block.length > 0 ? Object.fromEntries(block) : null;
}

function scalar(item: unknown): string | null {
  if (typeof item === "string") return item;
  return typeof item === "boolean" || typeof item === "number" ? String(item) : null;
}

function expectedScalar(item: unknown): string {
  return `expected a string, number or boolean, found ${kindOf(item)}`;
}

function optionalString(document: JsonObject, key: string, where: string): string | null {
  const value = own(document, key);
  if (value === undefined) return null;
  if (typeof value !== "string") {
    throw new PolicyError(where, `expected a string, found ${kindOf(value)}`, { key });
  }
  return value;
}

/** Own properties only: `__proto__` and its like are names as any other. */
function own(value: JsonObject, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  return Array.isArray(value) ? "a list" : `a${typeof value === "object" ? "n" : ""} ${typeof value}`;
}
