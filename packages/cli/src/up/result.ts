import type { OpenProposal, RoleState } from "@plp/domain";
import { findAction, parsePolicy, permissionsOf } from "@plp/iam-policy";
import { plural, type Style, shorten, table } from "../output.ts";
import { backtestCell } from "../render/backtest.ts";
import { distinctRisks, severityCounts } from "../render/risks.ts";
import type { Prepared } from "./organization.ts";
import type { Stage, StageTimes } from "./progress.ts";
import type { RunningUp } from "./run-up.ts";
import type { SummedApplication, SummedRole, SummedRound } from "./summary.ts";

export interface ResultContext {
  readonly seconds: number;
  readonly times: StageTimes;
  /** The headline stands on the terminal already. */
  readonly isHeaded: boolean;
  readonly state: string;
  readonly dryRun: boolean;
  readonly once: boolean;
  readonly cloudtrail?: string | undefined;
}

const MOST_ROWS = 12;
const MOST_SCOPES = 40;

export function headline({ organization, isNew }: Prepared, state: string): string {
  return `PLP · ${organization.title}   state ${state}${isNew ? " (new)" : ""}`;
}

/** What a round came to, for people: the stages, a table, the first application's rows, what to do next. */
export async function resultOf(
  running: RunningUp,
  result: SummedRound,
  context: ResultContext,
): Promise<(style: Style) => string> {
  const files = (await running.prepared.archive.objects()).length;
  return (style) =>
    [
      ...(context.isHeaded ? [] : [headline(running.prepared, context.state), ""]),
      ...stages(result, files, context, style),
      "",
      ...(isNothingNew(result) ? [] : [...overview(result, style), ...details(result, style)]),
      ...ending(running, result, context, style),
    ].join("\n");
}

function stages(
  { summary, applications }: SummedRound,
  files: number,
  { times, dryRun }: ResultContext,
  style: Style,
): string[] {
  const { roles, analyses, mergeRequests, unchanged } = summary;
  const calls = sum(allRoles(applications), ({ state }) => observedCalls(state));
  const excluded = roles.excluded > 0 ? `, ${roles.excluded} excluded (generate = false)` : "";
  const proposals = roles.inScope - unchanged - analyses.failed;
  const actions = ["opened", "updated", "unchanged", "frozen"] as const;
  const counts = actions
    .map((action) => ({ action, count: mergeRequests.filter((request) => request.action === action).length }))
    .filter(({ count }) => count > 0)
    .map(({ action, count }) => (action === "opened" ? `${count} opened as draft` : `${count} ${action}`));
  const stage = (name: Stage, text: string, failed = false): string => {
    const time = times.get(name);
    const mark = failed ? style.bad("✖") : style.good("✔");
    return `${mark} ${name.padEnd(15)} ${text.padEnd(76)}${time === undefined ? "" : `${time.toFixed(1)}s`}`.trimEnd();
  };
  const gaps = [...new Set(allRoles(applications).flatMap(({ state }) => lastGaps(state)))];
  return [
    stage(
      "Discovery",
      `${plural(applications.length, "application")}, ${plural(roles.discovered, "role")}: ${roles.inScope} in scope${excluded}`,
    ),
    stage(
      "Analysis",
      `${analyses.succeeded} of ${plural(roles.inScope, "role")}: ${plural(calls, "call")} in ${plural(files, "file")}`,
      analyses.failed > 0,
    ),
    ...(gaps.length > 0 ? [`  ${style.warn("!")} not covered, and recorded as a gap:`] : []),
    ...gaps.slice(0, 5).map((gap) => `    ${gap}`),
    ...(gaps.length > 5 ? [`    … ${gaps.length - 5} more`] : []),
    stage(
      "Merge",
      `${plural(proposals, "proposal")}, ${unchanged} unchanged · none wider than allowed (proved)`,
    ),
    stage(
      "Merge requests",
      dryRun ? "none written (--dry-run)" : counts.length > 0 ? counts.join(", ") : "none needed",
    ),
    ...summary.errors.map(
      ({ application, environment, reason }) =>
        `  ${style.bad("✖")} ${[application, environment].filter(Boolean).join(" ")}: ${reason}`,
    ),
    ...(summary.deadLetters > 0
      ? [`  ${style.bad("✖")} ${plural(summary.deadLetters, "dead letter")}: npx plp status`]
      : []),
  ];
}

