import type { OpenProposal, RequestKind, RequestState, RoleId } from "@plp/domain";
import { type Addition, findAction, type Permission, permissionKey } from "@plp/iam-policy";
import { shortDay } from "../moment.ts";
import { plural, type Style, table } from "../output.ts";
import { backtests } from "./backtest.ts";
import { conditionText, resourceText } from "./permission.ts";
import { risksText } from "./risks.ts";

/** One role of an open proposal. */
export interface ShownRole {
  readonly role: RoleId;
  readonly environment: string;
  readonly accountId: string;
  readonly mode: string;
  readonly proposal: OpenProposal;
}

/** Everything of one kind that waits for a decision, and the request that shows it; null: none is open yet. */
export interface ShownProposal {
  readonly kind: RequestKind;
  readonly request: RequestState | null;
  readonly roles: readonly ShownRole[];
}

const MOST_ROWS = 25;

/** A proposal for people: the request, its roles, then one row per permission with a mark per environment. */
export function proposalText(style: Style, application: string, shown: ShownProposal, all: boolean): string {
  const { request, roles, kind } = shown;
  const blank = " ".repeat(application.length);
  const head =
    request === null
      ? [`${style.bold(application)}  ${kind}: no merge request is open for it yet`]
      : [
          `${style.bold(application)}  ${request.title}`,
          `${blank}  ${request.url}${request.status === "frozen" ? "  (frozen: people have taken it over)" : ""}`,
        ];
  const wide = Math.max(...roles.map(({ environment }) => environment.length), 4);
  return [
    ...head,
    "",
    ...roles.map(
      ({ role, environment, proposal }) =>
        `  ${environment.padEnd(wide)}  ${role.arn}   ${plural(proposal.added.length, "permission")} to add, ${proposal.removed.length} to remove`,
    ),
    ...risksText(roles, style),
    "",
    permissions(style, application, roles, all),
    ...removed(style, roles),
    ...backtests(roles, wide, style),
    ...asks(roles, wide, all),
    ...denied(roles, wide, all),
    ...heldBack(roles, wide),
  ].join("\n");
}

interface Row {
  readonly permission: Permission;
  readonly environments: ReadonlyMap<string, Addition>;
}

/** The same permission in several environments is one row, where its resource is named the same but for account and Region. */
function rowsOf(roles: readonly ShownRole[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const { environment, proposal } of roles) {
    for (const addition of proposal.added) {
      const named = { ...addition, resource: resourceText(addition.resource) };
      const key = permissionKey(named);
      const row = rows.get(key);
      rows.set(key, {
        permission: named,
        environments: new Map(row?.environments).set(environment, addition),
      });
    }
  }
  return [...rows.values()].sort((a, b) =>
    orderOf(a.permission) < orderOf(b.permission)
      ? -1
      : orderOf(a.permission) > orderOf(b.permission)
        ? 1
        : 0,
  );
}

/** Service and resource first: what belongs together stands together. */
function orderOf({ action, resource }: Permission): string {
  return `${action.split(":")[0]} ${resource} ${action}`;
}

function permissions(style: Style, application: string, roles: readonly ShownRole[], all: boolean): string {
  const environments = [...new Set(roles.map(({ environment }) => environment))];
  const rows = rowsOf(roles);
  const shown = all ? rows : rows.slice(0, MOST_ROWS);
  const cells = shown.map(({ permission, environments: found }) => {
    const additions = [...found.values()];
    const last = additions
      .flatMap(({ lastSeen }) => lastSeen ?? [])
      .sort()
      .at(-1);
    return [
      ...environments.map((environment) => (found.has(environment) ? style.good("+") : "·")),
      [permission.action, conditionText(permission.condition)].filter((part) => part !== "").join("\n  "),
      `${resourceText(permission.resource)}${additions.some(({ widened }) => widened) ? " (widened)" : ""}`,
      findAction(permission.action)?.accessLevel.toLowerCase() ?? "",
      callsText(additions),
      last === undefined ? "·" : shortDay(last, new Date()),
    ];
  });
  const head = [...environments, "permission", "on", "access", "calls", "last"];
  const lines = [
    table(style, head, cells, {
      right: [environments.length + 3],
      shrink: { column: environments.length + 1, keep: "end" },
    }),
  ];
  if (rows.length > shown.length)
    lines.push(`  … ${rows.length - shown.length} more: npx plp show ${application} --all`);
  return lines.join("\n");
}

function callsText(additions: readonly Addition[]): string {
  const counts = additions.flatMap(({ calls }) => calls ?? []);
  if (additions.every(({ basis }) => basis === "inferred")) return "inferred";
  if (counts.length === 0) return "·";
  return counts.reduce((sum, count) => sum + count, 0).toLocaleString("en-US");
}

function removed(style: Style, roles: readonly ShownRole[]): readonly string[] {
  const rows = roles.flatMap(({ environment, proposal }) =>
    proposal.removed.map((one) => [environment, style.bad("-"), one.action, resourceText(one.resource)]),
  );
  return rows.length === 0 ? [] : ["", table(style, ["env", "", "removed", "on"], rows)];
}

const MOST_REMARKS = 5;

function remarks(label: string, lines: readonly string[], all: boolean): readonly string[] {
  if (lines.length === 0) return [];
  const shown = all ? lines : lines.slice(0, MOST_REMARKS);
  return [
    "",
    ...shown.map((line, index) => `  ${(index === 0 ? label : "").padEnd(8)}${line}`),
    ...(lines.length > shown.length ? [`          … ${lines.length - shown.length} more: --all`] : []),
  ];
}

function asks(roles: readonly ShownRole[], wide: number, all: boolean): readonly string[] {
  const lines = roles.flatMap(({ environment, proposal }) =>
    proposal.questions.map(({ detail }) => `${environment.padEnd(wide)}  ${detail}`),
  );
  return remarks("ASK", lines, all);
}

const REFUSED_BY: Readonly<Record<string, string>> = {
  scp: " (forbidden by SCP)",
  boundary: " (the permissions boundary)",
  resource: " (the resource's policy)",
  session: " (the session's policy)",
};

function denied(roles: readonly ShownRole[], wide: number, all: boolean): readonly string[] {
  const lines = roles.flatMap(({ environment, proposal }) =>
    proposal.denied.map(
      ({ action, resource, count, by }) =>
        `${environment.padEnd(wide)}  ${action}${resource === null ? "" : ` on ${resourceText(resource)}`} ${count}×${REFUSED_BY[by ?? ""] ?? ""}`,
    ),
  );
  return remarks("DENIED", lines, all);
}

function heldBack(roles: readonly ShownRole[], wide: number): readonly string[] {
  const lines = (of: (proposal: OpenProposal) => readonly Addition[], why: string) =>
    roles.flatMap(({ environment, proposal }) =>
      of(proposal).map(
        ({ action, resource }) =>
          `${environment.padEnd(wide)}  ${action} on ${resourceText(resource)}: ${why}`,
      ),
    );
  return [
    ...remarks(
      "REFUSED",
      lines((proposal) => proposal.heldBack, "rejected before, used again"),
      true,
    ),
    ...remarks(
      "NEVER",
      lines((proposal) => proposal.forbidden ?? [], "used, and the settings forbid it"),
      true,
    ),
  ];
}
