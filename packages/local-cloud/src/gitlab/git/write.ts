import { permanent } from "@plp/runtime";
import type { Signature } from "./commits.ts";
import { git } from "./process.ts";

/** What a path shall be in the new commit; null = gone. */
export type Change =
  | { readonly content: Buffer; readonly mode: "100644" | "100755" }
  | { readonly blob: string; readonly mode: string }
  | null;

export interface NewCommit {
  readonly parent: string | null;
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
  readonly changes: ReadonlyMap<string, Change>;
}

/** fast-import writes a reference; this one is hidden, and only the later update of a branch makes a commit visible. */
const staging = "refs/plp/staging";

/** Writes a commit with all its objects by one `git fast-import` and gives its id; no branch moves. */
export async function writeCommit(directory: string, commit: NewCommit): Promise<string> {
  const parts: (string | Buffer)[] = [
    `commit ${staging}\nmark :1\nauthor ${signature(commit.author)}\ncommitter ${signature(commit.committer)}\n`,
    ...data(Buffer.from(commit.message)),
    commit.parent === null ? "" : `from ${commit.parent}\n`,
  ];
  // Removals first: a folder may become a file of the same name.
  for (const [path, change] of commit.changes) if (change === null) parts.push(`D ${quoted(path)}\n`);
  for (const [path, change] of commit.changes) {
    if (change === null) continue;
    if ("blob" in change) parts.push(`M ${change.mode} ${change.blob} ${quoted(path)}\n`);
    else parts.push(`M ${change.mode} inline ${quoted(path)}\n`, ...data(change.content));
  }
  parts.push("\nget-mark :1\ndone\n");
  const reset = commit.parent === null ? `reset ${staging}\n` : "";
  const input = Buffer.concat(
    [reset, ...parts].map((part) => (typeof part === "string" ? Buffer.from(part) : part)),
  );
  const output = await git(directory, ["fast-import", "--quiet", "--force", "--done", "--date-format=raw"], {
    input,
  });
  const id = output.trim();
  if (!/^[0-9a-f]{40}$/.test(id))
    throw permanent("git", `git fast-import gave no commit: ${id.slice(0, 100)}`);
  return id;
}

/** A commit of a tree that exists already (merges, squashes). */
export async function writeTreeCommit(
  directory: string,
  tree: string,
  parents: readonly string[],
  message: string,
  by: Signature,
): Promise<string> {
  const date = `${Math.floor(Date.parse(by.at) / 1000)} +0000`;
  const env = {
    GIT_AUTHOR_NAME: plain(by.name),
    GIT_AUTHOR_EMAIL: plain(by.email),
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: plain(by.name),
    GIT_COMMITTER_EMAIL: plain(by.email),
    GIT_COMMITTER_DATE: date,
  };
  const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"];
  return (await git(directory, args, { env, input: message })).trim();
}

function signature({ name, email, at }: Signature): string {
  return `${plain(name)} <${plain(email)}> ${Math.floor(Date.parse(at) / 1000)} +0000`;
}

/** Names and addresses stand in one line of a commit, between angle brackets. */
function plain(text: string): string {
  return text.replace(/[<>\p{Cc}]/gu, "").trim() || "unknown";
}

function data(content: Buffer): (string | Buffer)[] {
  return [`data ${content.length}\n`, content, "\n"];
}

function quoted(path: string): string {
  return `"${path.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
