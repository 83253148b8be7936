import { stat } from "node:fs/promises";
import { relative } from "node:path";
import { messageOf, permanent } from "@plp/runtime/errors";
import { type AnalyzedRole, analyzedRole } from "./analyzed-role.ts";
import type { Tally } from "./counting/tally.ts";
import { answersOf, countersByRole, type Usage } from "./counting/usage.ts";
import { type MappingVersion, mappingVersion } from "./mapping/tables/version.ts";
import { whileBusy } from "./reading/busy.ts";
import { listLogFiles } from "./reading/folder.ts";
import { readLogs } from "./reading/read-logs.ts";
import { resumedFrom } from "./reading/resume.ts";
import type { BadFile } from "./types.ts";

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

/** Every log file below a folder, on every core where there are many. */
async function readTally(
  options: AnalyzeOptions,
): Promise<{ readonly tally: Tally; readonly files: Analysis["files"] }> {
  await checkFolder(options.dir);
  const { wants } = options;
  const listing = await listLogFiles(options.dir);
  const files =
    wants === undefined ? listing.files : listing.files.filter((path) => wants(relative(options.dir, path)));
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
  return { tally, files: { ...read, bytes, bad: named } };
}

/**
 * Reads every log file below a folder, on every core where there are many. A bad file never stops the rest. Throws
 * `logs-missing` when there is no such folder. For those that need more than `analyzeFolder` tells.
 */
export async function readFolder(
  options: AnalyzeOptions,
): Promise<{ usage: Omit<Usage, "add" | "newest">; files: Analysis["files"] }> {
  const { tally, files } = await readTally(options);
  return { usage: answersOf(() => tally), files };
}

/** What each role used, by the logs below a folder: the answer of `plp analyze`. */
export function analyzeFolder(options: AnalyzeOptions): Promise<Analysis> {
  return whileBusy(async () => {
    const { tally, files } = await readTally(options);
    const { records, duplicates, outsideWindow, matched } = tally.counts;
    return {
      files,
      events: { records, duplicates, outsideWindow, matched },
      roles: countersByRole(tally).map((role) => analyzedRole(role, options.suggest === true)),
      mapping: mappingVersion,
    };
  });
}
