import { git, tryGit } from "./process.ts";

/** One file of a difference, in GitLab's words; `diff` begins at the first `@@`. */
export interface FileDiff {
  readonly old_path: string;
  readonly new_path: string;
  readonly a_mode: string;
  readonly b_mode: string;
  readonly new_file: boolean;
  readonly renamed_file: boolean;
  readonly deleted_file: boolean;
  readonly generated_file: boolean;
  readonly diff: string;
}

export interface Merge {
  /** The tree of the merge; meaningless when it conflicts. */
  readonly tree: string;
  readonly conflicts: boolean;
}

/** Comparisons of commits by id. What two ids say of each other never changes, so answers are remembered. */
export interface Comparer {
  files(from: string | null, to: string): Promise<readonly FileDiff[]>;
  mergeBase(one: string, other: string): Promise<string | null>;
  merge(ours: string, theirs: string): Promise<Merge>;
  stats(from: string | null, to: string): Promise<{ additions: number; deletions: number; total: number }>;
}

/** The tree of no files, which every repository knows. */
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

export function comparer(directory: string): Comparer {
  return {
    files: remembered(async (from, to) => {
      const args = [
        "diff",
        "--raw",
        "-p",
        "-z",
        "-M",
        "--no-abbrev",
        "--no-color",
        "--no-ext-diff",
        from,
        to,
        "--",
      ];
      return parseDiff(await git(directory, args));
    }),
    mergeBase: remembered(async (one, other) => {
      const { code, stdout } = await tryGit(directory, ["merge-base", one, other]);
      return code === 0 ? stdout.trim() : null;
    }),
    merge: remembered(async (ours, theirs) => {
      const { code, stdout, stderr } = await tryGit(directory, ["merge-tree", "--write-tree", ours, theirs]);
      if (code !== 0 && code !== 1) throw new Error(`git merge-tree ended with ${code}: ${stderr.trim()}`);
      return { tree: stdout.slice(0, 40), conflicts: code === 1 };
    }),
    stats: remembered(async (from, to) => {
      const output = await git(directory, ["diff", "--numstat", "-z", "--no-renames", from, to, "--"]);
      let additions = 0;
      let deletions = 0;
      for (const line of output.split("\0").filter(Boolean)) {
        const [added = "0", removed = "0"] = line.split("\t");
        additions += Number(added) || 0;
        deletions += Number(removed) || 0;
      }
      return { additions, deletions, total: additions + deletions };
    }),
  };
}

function remembered<T>(
  compute: (one: string, other: string) => Promise<T>,
): (one: string | null, other: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (one, other) => {
    const key = `${one ?? emptyTree} ${other}`;
    let answer = answers.get(key);
    if (answer === undefined) {
      if (answers.size > 500) answers.clear();
      answer = compute(one ?? emptyTree, other);
      answers.set(key, answer);
      answer.catch(() => answers.delete(key));
    }
    return answer;
  };
}

/** Reads `git diff --raw -p -z`: the raw entries, an empty token, then the patch, one part per entry in order. */
export function parseDiff(output: string): FileDiff[] {
  const entries: Omit<FileDiff, "diff">[] = [];
  let position = 0;
  const token = () => {
    const end = output.indexOf("\0", position);
    const text = output.slice(position, end < 0 ? output.length : end);
    position = end < 0 ? output.length : end + 1;
    return text;
  };
  while (output[position] === ":") {
    const [aMode = "", bMode = "", , , status = ""] = token().slice(1).split(" ");
    const oldPath = token();
    const renamed = /^[RC]/.test(status);
    entries.push({
      old_path: oldPath,
      new_path: renamed ? token() : oldPath,
      a_mode: aMode === "000000" ? "0" : aMode,
      b_mode: bMode === "000000" ? "0" : bMode,
      new_file: status === "A",
      renamed_file: status.startsWith("R"),
      deleted_file: status === "D",
      generated_file: false,
    });
  }
  const patches = output
    .slice(position)
    .replace(/^\0/, "")
    .split(/^diff --git /m)
    .slice(1);
  return entries.map((entry, index) => ({ ...entry, diff: hunks(patches[index] ?? "") }));
}

function hunks(patch: string): string {
  const start = patch.search(/^(@@|Binary files )/m);
  return start < 0 ? "" : patch.slice(start);
}
