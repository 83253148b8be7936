import { whoCan as ask, type WhoCanAnswer } from "@plp/audit";
import { shortDay, shortTime } from "../moment.ts";
import { type Answer, plural, type Style, table } from "../output.ts";
import { conditionText } from "../render/permission.ts";
import type { History } from "../state/history.ts";
import { roleName } from "../state/roles.ts";

/** `plp who-can`: the roles of which PLP's policies allow an action, or of which they do not tell. */
export async function whoCan(
  { index, store }: History,
  action: string,
  resource: string | undefined,
): Promise<Answer> {
  const answer = await ask({ action, resource }, { index, store });
  return { json: answer.roles, people: (style) => text(style, action, resource, answer) };
}

function text(
  style: Style,
  action: string,
  resource: string | undefined,
  { roles, candidates, indexedTo }: WhoCanAnswer,
): string {
  const on = resource === undefined ? "" : ` on ${resource}`;
  const rows = roles.map((role) => [
    roleName(role.roleArn),
    role.environment ?? "·",
    role.accountId,
    role.answer === "yes" ? style.bold("yes") : "cannot tell",
    role.policy,
    role.since === null ? "·" : shortDay(role.since, new Date()),
    role.approvedBy ?? "·",
    role.mergeRequest === null ? "·" : `!${role.mergeRequest.iid}`,
    role.conditions.map(conditionText).join("; ") || "·",
  ]);
  const head = ["role", "env", "account", "can", "policy", "since", "by", "mr", "condition"];
  const sure = roles.filter(({ answer }) => answer === "yes").length;
  const known =
    indexedTo === null ? "nothing is indexed yet" : `indexed to ${shortTime(indexedTo, new Date())} UTC`;
  return [
    `${style.bold(action)}${on}: ${plural(sure, "role")} can, of ${roles.length - sure} PLP cannot tell.`,
    ...(rows.length === 0 ? [] : ["", table(style, head, rows, { shrink: { column: 8, keep: "start" } })]),
    "",
    `  By the policies that PLP knows; ${plural(candidates, "policy", "policies")} looked at, ${known}.`,
    "  Not covered: other policies on the roles; service control, resource and session policies.",
  ].join("\n");
}
