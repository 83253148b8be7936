import { actionIndexOf, speaking } from "./action-index.ts";
import { type CompiledStatement, matchesAction } from "./compile.ts";
import { all, any, type Context, conditionHolds } from "./conditions.ts";
import { evaluate } from "./evaluate.ts";
import { compiledCovers, compilePattern, type Pattern, patternsOverlap } from "./match.ts";
import { clausesOf, permissionKey } from "./permission.ts";
import { compareText } from "./text.ts";
import type { Answer, ConditionBlock, Policy } from "./types.ts";

/** One permission as a role used it: calls that AWS authorized, of one action on one resource. */
export interface RecordedUse {
  readonly action: string;
  /** An ARN, or `*` for an action that takes none; null where no record tells which resource it was. */
  readonly resource: string | null;
  /** Where `resource` is null: patterns of which one matches it. Empty or absent: nothing is known of it. */
  readonly patterns?: readonly string[];
  /** What the call is known to have carried, as the condition that would demand it (`iam:PassedToService`). */
  readonly condition: ConditionBlock | null;
  readonly count: number;
  /** ISO 8601 UTC; null where it is not told. */
  readonly lastSeen: string | null;
  /** What else is known of all of these calls, by condition key in lower case. */
  readonly context?: Context;
}

/** What was counted of a permission, as `@plp/usage` and `@plp/cloudtrail` do. */
interface CountedPermission extends Pick<RecordedUse, "action" | "resource" | "patterns" | "condition"> {
  /** Calls that passed authorization. */
  readonly authorized: number;
  readonly last: string;
}

/** The authorized calls of a permission that was counted; none where all were refused. `context`: what is known of all. */
export function usedOf(
  { action, resource, patterns, condition, authorized, last }: CountedPermission,
  context: Context,
): readonly RecordedUse[] {
  if (authorized === 0) return [];
  const told = patterns === undefined ? {} : { patterns };
  return [{ action, resource, ...told, condition, count: authorized, lastSeen: last, context }];
}

/** What is sure of every call of a session of this role (IAM's global condition keys, aws:Principal…). */
export function roleContext(roleArn: string): Context {
  return {
    "aws:principalarn": [roleArn],
    "aws:principalaccount": [roleArn.split(":")[4] ?? ""],
    "aws:principaltype": ["AssumedRole"],
  };
}

/** A call of which no table tells the action: nobody can say what a policy makes of it. */
export interface UnknownCall {
  readonly eventSource: string;
  readonly eventName: string;
  readonly count: number;
}

/**
 * `no-allow`: no statement allows it; `deny`: a Deny refuses it; `boundary`: the permissions boundary does not let it
 * pass. Undecided: `resource`: it hangs on a resource that no record tells; `condition`: on something else that no
 * record tells; `unmapped`: no action is known for the call.
 */
export type BacktestReason = "no-allow" | "deny" | "boundary" | "resource" | "condition" | "unmapped";

export interface BacktestLine {
  /** For an unmapped call its event source and name, with a space between them. */
  readonly action: string;
  readonly resource: string | null;
  readonly condition: ConditionBlock | null;
  readonly count: number;
  readonly lastSeen: string | null;
  readonly reason: BacktestReason;
}

export interface BacktestInput {
  readonly policy: Policy;
  /** Null: the role has none. */
  readonly boundary?: Policy | null;
  readonly used: readonly RecordedUse[];
  readonly unmapped?: readonly UnknownCall[];
}

/** Counts are calls; `calls` is the sum of the three others. Lines: the most calls first. */
export interface Backtest {
  readonly calls: number;
  readonly allowed: number;
  readonly wouldBeDenied: readonly BacktestLine[];
  readonly undecided: readonly BacktestLine[];
}

/**
 * Holds recorded calls against an identity policy and a permissions boundary: which of them would be denied, and
 * which cannot be decided, because no record tells what the decision hangs on. A call that needs several permissions
 * counts once for each.
 */
export function backtest({ policy, boundary = null, used, unmapped = [] }: BacktestInput): Backtest {
  const denied = new Map<string, BacktestLine>();
  const undecided = new Map<string, BacktestLine>();
  let calls = 0;
  let allowed = 0;
  for (const use of used) {
    calls += use.count;
    const reason = reasonFor(policy, boundary, use);
    if (reason === null) allowed += use.count;
    else addLine(isDenial(reason) ? denied : undecided, use, reason);
  }
  for (const { eventSource, eventName, count } of unmapped) {
    calls += count;
    const action = `${eventSource} ${eventName}`;
    addLine(undecided, { action, resource: null, condition: null, count, lastSeen: null }, "unmapped");
  }
  return { calls, allowed, wouldBeDenied: byCount(denied), undecided: byCount(undecided) };
}

