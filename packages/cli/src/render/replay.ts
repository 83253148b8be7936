import { eventText } from "@plp/audit";
import type { ApprovedPeriod, Replay, ReplayedPermission, RoleEvent } from "@plp/domain";
import type { RecordedEvent } from "@plp/event-store";
import { type Given, longDay, shortDay, shortTime } from "../moment.ts";
import { plural, type Style, table } from "../output.ts";
import { roleName } from "../state/roles.ts";
import { conditionText, resourceText } from "./permission.ts";

export interface ReplayOptions {
  readonly at?: Given | undefined;
  readonly version?: number | undefined;
  readonly knownAt?: Given | undefined;
  /** Every permission, in the text for people. */
  readonly all?: boolean | undefined;
}

/** What the text for people is made of. */
export interface ReplayedRole {
  readonly roleArn: string;
  readonly asked: string;
  readonly options: ReplayOptions;
  readonly replay: Replay;
  /** What happened on the day that was asked for; empty for a moment. */
  readonly changes: readonly RecordedEvent<RoleEvent>[];
  /** Events of the whole stream. */
  readonly length: number;
}

const MOST_PERMISSIONS = 20;

/** A replay for people: the policies of that time, then every permission with its origin. */
export function replayText(style: Style, replayed: ReplayedRole): string {
  const { roleArn, replay } = replayed;
  const name = roleName(roleArn);
  const blank = " ".repeat(name.length);
  const { scope } = replay;
  const place =
    scope === null
      ? "not known at that time"
      : `application ${scope.application.name}, environment ${scope.environment}, account ${scope.accountId}, ${scope.region}, ${scope.mode}`;
  return [
    `${style.bold(name)}  ${roleArn}`,
    `${blank}  ${place}`,
    "",
    summary(replayed),
    "",
    policies(style, replayed),
    "",
    permissions(style, replayed),
    notes(replayed),
  ]
    .filter((part) => part !== null)
    .join("\n");
}

/** The approved policies that stood at some time of the span that was asked for. */
function standing({ replay, options: { at } }: ReplayedRole): readonly ApprovedPeriod[] {
  if (!at?.isDay) return replay.periods.slice(-1);
  return replay.periods.filter(({ from, to }) => from <= at.to && (to === null || to > at.from));
}

function summary(replayed: ReplayedRole): string {
  const { replay, options } = replayed;
  const { at, version, knownAt } = options;
  const when =
    version !== undefined
      ? `At version ${version}`
      : at === undefined
        ? "Now"
        : at.isDay
          ? `On ${longDay(at.from)} (UTC)`
          : `At ${shortTime(at.to)} UTC`;
  const known = knownAt === undefined ? "" : `, as it was known at ${shortTime(knownAt.to)} UTC,`;
  if (replay.version === 0) return `${when}${known} this role was not known to PLP yet.`;
  const [first, ...later] = standing(replayed);
  if (first === undefined) return `${when}${known} no generated policy was approved for this role.`;
  const changes = later.map(
    ({ from, permissions: now }) => ` until ${from.slice(11, 16)}, then ${now.length}`,
  );
  const since = isFirstReading(replay, first) ? " as first read at " : " from ";
  const before = at?.isDay && first.from >= at.from ? `${since}${first.from.slice(11, 16)}` : "";
  return `${when}${known} the approved policy had ${plural(first.permissions.length, "permission")}${before}${changes.join("")}.`;
}

/** The file as PLP found it when it first looked: how long it had stood there then is not known. */
function isFirstReading({ periods: [first] }: Replay, { version }: { readonly version: number }): boolean {
  return first?.version === version && first.mergeRequest === null;
}

