import { eventText, roleName } from "@plp/audit";
import {
  type AppliedPeriod,
  type ApprovedPeriod,
  areTwoPeople,
  type Replay,
  type ReplayedPermission,
} from "@plp/domain";
import { type Given, longDay, shortDay, shortTime } from "../moment.ts";
import { plural, type Style, table } from "../output.ts";
import { conditionText, resourceText } from "./permission.ts";
import { boundaryText, inAwsText } from "./reading.ts";
import type { ReplayedRole, ReplayOptions } from "./replayed-role.ts";

const MOST_PERMISSIONS = 20;

/** A replay for people: the policies of that time, then every permission with its origin, then what else is to be known. */
export function replayText(style: Style, replayed: ReplayedRole): string {
  const { roleArn, replay } = replayed;
  const name = roleName(roleArn);
  const { scope } = replay;
  const place =
    scope === null
      ? "not known at that time"
      : `application ${scope.application.name}, environment ${scope.environment}, account ${scope.accountId}, ${scope.region}, ${scope.mode}`;
  return [
    `${style.bold(name)}  ${roleArn}`,
    `${" ".repeat(name.length)}  ${place}`,
    "",
    summary(replayed),
    "",
    ...(replay.version === 0
      ? []
      : [policies(style, replayed), "", permissions(style, replayed), notes(replayed)]),
  ]
    .filter((part) => part !== null)
    .join("\n");
}

type Period = ApprovedPeriod | AppliedPeriod;

/** Of these periods, those of the span that was asked for: a day's, or the one of the moment. */
function during<One extends Period>(periods: readonly One[], at: Given | undefined): readonly One[] {
  if (!at?.isDay) return periods.slice(-1);
  return periods.filter(({ from, to }) => from <= at.to && (to === null || to > at.from));
}

function counting({ replay }: ReplayedRole): readonly Period[] {
  return replay.counts === "applied" ? replay.appliedPeriods : replay.periods;
}

function summary(replayed: ReplayedRole): string {
  const { replay, options } = replayed;
  const { at } = options;
  const when = `${whenText(options)}${knownText(options)}`;
  if (replay.version === 0) return `${when} this role was not known to PLP yet.`;
  const [first, ...later] = during(counting(replayed), at);
  if (first === undefined) return `${when} no generated policy was approved for this role.`;
  const isApplied = replay.counts === "applied";
  const verb = options.at === undefined && options.version === undefined ? "can" : "could";
  const subject = isApplied ? `this role ${verb} use` : "the approved policy had";
  const since = isFirstReading(replay, first) ? " as first read at " : " from ";
  const began = at?.isDay && first.from >= at.from ? `${since}${first.from.slice(11, 16)}` : "";
  const then = later.map(({ from, permissions: now }) => ` until ${from.slice(11, 16)}, then ${now.length}`);
  const beside = isApplied ? "" : "; what AWS had is not known";
  return `${when} ${subject} ${plural(first.permissions.length, "permission")}${began}${then.join("")}${beside}.`;
}

function whenText({ at, version }: ReplayOptions): string {
  if (version !== undefined) return `At version ${version}`;
  if (at === undefined) return "Now";
  return at.isDay ? `On ${longDay(at.from)} (UTC)` : `At ${shortTime(at.to)} UTC`;
}

function knownText({ knownAt }: ReplayOptions): string {
  return knownAt === undefined ? "" : `, as it was known at ${shortTime(knownAt.to)} UTC,`;
}

/** The file as PLP found it when it first looked: how long it had stood there then is not known. */
function isFirstReading({ periods: [first] }: Replay, { version }: { readonly version: number }): boolean {
  return first?.version === version && first.mergeRequest === null;
}

