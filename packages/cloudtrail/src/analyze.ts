import { stat } from "node:fs/promises";
import { relative } from "node:path";
import { type Addition, emptyPolicy, mergePolicy, type PolicyDocument, toDocument } from "@plp/iam-policy";
import { messageOf, permanent } from "@plp/runtime/errors";
import { listLogFiles } from "./folder.ts";
import { readLogs } from "./read-logs.ts";
import { resumedFrom } from "./resume.ts";
import { type Suggestion, suggestionsOf } from "./suggestions.ts";
import { type MappingVersion, mappingVersion } from "./tables/version.ts";
import type { BadFile, DeniedBy, UnmappedCall, UsageExample, UsagePermission } from "./types.ts";
import { answersOf, type RoleUse, type Usage } from "./usage.ts";

export interface Progress {
  readonly filesRead: number;
  readonly files: number;
  readonly records: number;
  /** Records a second since the beginning. */
  readonly perSecond: number;
  /** By the files so far; null before the first. */
  readonly secondsLeft: number | null;
}

export interface AnalyzeOptions {
  readonly dir: string;
  readonly roles?: readonly string[];
  /** Milliseconds since 1970, both included. */
  readonly since?: number;
  readonly until?: number;
  /** Which of the files, by their path below the folder; all when absent. */
  readonly wants?: (path: string) => boolean;
  /** Tells what Terraform will need later for what a role made; off by default. */
  readonly suggest?: boolean;
  readonly onProgress?: (progress: Progress) => void;
  /**
   * A file in which what was read is kept now and then: a run that was interrupted goes on from there, and one that
   * ended reads only what is new.
   */
  readonly resume?: string;
  /** Told when that file is of no use, because logs of which it tells are gone or were changed. */
  readonly onRestart?: (reason: string) => void;
}

export interface AnalyzedAction {
  readonly action: string;
  /** Empty where no record told the resource. */
  readonly resources: readonly string[];
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly inferred: boolean;
  /** The earliest three at most. */
  readonly examples: readonly UsageExample[];
}

export interface DeniedAction {
  readonly action: string;
  readonly resources: readonly string[];
  readonly count: number;
  readonly lastSeen: string;
  readonly reason: DeniedBy;
  readonly examples: readonly UsageExample[];
}

export interface AnalyzedRole {
  readonly roleArn: string;
  readonly accountId: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly events: number;
  readonly actions: readonly AnalyzedAction[];
  readonly denied: readonly DeniedAction[];
  readonly unmapped: readonly UnmappedCall[];
  /** Only where it was asked for; never part of the policy. */
  readonly suggested?: readonly Suggestion[];
  readonly policy: PolicyDocument;
}

/** What `plp analyze --json` prints. */
export interface Analysis {
  readonly files: {
    readonly read: number;
    /** Of these, how many an earlier run had read already. */
    readonly resumed?: number;
    readonly bytes: number;
    readonly bad: readonly BadFile[];
  };
  readonly events: {
    readonly records: number;
    readonly duplicates: number;
    readonly outsideWindow: number;
    readonly matched: number;
  };
  readonly roles: readonly AnalyzedRole[];
  /** Of the tables that turned calls into actions. */
  readonly mapping: MappingVersion;
}

function groups(
  permissions: readonly UsagePermission[],
): readonly (readonly [UsagePermission, ...UsagePermission[]])[] {
  const seen = new Map<string, [UsagePermission, ...UsagePermission[]]>();
  const inferred = new Map<string, [UsagePermission, ...UsagePermission[]]>();
  const all: [UsagePermission, ...UsagePermission[]][] = [];
  for (const permission of permissions) {
    const byAction = permission.inferred ? inferred : seen;
    const group = byAction.get(permission.action);
    if (group === undefined) {
      const started: [UsagePermission] = [permission];
      byAction.set(permission.action, started);
      all.push(started);
    } else {
      group.push(permission);
    }
  }
  return all;
}

const told = (permissions: readonly UsagePermission[]) =>
  [...new Set(permissions.flatMap(({ resource }) => resource ?? []))].sort();
const mostExamples = 3;
/** Times with and without a fraction are in the order of their texts only up to here. */
const secondOf = (time: string) => time.slice(0, "2026-03-02T10:00:00".length);
const isBefore = (a: UsageExample, b: UsageExample) =>
  a.eventTime < b.eventTime || (a.eventTime === b.eventTime && a.eventID < b.eventID);

/** The earliest; of those of one event the first that came. */
function examplesOf(permissions: readonly UsagePermission[], denied: boolean): readonly UsageExample[] {
  const earliest: UsageExample[] = [];
  for (const permission of permissions) {
    const latest = earliest[mostExamples - 1];
    // None of its examples is from before it was first seen.
    if (latest !== undefined && secondOf(permission.first) > secondOf(latest.eventTime)) continue;
    for (const example of permission.examples) {
      const last = earliest[mostExamples - 1];
      if ((example.denied === true) !== denied || (last !== undefined && !isBefore(example, last))) continue;
      const index = earliest.findIndex((one) => isBefore(example, one));
      earliest.splice(index === -1 ? earliest.length : index, 0, example);
      if (earliest.length > mostExamples) earliest.pop();
    }
  }
  return earliest;
}
const earliest = (times: readonly string[]) => times.reduce((a, b) => (b < a ? b : a));
const latest = (times: readonly string[]) => times.reduce((a, b) => (b > a ? b : a));

