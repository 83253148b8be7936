import { readFolder } from "@plp/cloudtrail";
import {
  type Backtest,
  type BacktestLine,
  backtest,
  type Policy,
  parseParts,
  roleContext,
  usedOf,
} from "@plp/iam-policy";
import { folderOf, logsFolder } from "../bucket/logs-folder.ts";
import { checkRoleArn, policyIn, textOf } from "../input.ts";
import { badFiles, progressOn } from "../logs.ts";
import { shortTime } from "../moment.ts";
import { type Answer, plural, remark, type Style, type Terminal, table } from "../output.ts";
import { REASONS } from "../render/backtest.ts";
import { conditionText, resourceText } from "../render/permission.ts";

export interface BacktestRequest {
  /** The parts of the policy. */
  readonly policy: readonly string[];
  readonly boundary?: string | undefined;
  /** A folder, or s3://BUCKET/FOLDER. */
  readonly cloudtrail: string;
  /** Folder in which logs of a bucket are kept. */
  readonly mirror: string;
  readonly role: string;
}

/** `plp backtest`: which recorded calls of a role a policy would deny. Exit 1 when one would, or a file is unreadable. */
export async function backtestPolicy(request: BacktestRequest, terminal: Terminal): Promise<Answer> {
  const { cloudtrail, role, mirror } = request;
  checkRoleArn(role);
  const policy = await policyOf(request.policy);
  const boundary = request.boundary === undefined ? null : await policyIn(request.boundary);
  const logs = await logsFolder(cloudtrail, { mirror }, terminal);
  const progress = progressOn(terminal);
  const { usage, files: read } = await readFolder({
    ...folderOf(logs),
    roles: [role],
    ...(progress === null ? {} : { onProgress: progress.show }),
  }).finally(() => progress?.clear());
  const files = { ...read, bad: [...logs.bad, ...read.bad] };
  const found = usage.roles().find(({ roleArn }) => roleArn === role);
  if (found === undefined) remark(terminal, `plp: no call of ${role} is in these logs`);
  const context = roleContext(role);
  const used = (found?.permissions ?? []).flatMap((permission) => usedOf(permission, context));
  const result = backtest({ policy, boundary, used, unmapped: found?.unmapped ?? [] });
  const isClean = files.bad.length === 0 && result.wouldBeDenied.length === 0;
  return {
    json: { ...result, files },
    people: (style) => [...text(style, result), ...badFiles(style, files.bad)].join("\n"),
    exit: isClean ? 0 : 1,
  };
}

async function policyOf(files: readonly string[]): Promise<Policy> {
  const parts: { path: string; text: string }[] = [];
  for (const path of files) parts.push({ path, text: await textOf(path) });
  return parseParts(parts).policy;
}

function text(style: Style, { calls, allowed, wouldBeDenied, undecided }: Backtest): readonly string[] {
  const denied = wouldBeDenied.reduce((sum, { count }) => sum + count, 0);
  const open = calls - allowed - denied;
  const say = denied > 0 ? style.bad : style.good;
  return [
    `${say(`${denied.toLocaleString("en-US")} of ${plural(calls, "call")} would have been denied.`)}${open > 0 ? ` ${style.warn(`${plural(open, "call")} cannot be decided.`)}` : ""}`,
    ...lines(style, "denied", wouldBeDenied),
    ...lines(style, "cannot tell", undecided),
  ];
}

const MOST_LINES = 40;

function lines(style: Style, title: string, all: readonly BacktestLine[]): readonly string[] {
  if (all.length === 0) return [];
  const rows = all
    .slice(0, MOST_LINES)
    .map(({ action, resource, condition, count, lastSeen, reason }) => [
      [action, conditionText(condition)].filter((part) => part !== "").join("\n  "),
      resource === null ? "not told" : resourceText(resource),
      count.toLocaleString("en-US"),
      lastSeen === null ? "·" : shortTime(lastSeen, new Date()),
      REASONS[reason],
    ]);
  return [
    "",
    table(style, [title, "on", "calls", "last (utc)", "why"], rows, {
      right: [2],
      shrink: { column: 1, keep: "end" },
    }),
    ...(all.length > MOST_LINES ? [`  … ${all.length - MOST_LINES} more: --json`] : []),
  ];
}
