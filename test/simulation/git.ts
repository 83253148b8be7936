import { createHash } from "node:crypto";

export interface SimulatedCommit {
  readonly sha: string;
  readonly parent: string | null;
  /** Who made it; the bot is one of them. */
  readonly author: string;
  readonly message: string;
  readonly tree: ReadonlyMap<string, string>;
}

const sha1 = (...parts: readonly string[]) => createHash("sha1").update(JSON.stringify(parts)).digest("hex");
const blobs = new Map<string, string>();

export function blobOf(content: string): string {
  const known = blobs.get(content) ?? sha1("blob", content);
  if (blobs.size < 10_000) blobs.set(content, known);
  return known;
}

/** A repository with content-addressed commits: branches point at them, and nothing ever changes one. */
export function gitRepository(files: ReadonlyMap<string, string>) {
  const commits = new Map<string, SimulatedCommit>();
  const branches = new Map<string, string>();

  function add(given: Omit<SimulatedCommit, "sha">, at: number): SimulatedCommit {
    const tree = [...given.tree].sort(([a], [b]) => (a < b ? -1 : 1));
    const contents = tree.map(([path, content]) => `${path} ${blobOf(content)}`);
    const sha = sha1(given.parent ?? "", given.author, given.message, String(at), ...contents);
    const commit = { ...given, sha };
    commits.set(sha, commit);
    return commit;
  }

  const first = add({ parent: null, author: "founder", message: "first", tree: files }, 0);
  branches.set("main", first.sha);

  function commit(sha: string): SimulatedCommit {
    const found = commits.get(sha);
    if (found === undefined) throw new Error(`the simulated repository has no commit ${sha}`);
    return found;
  }

  function head(branch: string): SimulatedCommit | null {
    const sha = branches.get(branch);
    return sha === undefined ? null : commit(sha);
  }

  function lineOf(sha: string): SimulatedCommit[] {
    const line: SimulatedCommit[] = [];
    for (let at: string | null = sha; at !== null; at = commit(at).parent) line.push(commit(at));
    return line;
  }

  return {
    commit,
    head,
    lineOf,
    has: (sha: string) => commits.has(sha),
    all: () => [...commits.values()],
    remove: (branch: string) => branches.delete(branch),
    /** One commit on `base` becomes the head of the branch; a null content removes the file. */
    commitOn(
      branch: string,
      base: string,
      made: { readonly author: string; readonly message: string; readonly at: number },
      changes: Iterable<readonly [string, string | null]>,
    ): SimulatedCommit {
      const tree = new Map(commit(base).tree);
      for (const [path, content] of changes) content === null ? tree.delete(path) : tree.set(path, content);
      const { author, message, at } = made;
      const created = add({ parent: base, author, message, tree }, at);
      branches.set(branch, created.sha);
      return created;
    },
    /** What one commit changed against its parent. */
    changesOf(sha: string): Map<string, string | null> {
      const { parent, tree } = commit(sha);
      return difference(parent === null ? new Map() : commit(parent).tree, tree);
    },
    /** The tree of a merge, or null where both sides changed a file. */
    merged(ours: string, theirs: string): Map<string, string | null> | null {
      const known = new Set(lineOf(ours).map(({ sha }) => sha));
      const base = lineOf(theirs).find(({ sha }) => known.has(sha))?.tree ?? new Map<string, string>();
      const here = difference(base, commit(ours).tree);
      const there = difference(base, commit(theirs).tree);
      const clash = [...there].some(([path, content]) => here.has(path) && here.get(path) !== content);
      return clash ? null : there;
    },
  };
}

export type GitRepository = ReturnType<typeof gitRepository>;

function difference(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Map<string, string | null> {
  const changed = new Map<string, string | null>();
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const content = after.get(path);
    if (before.get(path) !== content) changed.set(path, content ?? null);
  }
  return changed;
}
