import { statSync } from "node:fs";
import { join, relative } from "node:path";
import type { Scope } from "../counting/take.ts";
import { mappingVersion } from "../mapping/tables/version.ts";
import { type FileMark, loadProgress, saveProgress } from "./progress-file.ts";
import type { ReadOptions, ReadSoFar } from "./read-logs.ts";

interface Resumed {
  /** Those that were read by an earlier run first. */
  readonly paths: readonly string[];
  readonly soFar: ReadSoFar | null;
  readonly keep: NonNullable<ReadOptions["keep"]>;
}

function markOf(dir: string, path: string): FileMark {
  const found = statSync(path, { throwIfNoEntry: false });
  return { path: relative(dir, path), size: found?.size ?? -1, changedAt: found?.mtimeMs ?? -1 };
}

/**
 * Goes on from what `file` tells of an earlier run over the same folder, if all that was read then is still there as
 * it was; else `onRestart` is told why everything is read anew. Throws `resume-unusable` for a file of another question.
 */
export async function resumedFrom(
  file: string,
  dir: string,
  files: readonly string[],
  { roles, since, until }: Scope,
  onRestart: (reason: string) => void,
): Promise<Resumed> {
  const sorted = roles === undefined ? null : [...roles].sort();
  const question = JSON.stringify([mappingVersion, sorted, since ?? null, until ?? null]);
  const saved = await loadProgress(file, question);
  const now = new Map(files.map((path) => [relative(dir, path), path]));
  const changed = saved?.marks.find(({ path, size, changedAt }) => {
    const mark = now.has(path) ? markOf(dir, join(dir, path)) : null;
    return mark?.size !== size || mark.changedAt !== changedAt;
  });
  if (changed !== undefined) {
    onRestart(`${changed.path} was changed or is gone since it was read`);
  }
  const good = changed === undefined ? saved : null;
  const before = good?.marks.map(({ path }) => join(dir, path)) ?? [];
  const known = new Set(before);
  const paths = [...before, ...files.filter((path) => !known.has(path))];
  const marks = [...(good?.marks ?? []), ...paths.slice(before.length).map((path) => markOf(dir, path))];
  return {
    paths,
    soFar: good?.soFar ?? null,
    keep: (soFar) => saveProgress(file, question, { marks: marks.slice(0, soFar.files), soFar }),
  };
}
