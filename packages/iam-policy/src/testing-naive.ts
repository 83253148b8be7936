import type { AccessRequest, ConditionBlock, Permission, Policy, Statement } from "./types.ts";

/** One answer to each of the things that AWS leaves open, or that we cannot know. */
export interface World {
  /** What an operator without `ForAnyValue` or `ForAllValues` makes of a key with several values. */
  readonly several: "any" | "all" | "none";
  /** What `${…}` means before version 2012-10-17. */
  readonly ancient: "text" | "variable";
  /** The value of the policy variable `${u}`. */
  readonly u: string;
}

export const allWorlds: readonly World[] = (["any", "all", "none"] as const).flatMap((several) =>
  (["text", "variable"] as const).flatMap((ancient) =>
    ["a", "z", "*", ""].map((u) => ({ several, ancient, u })),
  ),
);

/**
 * The evaluator once more, as plain as can be: regular expressions, yes or no, in one world. It shares no line with what
 * it is held against. For statements of which every element is understood, and for the operators of the small world.
 */
export function naivelyAllowed(policy: Policy, request: AccessRequest, world: World): boolean {
  const applies = (one: Statement): boolean => naivelyApplies(one, policy.version, request, world);
  const { statements } = policy;
  return (
    statements.some((one) => one.effect === "Allow" && applies(one)) &&
    !statements.some((one) => one.effect === "Deny" && applies(one))
  );
}

/** Is the request one of those that the permission names? */
export function naivelyWithin(permission: Permission, request: AccessRequest, world: World): boolean {
  const { action, resource, condition } = permission;
  return (
    naivelyMatches(action.toLowerCase(), request.action.toLowerCase(), world, false) &&
    naivelyMatches(resource, request.resource, world, false) &&
    naivelyHolds(condition, request, world, false)
  );
}

function naivelyApplies(
  statement: Statement,
  version: string | null,
  request: AccessRequest,
  world: World,
): boolean {
  const asText = version !== "2012-10-17" && world.ancient === "text";
  const action = request.action.toLowerCase();
  const some = (patterns: readonly string[], text: string): boolean =>
    patterns.some((pattern) => naivelyMatches(pattern, text, world, asText));
  const lower = (patterns: readonly string[]): readonly string[] => patterns.map((one) => one.toLowerCase());
  const { actions, notActions, resources, notResources, conditions } = statement;
  return (
    (actions !== null ? some(lower(actions), action) : !some(lower(notActions ?? []), action)) &&
    (resources !== null ? some(resources, request.resource) : !some(notResources ?? [], request.resource)) &&
    naivelyHolds(conditions, request, world, asText)
  );
}

const cache = new Map<string, RegExp>();

function naivelyMatches(pattern: string, text: string, { u }: World, asText: boolean): boolean {
  const key = JSON.stringify([pattern, u, asText]);
  const known = cache.get(key) ?? asRegExp(pattern, u, asText);
  cache.set(key, known);
  return known.test(text);
}

function asRegExp(pattern: string, u: string, asText: boolean): RegExp {
  const parts = asText ? [pattern] : pattern.split(/(\$\{[^}]*\})/);
  const source = parts.map((part) => {
    const variable = asText ? null : /^\$\{(.*)\}$/.exec(part);
    if (variable !== null) return escaped(variable[1] === "u" ? u : (variable[1] ?? ""));
    return part
      .split(/([*?])/)
      .map((one) => (one === "*" ? ".*" : one === "?" ? "." : escaped(one)))
      .join("");
  });
  return new RegExp(`^${source.join("")}$`, "s");
}

function naivelyHolds(
  conditions: ConditionBlock | null,
  { context = {} }: AccessRequest,
  world: World,
  asText: boolean,
): boolean {
  return Object.entries(conditions ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      naivelyMeets(operator, values, context[key.toLowerCase()] ?? [], world, asText),
    ),
  );
}

function naivelyMeets(
  name: string,
  values: readonly string[],
  given: readonly string[],
  world: World,
  asText: boolean,
): boolean {
  const [, qualifier, base = "", ifExists] =
    /^(ForAnyValue:|ForAllValues:)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  if (base === "Null") return values.includes(String(given.length === 0));
  const actual = qualifier !== undefined && given.join("") === "" ? [] : given;
  const negated = base.includes("Not");
  if (actual.length === 0) {
    if (ifExists || qualifier === "ForAllValues:") return true;
    return qualifier === undefined && negated;
  }
  const one = (value: string): boolean =>
    negated !== values.some((wanted) => meetsOne(base, wanted, value, world, asText));
  if (qualifier === "ForAnyValue:") return actual.some(one);
  if (qualifier === "ForAllValues:" || actual.length === 1) return actual.every(one);
  return world.several === "none" ? false : world.several === "any" ? actual.some(one) : actual.every(one);
}

function meetsOne(base: string, wanted: string, value: string, world: World, asText: boolean): boolean {
  if (base.endsWith("Like")) return naivelyMatches(wanted, value, world, asText);
  const filled = asText
    ? wanted
    : wanted.replace(/\$\{([^}]*)\}/g, (_, variable: string) => (variable === "u" ? world.u : variable));
  return base.endsWith("IgnoreCase") ? filled.toLowerCase() === value.toLowerCase() : filled === value;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
