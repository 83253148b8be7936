import * as z from "zod";
import type { LocalUser } from "../organization.ts";
import { type Context, forbiddenToPush, mayPush, signatureOf } from "./context.ts";
import { flag, parseFields, text } from "./fields.ts";
import { type Commit, isBranchName, isSafePath } from "./git/commits.ts";
import type { Repository } from "./git/repository.ts";
import { type Change, writeCommit } from "./git/write.ts";
import { refuse } from "./http.ts";
import { branchMoved } from "./merge-requests.ts";

const actionSchema = z.object({
  action: z.enum(["create", "update", "delete", "move", "chmod"]),
  file_path: z.string(),
  previous_path: z.string().nullish(),
  content: z.string().nullish(),
  encoding: z.enum(["text", "base64"]).nullish(),
  last_commit_id: z.string().nullish(),
  execute_filemode: flag.nullish(),
});
type Action = z.infer<typeof actionSchema>;

const commitSchema = z.object({
  branch: text,
  commit_message: text,
  start_branch: z.string().nullish(),
  start_sha: z.string().nullish(),
  start_project: z.union([z.string(), z.number()]).nullish(),
  force: flag.nullish(),
  author_name: z.string().nullish(),
  author_email: z.string().nullish(),
  actions: z.array(actionSchema),
});
type CommitWish = z.infer<typeof commitSchema>;

/**
 * `POST …/repository/commits`: one commit of several actions. Refuses as GitLab does: 400 for a file that exists or does
 * not, a stale `last_commit_id`, a bad path or a branch that exists; 403 for a branch that the user may not push to.
 * Answers the commit once the branch shows it.
 */
export async function commitActions(context: Context, user: LocalUser, fields: unknown): Promise<Commit> {
  const wish = parseFields(commitSchema, fields);
  if (!isBranchName(wish.branch)) throw refuse(400, "Branch name is invalid");
  if (wish.commit_message.trim() === "") throw refuse(400, "Commit message can't be blank");
  if (!mayPush(context, user, wish.branch)) throw forbiddenToPush();
  return context.exclusive(async () => {
    const { repository } = context;
    const head = await repository.branchHead(wish.branch);
    const parent = await startOf(repository, wish, head);
    const changes = await changesOf(repository, parent, wish.actions);
    const committer = signatureOf(context, user);
    const author = {
      ...committer,
      name: wish.author_name || committer.name,
      email: wish.author_email || committer.email,
    };
    const message = wish.commit_message;
    const id = await writeCommit(repository.directory, { parent, message, author, committer, changes });
    if (!(await repository.updateRef(`refs/heads/${wish.branch}`, id, head))) {
      throw refuse(400, `Could not update refs/heads/${wish.branch}. Please refresh and try again.`);
    }
    await branchMoved(context, user, { branch: wish.branch, before: head, after: id });
    const commit = await repository.commit(id);
    if (commit === null) throw new Error(`the commit ${id} was written and cannot be read`);
    return commit;
  });
}

async function startOf(repository: Repository, wish: CommitWish, head: string | null): Promise<string> {
  const start = wish.start_sha ?? wish.start_branch ?? null;
  if (start === null || start === wish.branch) {
    if (head === null) throw refuse(400, "You can only create or edit files when you are on a branch");
    return head;
  }
  if (head !== null && wish.force !== true) {
    throw refuse(
      400,
      `A branch called '${wish.branch}' already exists. Switch to that branch in order to make changes`,
    );
  }
  const found = wish.start_sha ? await repository.resolve(start) : await repository.branchHead(start);
  if (found === null) throw refuse(400, `Cannot find start ${wish.start_sha ? "sha" : "branch"}: ${start}`);
  return found;
}

/** What each action leaves at its path; a later action sees what an earlier one of the same commit did. */
async function changesOf(
  repository: Repository,
  parent: string,
  actions: readonly Action[],
): Promise<ReadonlyMap<string, Change>> {
  const changes = new Map<string, Change>();

  async function present(path: string): Promise<Exclude<Change, null> | null> {
    const changed = changes.get(path);
    if (changed !== undefined) return changed;
    const entry = await repository.entry(parent, path);
    return entry?.type === "blob" ? { blob: entry.id, mode: entry.mode } : null;
  }

  async function existing(
    path: string,
    lastCommit: string | null | undefined,
  ): Promise<Exclude<Change, null>> {
    const file = await present(checked(path));
    if (file === null) throw refuse(400, "A file with this name doesn't exist");
    if (lastCommit && !changes.has(path) && (await repository.lastCommit(parent, path)) !== lastCommit) {
      throw refuse(400, `The file has changed since you started editing it: ${path}`);
    }
    return file;
  }

  async function absent(path: string): Promise<void> {
    if ((await present(checked(path))) !== null) throw refuse(400, "A file with this name already exists");
    const inside = (await repository.tree(parent, path, true)) ?? [];
    if (inside.some((entry) => entry.type !== "tree" && changes.get(entry.path) !== null)) {
      throw refuse(400, "A directory with this name already exists");
    }
    const folders = path.split("/").slice(0, -1);
    for (const [index] of folders.entries()) {
      if ((await present(folders.slice(0, index + 1).join("/"))) !== null) {
        throw refuse(400, "A file with this name already exists");
      }
    }
  }

  for (const action of actions) {
    const path = action.file_path.replace(/^\//, "");
    const executable = action.execute_filemode === true ? "100755" : "100644";
    if (action.action === "create") {
      await absent(path);
      changes.set(path, { content: contentOf(action), mode: executable });
    } else if (action.action === "update") {
      const file = await existing(path, action.last_commit_id);
      changes.set(path, { content: contentOf(action), mode: file.mode === "100755" ? "100755" : "100644" });
    } else if (action.action === "delete") {
      await existing(path, action.last_commit_id);
      changes.set(path, null);
    } else if (action.action === "chmod") {
      changes.set(path, { ...(await existing(path, action.last_commit_id)), mode: executable });
    } else {
      const from = (action.previous_path ?? "").replace(/^\//, "");
      const file = await existing(from, action.last_commit_id);
      if (from !== path) await absent(path);
      changes.set(from, null);
      const content = action.content ?? null;
      changes.set(path, content === null ? file : { content: contentOf(action), mode: "100644" });
    }
  }
  return changes;
}

function checked(path: string): string {
  if (!isSafePath(path)) throw refuse(400, "invalid path");
  return path;
}

function contentOf(action: Action): Buffer {
  return Buffer.from(action.content ?? "", action.encoding === "base64" ? "base64" : "utf8");
}