function policies(style: Style, replayed: ReplayedRole): string {
  const { proposed } = replayed.replay;
  const rows = standing(replayed).map((period) => [
    "approved",
    shortTime(period.from, new Date()),
    period.to === null ? "·" : shortTime(period.to, new Date()),
    String(period.permissions.length),
    period.mergeRequest === null
      ? `${period.by ?? "somebody"} committed`
      : `${period.by ?? "somebody"} merged`,
    period.mergeRequest === null ? `commit ${period.commit.slice(0, 8)}` : `!${period.mergeRequest.iid}`,
  ]);
  if (proposed !== null) {
    rows.push([
      "proposed",
      shortTime(proposed.at, new Date()),
      "·",
      `+${proposed.added.length}${proposed.removed.length > 0 ? ` -${proposed.removed.length}` : ""}`,
      "waits for a reviewer",
      `version ${proposed.version}`,
    ]);
  }
  const head = ["policy", "from (utc)", "to", "permissions", "decided by", "where"];
  const lines = [table(style, head, rows, { right: [3] })];
  if (!rows.some(([policy]) => policy === "approved")) lines.push("  approved  none");
  if (proposed === null) lines.push("  proposed  none");
  lines.push("  in AWS    not known: no apply has been recorded");
  return lines.filter((line) => line !== "").join("\n");
}

function permissions(style: Style, replayed: ReplayedRole): string | null {
  const { replay, options, asked } = replayed;
  if (replay.permissions.length === 0) return null;
  const shown = options.all ? replay.permissions : replay.permissions.slice(0, MOST_PERMISSIONS);
  const isNew = ({ since, sinceVersion }: ReplayedPermission) =>
    options.at?.isDay === true &&
    since >= options.at.from &&
    !isFirstReading(replay, { version: sinceVersion });
  const rows = shown.map((permission) => [
    isNew(permission) ? style.good("+") : "",
    [permission.action, conditionText(permission.condition)].filter((part) => part !== "").join("\n  "),
    resourceText(permission.resource),
    isNew(permission) ? permission.since.slice(11, 16) : shortDay(permission.since, new Date()),
    permission.approvedBy ?? "·",
    permission.mergeRequest === null ? "·" : `!${permission.mergeRequest.iid}`,
    evidenceText(permission),
  ]);
  const head = ["", "permission", "on", "since", "by", "mr", "evidence"];
  const more = replay.permissions.length - shown.length;
  const end = options.at?.isDay ? "At the end of the day" : "Then";
  return [
    `  ${end} (approved, version ${replay.version} of ${replayed.length}):`,
    "",
    table(style, head, rows, { shrink: { column: 2, keep: "end" } }),
    ...(more > 0 ? [`    … ${more} more: npx plp replay ${asked} --all`] : []),
    ...(rows.some(([sign]) => sign !== "") ? ["    + new on that day"] : []),
    "",
  ].join("\n");
}

function evidenceText({ basis, evidence }: ReplayedPermission): string {
  if (basis === "inferred") return "inferred";
  if (evidence === null) return "stood there";
  return evidence.count === null ? "seen or tried" : plural(evidence.count, "call");
}

function notes({ replay, changes, length }: ReplayedRole): string {
  const lines = replay.gaps.map(
    (gap, index) =>
      `${index === 0 ? "  Evidence gaps     " : "                    "}${shortTime(gap.from, new Date())} to ${shortTime(gap.to, new Date())}: ${gap.reason}${gap.coveredBy === null ? "" : `; covered later (version ${gap.coveredBy})`}`,
  );
  if (changes.length > 0) {
    lines.push(
      ...changes.map(
        (event, index) =>
          `${index === 0 ? "  On that day       " : "                    "}${event.occurredAt.slice(11, 16)} version ${event.version}, ${eventText(event)}`,
      ),
    );
  }
  lines.push(
    "  Not covered       other policies on the role; service control, resource and session policies",
  );
  lines.push(
    `  Proof             ${plural(length, "event")}, chain unbroken${replay.hash === null ? "" : `; version ${replay.version} = ${replay.hash.slice(0, 8)}`}`,
  );
  return lines.join("\n");
}
