import {
  type AuditAnswer,
  actorText,
  audit as ask,
  eventTypes,
  type FoundEvent,
  MOST_EVENTS,
  rolesMeant,
} from "@plp/audit";
import { badInput } from "../bad-input.ts";
import { type Given, shortTime } from "../moment.ts";
import { type Answer, plural, type Style, table } from "../output.ts";
import type { History } from "../state/history.ts";
import { roleName } from "../state/roles.ts";

export interface AuditOptions {
  readonly role?: string | undefined;
  readonly application?: string | undefined;
  readonly account?: string | undefined;
  readonly type?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly since?: Given | undefined;
  readonly until?: Given | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** `plp audit`: events of all roles and applications by what they have in common, newest first, page after page. */
export async function audit(history: History, options: AuditOptions): Promise<Answer> {
  const { type, action, account, limit, since, until, role } = options;
  if (type !== undefined && !eventTypes.some((known) => known.toLowerCase() === type.toLowerCase()))
    throw badInput(
      `--type ${JSON.stringify(type)}: there is no such event; there are: ${eventTypes.join(", ")}`,
    );
  if (action !== undefined && !/^[a-z0-9-]+:[a-z0-9*?]+$/i.test(action))
    throw badInput(
      `--action ${JSON.stringify(action)} must begin with a service, as iam:PassRole or s3:Get* do`,
    );
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw badInput(`--account ${JSON.stringify(account)} is no account id of 12 digits`);
  if (limit !== undefined && limit > MOST_EVENTS) throw badInput(`--limit ${limit}: at most ${MOST_EVENTS}`);
  const [named] = role === undefined ? [] : await rolesMeant(role, history.index);
  const answer = await ask(
    { ...options, role: named?.roleArn, since: since?.from, until: until?.to },
    { index: history.index, cursorKey: history.cursorKey() },
  );
  return { json: answer, people: (style) => text(style, answer) };
}

function text(style: Style, { events, read, indexedTo, next }: AuditAnswer): string {
  const rows = events.map((event) => [
    shortTime(event.occurredAt, new Date()),
    event.type,
    event.roleArn === null ? (event.application ?? "·") : roleName(event.roleArn),
    event.text,
    whoOf(event),
  ]);
  const known =
    indexedTo === null ? "nothing is indexed yet" : `indexed to ${shortTime(indexedTo, new Date())} UTC`;
  return [
    events.length === 0
      ? `  No event ${next === null ? "is like that" : "so far"}.`
      : table(style, ["when (utc)", "event", "of", "what", "by"], rows, {
          shrink: { column: 3, keep: "start" },
        }),
    "",
    `  ${plural(events.length, "event")}, ${read} entries read, ${known}.`,
    ...(next === null ? [] : [`  Older ones: the same with --cursor ${next}`]),
  ].join("\n");
}

/** The person who decided, where the event names one; else who wrote it down. */
function whoOf({ actor, people }: FoundEvent): string {
  return people[0] ?? actorText(actor);
}
