import { git } from "./process.ts";

interface Step {
  readonly parents: readonly string[];
  /** What a commit with one parent, or none, changed; for a merge empty: it differs from each parent in its own way. */
  readonly changed: ReadonlySet<string>;
}

/**
 * The last commit that changed a path, as `git log -1 <commit> -- <path>` would say, but from one walk that all paths
 * share: a round reads thousands of files, and a process for each would take most of its time.
 */
export function pathHistory(directory: string) {
  const steps = new Map<string, Step>();
  const mergeChanges = new Map<string, Promise<ReadonlySet<string>>>();

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

  function changedBetween(parent: string, merge: string): Promise<ReadonlySet<string>> {
    const key = `${parent} ${merge}`;
    let changed = mergeChanges.get(key);
    if (changed === undefined) {
      const args = ["diff-tree", "-r", "-z", "--no-renames", "--name-only", parent, merge];
      changed = git(directory, args).then((output) => new Set(output.split("\0").filter(Boolean)));
      mergeChanges.set(key, changed);
      changed.catch(() => mergeChanges.delete(key));
    }
    return changed;
  }

  return async function lastCommit(from: string, path: string): Promise<string> {
    let commit = from;
    for (;;) {
      const { parents, changed } = await stepOf(commit);
      const [first, ...others] = parents;
      if (first === undefined) return commit;
      let next: string | undefined;
      if (others.length === 0) next = changed.has(path) ? undefined : first;
      else {
        // As git simplifies history: the first parent that has the same content tells the rest.
        for (const parent of parents) {
          if ((await changedBetween(parent, commit)).has(path)) continue;
          next = parent;
          break;
        }
      }
      if (next === undefined) return commit;
      commit = next;
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
