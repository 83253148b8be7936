import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { permanent } from "@plp/runtime";
import { isBranchName, isSafePath } from "./commits.ts";
import { git, tryGit } from "./process.ts";
import { type Change, writeCommit } from "./write.ts";

interface Origin {
  readonly organization: { readonly title: string; readonly files: ReadonlyMap<string, string> };
  readonly clone?: string;
}

/**
 * Makes the bare repository at the first start, under another name until it is whole, and clears what a killed git left
 * at every later one. Answers the default branch: `main`, or that of the cloned repository.
 */
export async function prepareRepository(directory: string, origin: Origin, now: Date): Promise<string> {
  if (await exists(directory)) await removeLocks(directory);
  else {
    const fresh = `${directory}.new`;
    await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
    await rm(fresh, { recursive: true, force: true });
    if (origin.clone === undefined) await create(fresh, origin, now);
    else await cloneFrom(resolve(origin.clone), fresh);
    await mkdir(join(fresh, "hooks"), { recursive: true });
    await rename(fresh, directory);
  }
  const head = (await git(directory, ["symbolic-ref", "--short", "HEAD"])).trim();
  if (!isBranchName(head)) throw permanent("local-gitlab-clone", `${directory} has no default branch`);
  return head;
}

async function create(fresh: string, { organization }: Origin, now: Date): Promise<void> {
  await git(dirname(fresh), ["init", "--quiet", "--bare", "--template=", "--initial-branch=main", fresh]);
  const changes = new Map<string, Change>();
  for (const [path, content] of organization.files) {
    if (!isSafePath(path))
      throw permanent("local-gitlab-clone", `"${path}" cannot be a path in a repository`);
    changes.set(path, { content: Buffer.from(content), mode: "100644" });
  }
  if (changes.size === 0) {
    changes.set("README.md", { content: Buffer.from(`# ${organization.title}\n`), mode: "100644" });
  }
  const author = { name: "Platform Team", email: "platform@gitlab.local", at: now.toISOString() };
  const message = `Start of the IAM repository (${organization.title})\n`;
  const id = await writeCommit(fresh, { parent: null, message, author, committer: author, changes });
  await git(fresh, ["update-ref", "refs/heads/main", id]);
}

async function cloneFrom(source: string, fresh: string): Promise<void> {
  const args = ["clone", "--quiet", "--bare", "--no-hardlinks", "--template=", "--", source, fresh];
  const { code, stderr } = await tryGit(dirname(fresh), args);
  const reason = stderr.trim().split("\n").at(-1)?.slice(0, 300) ?? "";
  if (code !== 0) {
    throw permanent(
      "local-gitlab-clone",
      `${source} cannot be cloned: ${reason}. Give the folder of a git repository`,
    );
  }
  if ((await tryGit(fresh, ["rev-parse", "--quiet", "--verify", "HEAD^{commit}"])).code !== 0) {
    throw permanent(
      "local-gitlab-clone",
      `${source} has no commit on its current branch: commit something first`,
    );
  }
  await tryGit(fresh, ["remote", "remove", "origin"]);
}

/** A git that was killed leaves `<ref>.lock` behind, and every later write of that reference would fail. */
async function removeLocks(directory: string): Promise<void> {
  for (const name of await readdir(directory, { recursive: true })) {
    if (name.endsWith(".lock") && !name.startsWith("objects"))
      await rm(join(directory, name), { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
