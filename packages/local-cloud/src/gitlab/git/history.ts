import type { ObjectReader } from "./objects.ts";
import { git } from "./process.ts";

interface Step {
  readonly parents: readonly string[];
  /** What a commit with one parent, or none, changed; for a merge empty, the blobs tell. */
  readonly changed: ReadonlySet<string>;
}

/**
 * The last commit that changed a path, as `git log -1 <commit> -- <path>` would say, but from one walk that all paths
 * share: a round reads thousands of files, and a process for each would take most of its time.
 */
export function pathHistory(directory: string, objects: ObjectReader) {
  const steps = new Map<string, Step>();

  async function stepOf(commit: string): Promise<Step> {
    const known = steps.get(commit);
    if (known !== undefined) return known;
    const args = [
      "log",
      "-n",
      "500",
      "-z",
      "--root",
      "--no-renames",
      "--name-only",
      "--format=%x01%H %P",
      commit,
      "--",
    ];
    for (const [id, step] of parseLog(await git(directory, args))) if (!steps.has(id)) steps.set(id, step);
    const step = steps.get(commit);
    if (step === undefined) throw new Error(`git log does not show ${commit}`);
    return step;
  }

  async function blobAt(commit: string, path: string): Promise<string | null> {
    return (await objects.info(`${commit}:${path}`))?.id ?? null;
  }

  return async function lastCommit(from: string, path: string): Promise<string> {
    let commit = from;
    for (;;) {
      const { parents, changed } = await stepOf(commit);
      const [first, ...others] = parents;
      if (first === undefined) return commit;
      if (others.length === 0) {
        if (changed.has(path)) return commit;
        commit = first;
        continue;
      }
      const here = await blobAt(commit, path);
      let same: string | undefined;
      for (const parent of parents) {
        if ((await blobAt(parent, path)) === here) {
          same = parent;
          break;
        }
      }
      if (same === undefined) return commit;
      commit = same;
    }
  };
}

export function parseLog(output: string): Map<string, Step> {
  const steps = new Map<string, Step>();
  let changed = new Set<string>();
  for (const token of output.split("\0")) {
    if (token.startsWith("\u0001")) {
      const [id = "", ...parents] = token.slice(1).trim().split(" ");
      changed = new Set();
      steps.set(id, { parents, changed });
    } else if (token !== "" && token !== "\n") {
      changed.add(changed.size === 0 ? token.replace(/^\n/, "") : token);
    }
  }
  return steps;
}