/** A row per application, a column per environment. */
function overview({ applications }: SummedRound, style: Style): string[] {
  if (applications.length === 0) return [];
  const environments = [...new Set(allRoles(applications).map(({ environment }) => environment))].sort(
    byEnvironment,
  );
  const wide = environments.length > 6;
  const head = [
    "application",
    "mr",
    ...(wide ? ["roles"] : environments),
    "risks",
    "asks",
    "denied",
    "backtest",
  ];
  const rows = applications.slice(0, MOST_SCOPES).map(({ name, roles, requests }) => {
    const cells = wide
      ? [String(roles.length)]
      : environments.map((environment) => cellOf(roles.find((role) => role.environment === environment)));
    const proposals = roles.flatMap((role) => proposalOf(role) ?? []);
    const asks = sum(proposals, ({ questions }) => questions.length);
    const denied = sum(proposals, (proposal) => proposal.denied.length);
    const merge = requests.map(({ iid }) => `!${iid}`).join(" ") || "·";
    const risks = severityCounts(distinctRisks(proposals), " ") || "·";
    return [name, merge, ...cells, risks, dot(asks), dot(denied), backtestCell(proposals)];
  });
  const right = head.map((_, index) => index).slice(2);
  const added = sum(
    applications.flatMap(({ requests }) => requests),
    (request) => request.added,
  );
  return [
    table(style, head, rows, { right }),
    ...(applications.length > MOST_SCOPES
      ? [`  … ${applications.length - MOST_SCOPES} more applications: npx plp roles`]
      : []),
    "",
    ...(added > 0 ? [`  ${plural(added, "permission")} to add, 0 to remove.`, ""] : []),
  ];
}

/** The first request row by row, the others in a line. */
function details({ applications }: SummedRound, style: Style): string[] {
  const [first, ...others] = applications.filter(({ requests }) => requests.length > 0);
  const [request] = first?.requests ?? [];
  if (first === undefined || request === undefined) return [];
  const roles = first.roles.filter((role) => proposalOf(role) !== undefined);
  return [
    `${style.bold(first.name)}  ${request.title}`,
    `${" ".repeat(first.name.length)}  ${request.url}`,
    "",
    ...roles.map(
      (role) =>
        `  ${role.environment.padEnd(6)} ${role.arn}   ${permissionCount(role, false)} → ${plural(permissionCount(role, true), "permission")}`,
    ),
    "",
    ...permissionRows(first.name, roles, style),
    "",
    ...others
      .slice(0, MOST_SCOPES)
      .map(({ name, requests: [open] }) =>
        open === undefined
          ? ""
          : `${style.bold(name.padEnd(9))} ${plural(open.added, "permission").padEnd(16)} ${open.url}   npx plp show ${name}`,
      ),
    ...(others.length > MOST_SCOPES ? [`… ${others.length - MOST_SCOPES} more: npx plp roles`] : []),
    "",
  ];
}