function isDenial(reason: BacktestReason): boolean {
  return reason === "no-allow" || reason === "deny" || reason === "boundary";
}

function addLine(lines: Map<string, BacktestLine>, use: RecordedUse, reason: BacktestReason): void {
  const { action, resource, condition, count, lastSeen } = use;
  const key = `${reason} ${permissionKey({ action, resource: resource ?? "", condition })}`;
  const known = lines.get(key);
  const last = [known?.lastSeen ?? null, lastSeen].reduce((a, b) =>
    a === null || (b !== null && b > a) ? b : a,
  );
  lines.set(key, { action, resource, condition, count: count + (known?.count ?? 0), lastSeen: last, reason });
}

function byCount(lines: ReadonlyMap<string, BacktestLine>): readonly BacktestLine[] {
  return [...lines]
    .sort(([a, { count: m }], [b, { count: n }]) => n - m || compareText(a, b))
    .map(([, line]) => line);
}

/** Null: surely allowed. */
function reasonFor(policy: Policy, boundary: Policy | null, use: RecordedUse): BacktestReason | null {
  const reasons = contextsOf(use).map((context) => {
    const own = reasonIn(policy, use, context);
    if (own === null || !isDenial(own)) {
      const bound = boundary === null ? null : reasonIn(boundary, use, context);
      return bound !== null && isDenial(bound) ? "boundary" : (own ?? bound);
    }
    return own;
  });
  return sure(reasons, "condition");
}

/** Of what may be the case one is true: sure is only what holds in all of them. */
function sure(reasons: readonly (BacktestReason | null)[], open: BacktestReason): BacktestReason | null {
  const [first = null] = reasons;
  const areSame = reasons.every((reason) => reason === first);
  return areSame || reasons.every((reason) => reason !== null && isDenial(reason)) ? first : open;
}

/** What the calls are known to have carried: one context for each of the values that a condition leaves open. */
function contextsOf({ condition, context = {} }: RecordedUse): readonly Context[] {
  let contexts: readonly Context[] = [context];
  for (const { operator, key, values } of clausesOf(condition)) {
    if (operator !== "StringEquals") continue;
    contexts = contexts.flatMap((one) => values.map((value) => ({ ...one, [key]: [value] })));
  }
  return contexts;
}

function reasonIn(policy: Policy, use: RecordedUse, context: Context): BacktestReason | null {
  const { action, resource, patterns = [] } = use;
  if (resource !== null) {
    switch (evaluate(policy, { action, resource, context })) {
      case "allowed":
        return null;
      case "denied":
        return "deny";
      case "unmatched":
        return "no-allow";
      default:
        return "condition";
    }
  }
  const reasons = (patterns.length > 0 ? patterns : ["*"]).map((pattern) =>
    reasonWithin(policy, action, compilePattern(pattern), context),
  );
  return sure(reasons, "resource");
}

/** The same for every resource of a pattern at once: sure only where it holds for all of them. */
function reasonWithin(
  policy: Policy,
  action: string,
  resource: Pattern,
  context: Context,
): BacktestReason | null {
  let allowed: Answer = "no";
  let denied: Answer = "no";
  let hangsOnResource = false;
  for (const compiled of speaking(actionIndexOf(policy), action)) {
    const { effect, conditions, notUnderstood } = compiled.statement;
    const place = within(compiled, resource);
    const others = all([
      matchesAction(compiled, action),
      conditionHolds(conditions, context, compiled.escapes),
      notUnderstood.length > 0 ? "cannot-tell" : "yes",
    ]);
    const applies = all([place, others]);
    if (applies === "cannot-tell" && others === "yes") hangsOnResource = true;
    if (effect === "Allow") allowed = any([allowed, applies]);
    else denied = any([denied, applies]);
  }
  if (denied === "yes") return "deny";
  if (allowed === "no") return "no-allow";
  if (allowed === "yes" && denied === "no") return null;
  return hangsOnResource ? "resource" : "condition";
}

/** Does the statement speak of every resource of the pattern, of none, or is that not the same for all? */
function within(compiled: CompiledStatement, resource: Pattern): Answer {
  const { resources, notResources, statement } = compiled;
  if (statement.resources !== null) {
    if (resources.some((outer) => compiledCovers(outer, resource))) return "yes";
    return resources.some((outer) => patternsOverlap(outer, resource)) ? "cannot-tell" : "no";
  }
  if (notResources.some((outer) => compiledCovers(outer, resource))) return "no";
  return notResources.some((outer) => patternsOverlap(outer, resource)) ? "cannot-tell" : "yes";
}
