import { type Analysis, type AnalyzedRole, analyzeFolder } from "@plp/cloudtrail";
import { folderOf, logsFolder } from "../bucket/logs-folder.ts";
import { badFiles, progressOn } from "../logs.ts";
import type { Given } from "../moment.ts";
import { shortTime } from "../moment.ts";
import { type Answer, plural, remark, type Style, type Terminal, table } from "../output.ts";
import { resourceText } from "../render/permission.ts";

export interface AnalyzeRequest {
  /** A folder, or s3://BUCKET/FOLDER. */
  readonly cloudtrail: string;
  /** Folder in which logs of a bucket are kept. */
  readonly mirror: string;
  readonly roles: readonly string[];
  readonly since?: Given | undefined;
  readonly until?: Given | undefined;
  /** Also what Terraform will need later. */
  readonly suggest?: boolean | undefined;
  /** File in which progress is kept. */
  readonly resume?: string | undefined;
}

/** `plp analyze`: what each role used, by the CloudTrail logs of a folder or bucket. Exit 1 when a file could not be read. */
export async function analyze(request: AnalyzeRequest, terminal: Terminal): Promise<Answer> {
  const { cloudtrail, roles, since, until, suggest = false, resume, mirror } = request;
  const logs = await logsFolder(cloudtrail, { since: since?.from, until: until?.to, mirror }, terminal);
  const progress = progressOn(terminal);
  const found = await analyzeFolder({
    ...folderOf(logs),
    suggest,
    ...(resume === undefined ? {} : { resume }),
    onRestart: (reason) => remark(terminal, `plp: ${resume} is begun anew: ${reason}`),
    ...(roles.length > 0 ? { roles } : {}),
    ...(since === undefined ? {} : { since: Date.parse(since.from) }),
    ...(until === undefined ? {} : { until: Date.parse(until.to) }),
    ...(progress === null ? {} : { onProgress: progress.show }),
  }).finally(() => progress?.clear());
  const analysis = { ...found, files: { ...found.files, bad: [...logs.bad, ...found.files.bad] } };
  for (const arn of roles.filter((wanted) => !analysis.roles.some(({ roleArn }) => roleArn === wanted)))
    remark(terminal, `plp: no call of ${arn} is in these logs`);
  return {
    json: analysis,
    people: (style) => text(style, analysis, roles.length > 0),
    exit: analysis.files.bad.length > 0 ? 1 : 0,
  };
}

function text(style: Style, { files, events, roles }: Analysis, inDetail: boolean): string {
  const lines = [
    `${plural(files.read, "file")}, ${plural(events.records, "record")}: ${plural(events.matched, "call")} of ${plural(roles.length, "role")}, ${plural(events.duplicates, "duplicate")}, ${events.outsideWindow} outside the time asked for.`,
  ];
  if (files.bad.length > 0) lines.push("", ...badFiles(style, files.bad));
  const rows = roles.map((role) => [
    role.roleArn,
    String(role.events),
    String(role.actions.length),
    String(role.denied.length),
    String(role.unmapped.length),
    shortTime(role.lastSeen, new Date()),
  ]);
  const head = ["role", "calls", "actions", "denied", "unmapped", "last (utc)"];
  if (rows.length > 0)
    lines.push("", table(style, head, rows, { right: [1, 2, 3, 4], shrink: { column: 0, keep: "end" } }));
  if (inDetail || roles.length === 1) lines.push(...roles.map((role) => details(style, role)));
  else if (rows.length > 0)
    lines.push("", "  One role in detail: --role ARN. Everything, with a policy each: --json");
  return lines.join("\n");
}

const MOST_RESOURCES = 3;

function details(style: Style, { roleArn, actions, denied, unmapped, suggested = [] }: AnalyzedRole): string {
  const rows = [
    ...actions.map(({ action, resources, count, inferred, lastSeen }) => [
      "",
      action,
      String(count),
      shortTime(lastSeen, new Date()),
      `${resourcesText(resources)}${inferred ? " (inferred)" : ""}`,
    ]),
    ...denied.map(({ action, resources, count, reason, lastSeen }) => [
      style.warn("denied"),
      action,
      String(count),
      shortTime(lastSeen, new Date()),
      `${resourcesText(resources)} (by ${reason === "unknown" ? "a policy that is not told" : reason})`,
    ]),
    ...unmapped.map(({ eventSource, eventName, count }) => [
      style.warn("unmapped"),
      `${eventSource} ${eventName}`,
      String(count),
      "",
      "no action of AWS's list is known for it",
    ]),
    ...suggested.map(({ action, resource, why }) => [
      style.dim("later"),
      action,
      "",
      "",
      `${resourcesText(resource === null ? [] : [resource])} (${why})`,
    ]),
  ];
  return `\n${style.bold(roleArn)}\n\n${table(style, ["", "action", "calls", "last (utc)", "on"], rows, { right: [2] })}`;
}

function resourcesText(resources: readonly string[]): string {
  if (resources.length === 0) return "not told";
  const shown = resources.slice(0, MOST_RESOURCES).map((resource) => resourceText(resource));
  const more = resources.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