/** The permissions that were authorized at least once. */
export function authorizedOf(role: RoleUse): readonly UsagePermission[] {
  return role.permissions.filter(({ authorized }) => authorized > 0);
}

/**
 * The permissions that were refused and never allowed: on that resource, or, where the record of the refusal tells
 * no resource, on any.
 */
export function deniedOf(role: RoleUse): readonly UsagePermission[] {
  const allowed = new Set(authorizedOf(role).map(({ action }) => action));
  return role.permissions.filter(
    ({ action, resource, authorized, denied }) =>
      denied > 0 && authorized === 0 && (resource !== null || !allowed.has(action)),
  );
}

/**
 * The additions that would grant what a role used: one a resource, and where the records do not tell the resource,
 * what they do tell of it, marked as widened.
 */
export function additionsOf(role: RoleUse): readonly Addition[] {
  return authorizedOf(role).flatMap((permission): Addition[] => {
    const { action, resource, patterns, condition, inferred, authorized, first, last } = permission;
    const resources = resource === null ? (patterns ?? []) : [resource];
    return resources.map((each) => ({
      action,
      resource: each,
      condition,
      basis: inferred ? "inferred" : "seen",
      widened: resource === null,
      calls: authorized,
      firstSeen: first,
      lastSeen: last,
    }));
  });
}

function analyzedRole(role: RoleUse, suggest: boolean): AnalyzedRole {
  const actions = groups(authorizedOf(role)).map((group) => ({
    action: group[0].action,
    resources: told(group),
    count: group.reduce((sum, { authorized }) => sum + authorized, 0),
    firstSeen: earliest(group.map(({ first }) => first)),
    lastSeen: latest(group.map(({ last }) => last)),
    inferred: group[0].inferred,
    examples: examplesOf(group, false),
  }));
  const denied = groups(deniedOf(role)).map((group) => ({
    action: group[0].action,
    resources: told(group),
    count: group.reduce((sum, permission) => sum + permission.denied, 0),
    lastSeen: latest(group.map(({ last }) => last)),
    reason: group.find(({ deniedBy }) => deniedBy !== "unknown")?.deniedBy ?? "unknown",
    examples: examplesOf(group, true),
  }));
  let policy: PolicyDocument | null = null;
  return {
    roleArn: role.roleArn,
    accountId: role.accountId,
    firstSeen: role.first,
    lastSeen: role.last,
    events: role.events,
    actions,
    denied,
    unmapped: role.unmapped,
    ...(suggest ? { suggested: suggestionsOf(role) } : {}),
    // Made when somebody looks: of hundreds of roles it takes longer than to read their logs.
    get policy() {
      policy ??= toDocument(mergePolicy({ old: emptyPolicy, additions: additionsOf(role) }).policy);
      return policy;
    },
  };
}

async function checkFolder(dir: string): Promise<void> {
  const found = await stat(dir).catch((cause: unknown) => {
    throw permanent(
      "logs-missing",
      `${dir} cannot be read (${messageOf(cause)}): name a folder with CloudTrail logs`,
      {
        cause,
      },
    );
  });
  if (!found.isDirectory()) {
    throw permanent("logs-missing", `${dir} is not a folder: name a folder with CloudTrail logs`);
  }
}

/**
 * Reads every log file below a folder, on every core where there are many. A bad file never stops the rest. Throws
 * `logs-missing` when there is no such folder. For those that need more than `analyzeFolder` tells.
 */
export async function readFolder(
  options: AnalyzeOptions,
): Promise<{ usage: Omit<Usage, "add" | "newest">; files: Analysis["files"] }> {
  await checkFolder(options.dir);
  const { wants = () => true } = options;
  const listing = await listLogFiles(options.dir);
  const files = listing.files.filter((path) => wants(relative(options.dir, path)));
  const { length } = files;
  const { resume, onRestart = () => {} } = options;
  const resumed =
    resume === undefined ? null : await resumedFrom(resume, options.dir, files, options, onRestart);
  const before = resumed?.soFar?.files ?? 0;
  const recordsBefore = resumed?.soFar?.tally.counts.records ?? 0;
  const begun = performance.now();
  const onRead = (filesRead: number, records: number) => {
    const seconds = Math.max(performance.now() - begun, 1) / 1_000;
    const secondsLeft = filesRead === 0 ? null : (seconds / filesRead) * (length - before - filesRead);
    options.onProgress?.({
      ...{ filesRead: before + filesRead, files: length, records: recordsBefore + records },
      ...{ perSecond: records / seconds, secondsLeft },
    });
  };
  const { tally, bytes, bad } = await readLogs(resumed?.paths ?? files, options, {
    ...(resumed === null ? {} : { keep: resumed.keep }),
    ...(resumed === null || resumed.soFar === null ? {} : { soFar: resumed.soFar }),
    onRead,
  });
  const named = [...listing.bad, ...bad].map(({ path, reason }) => ({
    path: relative(options.dir, path),
    reason,
  }));
  const read = { read: length, ...(resume === undefined ? {} : { resumed: before }) };
  return { usage: answersOf(() => tally), files: { ...read, bytes, bad: named } };
}

/** What each role used, by the logs below a folder: the answer of `plp analyze`. */
export async function analyzeFolder(options: AnalyzeOptions): Promise<Analysis> {
  const { usage, files } = await readFolder(options);
  const { records, duplicates, outsideWindow, matched } = usage.counts();
  return {
    files,
    events: { records, duplicates, outsideWindow, matched },
    roles: usage.roles().map((role) => analyzedRole(role, options.suggest === true)),
    mapping: mappingVersion,
  };
}
