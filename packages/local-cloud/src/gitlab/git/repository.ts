import { type Commit, isBranchName, isSafePath, parseCommit } from "./commits.ts";
import { type Comparer, comparer } from "./diff.ts";
import { pathHistory } from "./history.ts";
import { type ObjectReader, objectReader } from "./objects.ts";
import { git, tryGit } from "./process.ts";

export interface TreeEntry {
  readonly id: string;
  readonly name: string;
  readonly type: "blob" | "tree" | "commit";
  readonly path: string;
  readonly mode: string;
}

export interface Blob {
  readonly id: string;
  readonly content: Buffer;
}

/** A bare repository on disk. Names and paths may come from outside: what is no name of anything is `null`. */
export interface Repository {
  readonly directory: string;
  readonly objects: ObjectReader;
  readonly comparer: Comparer;
  /** The commit of a branch, tag, full or short id, or HEAD. */
  resolve(ref: string): Promise<string | null>;
  branchHead(name: string): Promise<string | null>;
  branches(): Promise<readonly { readonly name: string; readonly head: string }[]>;
  commit(id: string): Promise<Commit | null>;
  blob(commit: string, path: string): Promise<Blob | null>;
  entry(commit: string, path: string): Promise<TreeEntry | null>;
  /** Null when the path is no folder. */
  tree(commit: string, path: string, recursive: boolean): Promise<readonly TreeEntry[] | null>;
  lastCommit(commit: string, path: string): Promise<string>;
  commits(range: string, path: string | null, skip: number, max: number): Promise<readonly Commit[]>;
  count(range: string, path: string | null): Promise<number>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Sets a reference if it still is what it was (null = absent); false when it no longer is. */
  updateRef(ref: string, to: string | null, from: string | null): Promise<boolean>;
  stop(): void;
}

const fullId = /^[0-9a-f]{40}$/;

export function openRepository(directory: string): Repository {
  const objects = objectReader(directory);
  const listings = new Map<string, Promise<ReadonlyMap<string, TreeEntry>>>();

  async function resolve(ref: string): Promise<string | null> {
    const names = fullId.test(ref) ? [ref] : [];
    if (ref === "HEAD") names.push("HEAD");
    if (isBranchName(ref.replace(/^refs\/(heads|tags)\//, ""))) {
      names.push(...(ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`]));
    }
    if (/^[0-9a-f]{7,39}$/.test(ref)) names.push(ref);
    for (const name of names) {
      const found = await objects.info(`${name}^{commit}`);
      if (found?.type === "commit") return found.id;
    }
    return null;
  }

  async function commit(id: string): Promise<Commit | null> {
    const found = await objects.contents(id);
    return found?.type === "commit" ? parseCommit(found.id, found.content.toString("utf8")) : null;
  }

  /** All entries of a commit by path. A round reads most files of one commit, so one listing serves them all. */
  function listing(at: string): Promise<ReadonlyMap<string, TreeEntry>> {
    let listed = listings.get(at);
    if (listed === undefined) {
      const lines = git(directory, ["ls-tree", "-r", "-t", "-z", at]);
      listed = lines.then((output) => new Map(parseTree(output).map((entry) => [entry.path, entry])));
      const [oldest] = listings.keys();
      if (listings.size >= 20 && oldest !== undefined) listings.delete(oldest);
      listings.set(at, listed);
      listed.catch(() => listings.delete(at));
    }
    return listed;
  }

  async function entry(at: string, path: string): Promise<TreeEntry | null> {
    return isSafePath(path) ? ((await listing(at)).get(path) ?? null) : null;
  }

  async function tree(at: string, path: string, recursive: boolean): Promise<readonly TreeEntry[] | null> {
    if (path !== "" && (await entry(at, path))?.type !== "tree") return null;
    const prefix = path === "" ? "" : `${path}/`;
    const inside = [...(await listing(at)).values()].filter((one) => one.path.startsWith(prefix));
    return recursive ? inside : inside.filter((one) => !one.path.includes("/", prefix.length));
  }

  const pathArgs = (path: string | null) => (path === null ? ["--"] : ["--", `:(literal)${path}`]);

  return {
    directory,
    objects,
    comparer: comparer(directory),
    resolve,
    branchHead: async (name) =>
      isBranchName(name) ? ((await objects.info(`refs/heads/${name}^{commit}`))?.id ?? null) : null,
    branches: async () => {
      const listed = await git(directory, [
        "for-each-ref",
        "--format=%(objectname) %(refname)",
        "refs/heads/",
      ]);
      return listed
        .split("\n")
        .filter(Boolean)
        .map((line) => ({ head: line.slice(0, 40), name: line.slice(41 + "refs/heads/".length) }));
    },
    commit,
    blob: async (at, path) => {
      const listed = await entry(at, path);
      const found = listed?.type === "blob" ? await objects.contents(listed.id) : null;
      return found === null ? null : { id: found.id, content: found.content };
    },
    entry,
    tree,
    lastCommit: pathHistory(directory),
    commits: async (range, path, skip, max) => {
      const args = [
        "rev-list",
        `--skip=${skip}`,
        `--max-count=${max}`,
        ...range.split(" "),
        ...pathArgs(path),
      ];
      const ids = (await git(directory, args)).split("\n").filter(Boolean);
      const found = await Promise.all(ids.map(commit));
      return found.filter((one) => one !== null);
    },
    count: async (range, path) =>
      Number((await git(directory, ["rev-list", "--count", ...range.split(" "), ...pathArgs(path)])).trim()),
    isAncestor: async (ancestor, descendant) =>
      (await tryGit(directory, ["merge-base", "--is-ancestor", ancestor, descendant])).code === 0,
    updateRef: async (ref, to, from) => {
      const args = to === null ? ["-d", ref, from ?? ""] : [ref, to, from ?? "0".repeat(40)];
      return (await tryGit(directory, ["update-ref", "--no-deref", ...args])).code === 0;
    },
    stop: () => objects.stop(),
  };
}

function parseTree(output: string): TreeEntry[] {
  return output
    .split("\0")
    .filter(Boolean)
    .map((line) => {
      const tab = line.indexOf("\t");
      const [mode = "", type = "blob", id = ""] = line.slice(0, tab).split(" ");
      const path = line.slice(tab + 1);
      return { id, name: path.slice(path.lastIndexOf("/") + 1), type: type as TreeEntry["type"], path, mode };
    });
}
