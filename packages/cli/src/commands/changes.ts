import { type ChangedPermission, changesBetween, findRole } from "@plp/audit";
import { type Given, shortTime } from "../moment.ts";
import { type Answer, plural, type Style, table } from "../output.ts";
import { conditionText, resourceText } from "../render/permission.ts";
import type { History } from "../state/history.ts";
import { roleName } from "../state/roles.ts";

/** `plp changes`: what came to and went from the approved policy between two moments, each with the event that did it. */
export async function changes(
  history: History,
  wanted: string,
  { from, to }: { readonly from: Given; readonly to: Given },
): Promise<Answer> {
  const found = await findRole(wanted, history);
  const json = changesBetween(found, { at: { ...from, to: from.from } }, { at: to });
  const { arn } = found.role;
  return {
    json,
    people: (style) =>
      [
        `${style.bold(roleName(arn))}  ${arn}`,
        "",
        `  From ${shortTime(from.from)} to ${shortTime(to.to)} UTC ${plural(json.added.length, "permission")} came, ${json.removed.length} went.`,
        ...(json.added.length + json.removed.length === 0 ? [] : ["", rowsOf(style, json)]),
      ].join("\n"),
  };
}

function rowsOf(style: Style, { added, removed }: Awaited<ReturnType<typeof changesBetween>>): string {
  const row = (sign: string) => (permission: ChangedPermission) => {
    const { action, resource, condition, event } = permission;
    const when = event === null ? "·" : shortTime(event.occurredAt, new Date());
    const request = event?.mergeRequest ? `!${event.mergeRequest.iid}` : "·";
    const what = [action, conditionText(condition)].filter((part) => part !== "").join("\n  ");
    return [
      sign,
      what,
      resourceText(resource),
      when,
      event?.by ?? "·",
      request,
      event === null ? "·" : String(event.version),
    ];
  };
  const rows = [...added.map(row(style.good("+"))), ...removed.map(row(style.bad("-")))];
  const head = ["", "permission", "on", "when (utc)", "by", "mr", "version"];
  return table(style, head, rows, { right: [6], shrink: { column: 2, keep: "end" } });
}
