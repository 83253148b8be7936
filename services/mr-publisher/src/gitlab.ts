import { type GitlabClient, gitlabFiles, gitlabMergeRequests, mergeRequestOf } from "@plp/clients";
import { isFault, type Log, silentLog } from "@plp/runtime";
import { noteBody, noteMark } from "./note-body.ts";
import type { Gitlab } from "./ports.ts";

/** Merge requests and their branches by GitLab's API v4. */
export function gitlabRequests(
  client: GitlabClient,
  project: string,
  target: string,
  log: Log = silentLog,
): Gitlab {
  const files = gitlabFiles(client, project);
  const requests = gitlabMergeRequests(client, project, target);

  return {
    ...requests,
    project,
    head: () => files.head(target),
    file: (path, ref) => files.file(path, ref),
    branch: (name) => files.branch(name),

    async change(sha) {
      const commit = await client.Commits.show(project, sha);
      const diff = await client.Commits.showDiff(project, sha, { perPage: 100 });
      const paths = new Map<string, boolean>();
      for (const { old_path, new_path, deleted_file, renamed_file } of diff) {
        paths.set(new_path, !deleted_file);
        if (renamed_file) paths.set(old_path, false);
      }
      const changed = [];
      for (const [path, exists] of paths) {
        changed.push({ path, content: exists ? ((await files.file(path, sha))?.content ?? null) : null });
      }
      return { parent: commit.parent_ids?.[0] ?? null, message: commit.message, files: changed };
    },

    async push({ branch, base, message, files: contents }) {
      const actions = [];
      for (const { path, content } of contents) {
        const exists = (await files.file(path, base)) !== null;
        if (content === null) {
          if (exists) actions.push({ action: "delete" as const, filePath: path });
        } else
          actions.push({
            action: exists ? ("update" as const) : ("create" as const),
            filePath: path,
            content,
          });
      }
      const commit = await client.Commits.create(project, branch, message, actions, {
        startSha: base,
        force: true,
      } as never);
      return commit.id;
    },

    async create({ branch, title, description, assign, labels }) {
      const assigneeIds = await userIds(assign);
      try {
        const created = await client.MergeRequests.create(project, branch, target, title, {
          description,
          removeSourceBranch: true,
          ...(assigneeIds.length > 0 ? { assigneeIds } : {}),
          ...(labels.length > 0 ? { labels: labels.join(",") } : {}),
        });
        return mergeRequestOf(created);
      } catch (error) {
        if (!isFault(error, "gitlab-409")) throw error;
        // It exists: a reply of ours was lost, or a crash came before it was recorded.
        const found = await requests.find(branch);
        if (found === null) throw error;
        return found;
      }
    },

    async edit(iid, change) {
      await client.MergeRequests.edit(project, iid, change);
    },

    async close(iid) {
      await client.MergeRequests.edit(project, iid, { stateEvent: "close" });
    },

    async unsetToMerge(iid) {
      // 405 and 406: it is not set to merge any more.
      const cancelled = client.MergeRequests.cancelOnPipelineSuccess(project, iid);
      await cancelled.catch((error: unknown) => {
        if (!isFault(error, "gitlab-405") && !isFault(error, "gitlab-406")) throw error;
      });
    },

    async note(iid, mark, text) {
      const begin = noteMark(mark);
      const body = noteBody(mark, text);
      const { id } = await requests.self();
      const notes = await requests.notes(iid);
      const known = notes.find(({ author, body: text }) => author.id === id && text.startsWith(begin));
      if (known === undefined) await client.MergeRequestNotes.create(project, iid, body);
      else if (known.body.trim() !== body.trim())
        await client.MergeRequestNotes.edit(project, iid, known.id, { body });
    },
  };

  async function userIds(names: readonly string[]): Promise<number[]> {
    const ids: number[] = [];
    for (const username of names) {
      const [user] = await client.Users.all({ username, perPage: 1, maxPages: 1 });
      // A request without an assignee is worth more than none: people leave, settings are corrected later.
      if (user === undefined)
        log.warn('GitLab knows no such user; correct "assign" in plp.config.ts', { username });
      else ids.push(user.id);
    }
    return ids;
  }
}
