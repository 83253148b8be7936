import { actorText, eventText, findRole } from "@plp/audit";
import type { Given } from "../moment.ts";
import { shortTime } from "../moment.ts";
import { type Answer, plural, table } from "../output.ts";
import type { History } from "../state/history.ts";
import { roleName } from "../state/roles.ts";

/** `plp history`: the events of a role, oldest first; `since` and `until` belong to the span, by when things happened. */
export async function history(
  place: History,
  wanted: string,
  span: { readonly since?: Given | undefined; readonly until?: Given | undefined },
): Promise<Answer> {
  const { role, events } = await findRole(wanted, place);
  const { since, until } = span;
  const chosen = events.filter(
    ({ occurredAt }) =>
      (since === undefined || occurredAt >= since.from) && (until === undefined || occurredAt <= until.to),
  );
  return {
    json: chosen.map(({ version, type, occurredAt, recordedAt, actor, correlationId, data, hash }) => ({
      ...{ version, type, occurredAt, recordedAt, actor, correlationId, data, hash },
    })),
    people: (style) => {
      const rows = chosen.map((event) => [
        String(event.version),
        shortTime(event.occurredAt, new Date()),
        event.type,
        eventText(event),
        actorText(event.actor),
      ]);
      return [
        `${style.bold(roleName(role.arn))}  ${role.arn}`,
        "",
        chosen.length === 0
          ? `  None of its ${plural(events.length, "event")} lies in that time.`
          : table(style, ["version", "when (utc)", "event", "what", "by"], rows, {
              right: [0],
              shrink: { column: 3, keep: "start" },
            }),
        "",
        `  ${plural(chosen.length, "event")}${chosen.length === events.length ? "" : ` of ${events.length}`}, chain unbroken.`,
      ].join("\n");
    },
  };
}
