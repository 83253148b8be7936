import { type ListedRole, listRoles } from "@plp/audit";
import { badInput } from "../bad-input.ts";
import { shortTime } from "../moment.ts";
import { type Answer, plural, type Style, table } from "../output.ts";
import type { History } from "../state/history.ts";

/** `plp roles`: every role with a history, or those of one application. */
export async function roles({ index }: History, application: string | undefined): Promise<Answer> {
  const all = await listRoles(index);
  const rows = all.filter((row) => application === undefined || row.application === application);
  if (application !== undefined && rows.length === 0) {
    const names = [...new Set(all.map((row) => row.application))];
    throw badInput(
      `--application ${JSON.stringify(application)}: no role belongs to it; there are: ${names.join(", ") || "none"}`,
    );
  }
  return { json: rows, people: (style) => text(style, rows) };
}

function text(style: Style, rows: readonly ListedRole[]): string {
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