function permissionRows(name: string, roles: readonly SummedRole[], style: Style): string[] {
  const rows = new Map<
    string,
    { resource: string; action: string; inferred: boolean; calls: number; in: Set<string> }
  >();
  for (const role of roles) {
    for (const { action, resource, basis, calls } of proposalOf(role)?.added ?? []) {
      const where = placeOf(resource, role.environment);
      const key = `${where} ${action}`;
      const row = rows.get(key) ?? {
        resource: where,
        action,
        inferred: basis === "inferred",
        calls: 0,
        in: new Set(),
      };
      row.calls += calls ?? 0;
      row.in.add(role.environment);
      rows.set(key, row);
    }
  }
  const sorted = [...rows.values()].sort(
    (a, b) => compare(a.resource, b.resource) || compare(a.action, b.action),
  );
  const environments = roles.map(({ environment }) => environment);
  const shown = sorted
    .slice(0, MOST_ROWS)
    .map((row) => [
      ...environments.map((environment) => (row.in.has(environment) ? "+" : "·")),
      row.action,
      shorten(row.resource, 44),
      findAction(row.action)?.accessLevel.toLowerCase() ?? "",
      row.inferred ? "inferred" : row.calls.toLocaleString("en-US"),
    ]);
  const head = [...environments, "permission", "on", "access", "calls"];
  return [
    table(style, head, shown, { right: [head.length - 1] }),
    ...(sorted.length > shown.length
      ? [`  … ${sorted.length - shown.length} more: npx plp show ${name}`]
      : []),
  ];
}

/** The resource without what its environments differ in, so that the same thing in several of them is one row. */
function placeOf(resource: string, environment: string): string {
  if (resource === "*") return "any resource";
  const name = resource.split(":").slice(5).join(":") || resource;
  return name
    .split(/([A-Za-z0-9]+)/)
    .map((part) => (part === environment ? "{env}" : part))
    .join("");
}

/** Every role stands as it did, and every request as people know it. */
function isNothingNew({ summary }: SummedRound): boolean {
  const { roles, unchanged, errors, mergeRequests } = summary;
  const areKnown = mergeRequests.every(({ action }) => action === "unchanged" || action === "frozen");
  return areKnown && errors.length === 0 && unchanged === roles.inScope;
}

function ending(running: RunningUp, result: SummedRound, context: ResultContext, style: Style): string[] {
  const { summary, applications } = result;
  const took = `Done in ${context.seconds.toFixed(1)}s.`;
  const [example] = allRoles(applications);
  const lines = [isNothingNew(result) ? `Nothing new. ${took}` : took];
  if (summary.mergeRequests.length > 0 && !context.once) {
    lines.push("  Review      open a request above in a browser: read it, mark it ready, merge it");
  }
  if (!context.once) lines.push(`  Look        ${running.system.web}`);
  if (example !== undefined)
    lines.push(`  Ask         npx plp replay ${nameOf(example.arn)}      npx plp who-can iam:PassRole`);
  if (context.cloudtrail === undefined && running.prepared.isNew)
    lines.push(`  Your logs   ${style.bold("npm start -- --state DIR --cloudtrail DIR")} [--repo DIR]`);
  return lines;
}

function proposalOf({ state }: SummedRole): OpenProposal | undefined {
  return state.open.get("grow");
}

function cellOf(role: SummedRole | undefined): string {
  if (role === undefined) return "·";
  if (role.end?.kind === "failed") return "✖";
  const added = proposalOf(role)?.added.length ?? 0;
  return added > 0 ? `+${added}` : "=";
}

function permissionCount(role: SummedRole, after: boolean): number {
  const proposal = proposalOf(role);
  if (proposal === undefined) return 0;
  const count = permissionsOf(parsePolicy(proposal.policy, "the proposal")).length;
  return after ? count : Math.max(0, count - proposal.added.length);
}

function observedCalls(state: RoleState): number {
  const last = [...state.observations.values()].at(-1);
  return last === undefined ? 0 : last.counts.authorized + last.counts.denied;
}

function lastGaps(state: RoleState): string[] {
  return ([...state.observations.values()].at(-1)?.gaps ?? []).map(({ reason }) => reason);
}

function allRoles(applications: readonly SummedApplication[]): readonly SummedRole[] {
  return applications.flatMap(({ roles }) => roles);
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

const ORDER = ["prod", "production", "staging", "test", "dev", "sandbox"];

function byEnvironment(a: string, b: string): number {
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return rank(a) - rank(b) || compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function dot(count: number): string {
  return count === 0 ? "·" : String(count);
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((all, item) => all + count(item), 0);
}