function policies(style: Style, replayed: ReplayedRole): string {
  const { replay, options } = replayed;
  const { proposed, periods, appliedPeriods } = replay;
  const span = ({ from, to }: Period) => [
    shortTime(from, new Date()),
    to === null ? "·" : shortTime(to, new Date()),
  ];
  const rows = [
    ...during(appliedPeriods, options.at).map((period) => [
      "applied",
      ...span(period),
      String(period.permissions.length),
      period.job === null ? "found in AWS" : `${period.job.startedBy?.username ?? "somebody"} started apply`,
      period.job === null ? `version ${period.version}` : `job ${period.job.id}`,
    ]),
    ...during(periods, options.at).map((period) => [
      "approved",
      ...span(period),
      String(period.permissions.length),
      `${period.by ?? "somebody"} ${period.mergeRequest === null ? "committed" : "merged"}`,
      period.mergeRequest === null ? `commit ${period.commit.slice(0, 8)}` : `!${period.mergeRequest.iid}`,
    ]),
    ...(proposed === null
      ? []
      : [
          [
            "proposed",
            shortTime(proposed.at, new Date()),
            "·",
            `+${proposed.added.length}${proposed.removed.length > 0 ? ` -${proposed.removed.length}` : ""}`,
            "waits for a reviewer",
            `version ${proposed.version}`,
          ],
        ]),
  ];
  const head = ["policy", "from (utc)", "to", "permissions", "decided by", "where"];
  const missing = (["applied", "approved", "proposed"] as const).filter(
    (policy) => !rows.some(([name]) => name === policy),
  );
  return [
    table(style, head, rows, { right: [3] }),
    ...missing.map(
      (policy) => `  ${policy.padEnd(8)}  ${policy === "applied" ? "no apply is known" : "none"}`,
    ),
    `  in AWS    ${inAwsText(replayed)}`,
  ]
    .filter((line) => line !== "")
    .join("\n");
}

function permissions(style: Style, replayed: ReplayedRole): string | null {
  const { replay, options, asked, events } = replayed;
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
    `  ${end} (${replay.counts}, version ${replay.version} of ${events.length}):`,
    "",
    table(style, head, rows, { shrink: { column: 2, keep: "end" } }),
    ...(more > 0 ? [`    … ${more} more: npx plp replay ${asked}${repeated(options)} --all`] : []),
    ...(rows.some(([sign]) => sign !== "") ? ["    + new on that day"] : []),
    "",
  ].join("\n");
}

/** The options of this question, as they are written again. */
function repeated({ at, version }: ReplayOptions): string {
  if (version !== undefined) return ` --version ${version}`;
  if (at === undefined) return "";
  return ` --at ${at.isDay ? at.from.slice(0, 10) : at.to}`;
}

function evidenceText({ basis, evidence }: ReplayedPermission): string {
  if (basis === "inferred") return "inferred";
  if (evidence === null) return "stood there";
  return evidence.count === null ? "seen or tried" : plural(evidence.count, "call");
}

function notes(replayed: ReplayedRole): string {
  const { replay, changes, events, asked, options } = replayed;
  const at = (time: string) => shortTime(time, new Date());
  const gaps = replay.gaps.map(({ from, to, reason, coveredBy }) => {
    const later = coveredBy === null ? "" : `; covered later (version ${coveredBy})`;
    return `${at(from)} to ${at(to)}: ${reason}${later}`;
  });
  const day = changes.map(
    (event) => `${event.occurredAt.slice(11, 16)} version ${event.version}, ${eventText(event)}`,
  );
  const hash = replay.hash === null ? "" : `; version ${replay.version} = ${replay.hash.slice(0, 8)}`;
  return [
    ...noted("Also on the role", [boundaryText(replay)]),
    ...noted("Not covered", ["service control, resource and session policies"]),
    ...noted("Two people", peopleText(replay)),
    ...noted("Evidence gaps", gaps),
    ...noted("On that day", day),
    ...noted("Proof", [
      `${plural(events.length, "event")}, chain unbroken${hash}: npx plp verify ${asked} --git DIR`,
    ]),
    ...noted("Next", nextSteps(asked, options)),
  ].join("\n");
}

const WIDTH = 18;

/** Lines under one heading, which the first of them bears. */
function noted(heading: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `  ${(index === 0 ? heading : "").padEnd(WIDTH)}${line}`);
}

function peopleText({ hands, counts }: Replay): readonly string[] {
  if (hands === null)
    return counts === "applied" ? ["not known: what AWS has came by no merge that PLP saw"] : [];
  const name = (person: { readonly username: string; readonly id: number } | null) =>
    person === null ? "somebody" : `${person.username} (${person.id})`;
  const answer = { true: "yes", false: "no", null: "not known" }[`${areTwoPeople(hands)}`];
  return [`${answer}: merged by ${name(hands.merged)}, applied by ${name(hands.applied)}`];
}

function nextSteps(asked: string, { at }: ReplayOptions): readonly string[] {
  const day = at?.from.slice(0, 10);
  const changes = day === undefined ? [] : [`npx plp changes ${asked} --from ${day} --to ${day}`];
  return [...changes, `npx plp export ${asked}   (what an auditor can check)`];
}
