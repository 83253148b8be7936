import { actionIndexOf, speaking } from "../action-index.ts";
import { type CompiledStatement, matchesAction } from "../compile.ts";
import { type Context, conditionHolds } from "../conditions.ts";
import { compiledCovers, compilePattern, foldAscii, matches } from "../match.ts";
import type { Permission, Policy, Risk, Severity } from "../types.ts";
import { escalationPaths } from "./escalation.ts";
import { exfiltrationPaths } from "./exfiltration.ts";
import { historyPaths } from "./history.ts";
import { lockOutPaths, ownRoleId } from "./lock-out.ts";
import type { Path } from "./path.ts";
import { scopeOf, widest } from "./scope.ts";

/** Everything that the table knows. */
export const riskPaths: readonly Path[] = [
  ...escalationPaths,
  ...historyPaths,
  ...lockOutPaths,
  ...exfiltrationPaths,
];

export interface RiskOptions {
  /** Only what these permissions bring about or widen. */
  readonly added?: readonly Permission[];
  /** The role that has the policy: what it could do to itself weighs more. */
  readonly roleArn?: string;
}

/** A risk and the statements, by number, that grant what it takes. */
export interface FoundRisk extends Risk {
  readonly statements: readonly number[];
}

/**
 * The risks of a policy by our table, the worst first: a path is found where the policy grants all that it takes, on
 * whatever resources. A path that takes less of the same is not told beside it. Conditions do not lessen a risk; a
 * Deny that surely refuses does.
 */
export function risksOf(policy: Policy, { added, roleArn }: RiskOptions = {}): readonly FoundRisk[] {
  const news = added === undefined ? null : new Set(added.map(({ action }) => foldAscii(action)));
  const found = riskPaths.flatMap((path) => riskOf(policy, path, { news, added, roleArn }));
  return found
    .filter(({ path }) => !found.some((other) => tellsMore(other.path, path)))
    .map(({ risk }) => risk)
    .sort((a, b) => rank(a) - rank(b));
}

const SEVERITIES: readonly Severity[] = ["high", "medium", "low"];
const order = new Map(riskPaths.map(({ id }, index) => [id, index]));

function rank({ severity, id }: FoundRisk): number {
  return SEVERITIES.indexOf(severity) * riskPaths.length + (order.get(id) ?? 0);
}

function tellsMore(other: Path, path: Path): boolean {
  if (other === path || other.kind !== path.kind || other.needs.length <= path.needs.length) return false;
  if (String(other.needs[0]) !== String(path.needs[0])) return false;
  const its = new Set(other.needs.map(String));
  return path.needs.every((need) => its.has(String(need)));
}

interface Grant {
  readonly action: string;
  readonly resource: string;
  readonly statement: number;
}

interface Seen {
  /** The added actions; null: all count. */
  readonly news: ReadonlySet<string> | null;
  readonly added: readonly Permission[] | undefined;
  readonly roleArn: string | undefined;
}

function riskOf(policy: Policy, path: Path, seen: Seen): { path: Path; risk: FoundRisk }[] {
  const { id, kind, title, why, harmless, reference } = path;
  const needs = path.needs.map((need) =>
    [need].flat().flatMap((action) => grantsOf(policy, action, path.passedTo)),
  );
  if (needs.some((grants) => grants.length === 0)) return [];
  const all = needs.flat();
  const { news } = seen;
  if (news !== null && !all.some(({ action }) => news.has(foldAscii(action)))) return [];
  const decisive = narrowed(needs[0] ?? [], seen);
  const severity = severityOf(path, decisive, seen);
  if (severity === null) return [];
  const risk = {
    ...{ id, kind, title, severity },
    actions: unique(
      needs.flatMap((grants) => (grants === needs[0] ? decisive : grants).map(({ action }) => action)),
    ),
    resources: unique(decisive.map(({ resource }) => resource)),
    ...{ why, harmless, reference },
    statements: [...unique(all.map(({ statement }) => statement))].sort((a, b) => a - b),
  };
  return [{ path, risk }];
}

/** Of what was granted before nobody asks: where the decisive action is among the additions, only these count. */
function narrowed(grants: readonly Grant[], { added, news }: Seen): readonly Grant[] {
  if (added === undefined || news === null) return grants;
  const ours = grants.filter(({ action, resource }) =>
    added.some((one) => foldAscii(one.action) === foldAscii(action) && one.resource === resource),
  );
  return ours.length > 0 ? ours : grants;
}

function severityOf(path: Path, decisive: readonly Grant[], { roleArn }: Seen): Severity | null {
  const scopes = decisive.map(({ resource }) => scopeOf(resource));
  if (path.id === ownRoleId && roleArn !== undefined)
    return decisive.some(({ resource }) => matches(compilePattern(resource), roleArn) !== "no")
      ? "high"
      : null;
  const [any, many, named] = path.severity;
  return { any, many, named }[widest(scopes)];
}

/** Where the policy allows an action: on which patterns, by which statements. */
function grantsOf(policy: Policy, action: string, passedTo: string | undefined): readonly Grant[] {
  const context: Context =
    passedTo === undefined || action !== "iam:PassRole" ? {} : { "iam:passedtoservice": [passedTo] };
  const candidates = speaking(actionIndexOf(policy), action).filter(
    (one) =>
      matchesAction(one, action) !== "no" &&
      conditionHolds(one.statement.conditions, context, one.escapes) !== "no",
  );
  const denies = candidates.filter(
    (one) =>
      one.statement.effect === "Deny" &&
      one.statement.notUnderstood.length === 0 &&
      matchesAction(one, action) === "yes" &&
      conditionHolds(one.statement.conditions, context, one.escapes) === "yes",
  );
  return candidates
    .filter(({ statement }) => statement.effect === "Allow")
    .flatMap(({ statement }) => {
      const index = policy.statements.indexOf(statement);
      return (statement.resources ?? ["*"])
        .filter((resource) => !denies.some((deny) => refuses(deny, resource)))
        .map((resource) => ({ action, resource, statement: index }));
    });
}

function refuses(deny: CompiledStatement, resource: string): boolean {
  const pattern = compilePattern(resource);
  return deny.resources.some((outer) => compiledCovers(outer, pattern));
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}
