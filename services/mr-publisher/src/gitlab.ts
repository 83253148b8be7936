import { type GitlabClient, gitlabFiles, orNull } from "@plp/clients";
import type { Person } from "@plp/domain";
import { isFault, type Log, permanent, silentLog } from "@plp/runtime";
import type { Gitlab, MergeRequest } from "./ports.ts";

type Answer = Readonly<Record<string, unknown>>;

/** Merge requests and their branches by GitLab's API v4. */
export function gitlabRequests(
  client: GitlabClient,
  project: string,
  target: string,
  log: Log = silentLog,
): Gitlab {
  const files = gitlabFiles(client, project);
  let ourselves: Person | null = null;

  async function self(): Promise<Person> {
    ourselves ??= personOf(await client.Users.showCurrentUser());
    if (ourselves === null) throw permanent("gitlab-answer", "GitLab does not tell whose token PLP uses");
    return ourselves;
  }

  async function find(branch: string, onlyOpen: boolean): Promise<MergeRequest | null> {
    const all = await client.MergeRequests.all({
      projectId: project,
      ...(onlyOpen ? { state: "opened" as const } : {}),
      sourceBranch: branch,
      targetBranch: target,
      perPage: 20,
      maxPages: 1,
    });
    const newest = Math.max(...all.map(({ iid }) => iid));
    return all.length === 0 ? null : get(newest);
  }

  async function get(iid: number): Promise<MergeRequest> {
    return readRequest((await client.MergeRequests.show(project, iid)) as unknown as Answer);
  }

  return {
    project,
    self,
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

    find: (branch) => find(branch, true),
    newest: (branch) => find(branch, false),
    get,

    async create({ branch, title, description, assign, labels }) {
      const assigneeIds = await userIds(assign);
      try {
        const created = await client.MergeRequests.create(project, branch, target, title, {
          description,
          removeSourceBranch: true,
          ...(assigneeIds.length > 0 ? { assigneeIds } : {}),
          ...(labels.length > 0 ? { labels: labels.join(",") } : {}),
        });
        return readRequest(created as unknown as Answer);
      } catch (error) {
        if (!isFault(error, "gitlab-409")) throw error;
        // It exists: a reply of ours was lost, or a crash came before it was recorded.
        const found = await find(branch, true);
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

    async isApproved(iid) {
      const found = (await client.MergeRequestApprovals.showConfiguration(project, {
        mergerequestIId: iid,
      })) as unknown as Answer;
      return Array.isArray(found.approved_by) && found.approved_by.length > 0;
    },

    async note(iid, mark, text) {
      const begin = `<!-- plp:${mark} -->`;
      const body = `${begin}\n${text}`;
      const notes = await client.MergeRequestNotes.all(project, iid, { perPage: 100 });
      const { id } = await self();
      const known = notes.find(({ author, body: text }) => author.id === id && text.startsWith(begin));
      if (known === undefined) await client.MergeRequestNotes.create(project, iid, body);
      else if (known.body.trim() !== body.trim())
        await client.MergeRequestNotes.edit(project, iid, known.id, { body });
    },

    async isReviewer({ id }) {
      if (id === (await self()).id) return false;
      const member = await orNull(client.ProjectMembers.show(project, id, { includeInherited: true }));
      if (member === null) return false;
      const branch = await orNull(client.ProtectedBranches.show(project, target));
      const levels = branch?.merge_access_levels ?? [];
      return levels.some(
        (level) =>
          level.user_id === id ||
          (typeof level.access_level === "number" &&
            level.access_level > 0 &&
            member.access_level >= level.access_level),
      );
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

function readRequest(found: Answer): MergeRequest {
  const iid = Number(found.iid);
  const state = found.state;
  if (
    !Number.isInteger(iid) ||
    (state !== "opened" && state !== "closed" && state !== "merged" && state !== "locked")
  ) {
    throw permanent("gitlab-answer", "GitLab's answer is no merge request");
  }
  const sha = textOf(found.sha) ?? "";
  return {
    iid,
    state,
    url: textOf(found.web_url) ?? "",
    draft: found.draft === true,
    title: textOf(found.title) ?? "",
    description: textOf(found.description) ?? "",
    sha,
    sourceBranch: textOf(found.source_branch) ?? "",
    setToMerge: found.merge_when_pipeline_succeeds === true,
    hasConflicts: found.has_conflicts === true,
    result: textOf(found.merge_commit_sha) ?? textOf(found.squash_commit_sha) ?? sha,
    mergedBy: personOf(found.merge_user) ?? personOf(found.merged_by),
    mergedAt: instantOf(found.merged_at),
    closedBy: personOf(found.closed_by),
    closedAt: instantOf(found.closed_at),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function instantOf(value: unknown): string | null {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

function personOf(value: unknown): Person | null {
  if (typeof value !== "object" || value === null) return null;
  const { id, username } = value as Answer;
  return typeof id === "number" && typeof username === "string" ? { id, username } : null;
}
