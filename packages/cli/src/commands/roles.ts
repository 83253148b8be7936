import type { RoleEvent } from "@plp/domain";
import { foldRole } from "@plp/domain";
import { parsePolicy, permissionsOf } from "@plp/iam-policy";
import { badInput } from "../bad-input.ts";
import { shortTime } from "../moment.ts";
import { type Answer, plural, type Style, table } from "../output.ts";
import type { History } from "../state/history.ts";
import {
  type Application,
  allRoles,
  loadApplication,
  loadRole,
  openRequests,
  type RoleHistory,
} from "../state/roles.ts";

interface RoleRow {
  readonly roleArn: string;
  readonly application: string;
  readonly environment: string;
  readonly accountId: string;
  readonly mode: string;
  /** Of the approved policy. */
  readonly permissions: number;
  readonly lastChange: string | null;
  readonly openMergeRequests: readonly {
    readonly kind: string;
    readonly iid: number;
    readonly url: string;
  }[];
  readonly inScope: boolean;
  readonly retired: boolean;
}

/** The events after which a role may do, or is to do, something else. */
const CHANGES: ReadonlySet<RoleEvent["type"]> = new Set([
  "RoleDiscovered",
  "ModeChanged",
  "RoleRecreated",
  "RoleRetired",
  "PolicyProposed",
  "ProposalWithdrawn",
  "ProposalApproved",
  "ProposalRejected",
  "PolicyEdited",
]);

/** `plp roles`: every role with a history, or those of one application. */
export async function roles(history: History, application: string | undefined): Promise<Answer> {
  const applications = new Map<string, Promise<Application>>();
  const found = await Promise.all(
    (await allRoles(history)).map(async (id) => rowOf(await loadRole(history, id), history, applications)),
  );
  const all = found.filter((row) => row !== null).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const rows = all.filter((row) => application === undefined || row.application === application);
  if (application !== undefined && rows.length === 0) {
    const names = [...new Set(all.map((row) => row.application))];
    throw badInput(
      `--application ${JSON.stringify(application)}: no role belongs to it; there are: ${names.join(", ") || "none"}`,
    );
  }
  return { json: rows, people: (style) => text(style, rows) };
}

async function rowOf(
  { role, events }: RoleHistory,
  history: History,
  applications: Map<string, Promise<Application>>,
): Promise<RoleRow | null> {
  const { scope, approved, retired } = foldRole(events);
  if (scope === null) return null;
  const { project, folder, name } = scope.application;
  const key = JSON.stringify([project, folder]);
  const application = applications.get(key) ?? loadApplication(history, scope.application);
  applications.set(key, application);
  const requests = openRequests(await application).filter((request) =>
    request.roles.some((held) => held.role.arn === role.arn && held.role.uniqueId === role.uniqueId),
  );
  return {
    roleArn: role.arn,
    application: name,
    environment: scope.environment,
    accountId: scope.accountId,
    mode: scope.mode,
    permissions: approved === null ? 0 : permissionsOf(parsePolicy(approved.policy, role.arn)).length,
    lastChange: events.findLast(({ type }) => CHANGES.has(type))?.occurredAt ?? null,
    openMergeRequests: requests.map(({ kind, iid, url }) => ({ kind, iid, url })),
    inScope: scope.generate && !retired,
    retired,
  };
}

function keyOf({ application, environment, roleArn }: RoleRow): string {
  return JSON.stringify([application, environment, roleArn]);
}

function text(style: Style, rows: readonly RoleRow[]): string {
  if (rows.length === 0) return "No role has a history yet. A round makes one: npx plp round";
  const body = rows.map((row) => [
    row.application,
    row.environment,
    row.roleArn,
    row.retired ? style.dim("retired") : row.inScope ? row.mode : style.dim("excluded"),
    String(row.permissions),
    row.openMergeRequests.map(({ iid }) => `!${iid}`).join(" ") || "·",
    row.lastChange === null ? "·" : shortTime(row.lastChange, new Date()),
  ]);
  const head = ["application", "env", "role", "mode", "permissions", "open", "last change"];
  return `${plural(rows.length, "role")}.\n\n${table(style, head, body, { right: [4], shrink: { column: 2, keep: "end" } })}`;
}
