import { isFault, permanent } from "@plp/runtime";
import type { GitlabClient } from "./gitlab.ts";
import { orNull } from "./gitlab-files.ts";

/** A person, or a bot, as GitLab knows them. */
export interface GitlabUser {
  readonly id: number;
  readonly username: string;
}

/** A merge request as GitLab shows it at this moment. */
export interface GitlabMergeRequest {
  readonly iid: number;
  readonly url: string;
  readonly state: "opened" | "closed" | "merged" | "locked";
  readonly draft: boolean;
  readonly title: string;
  readonly description: string;
  /** The head of its source branch. */
  readonly sha: string;
  readonly sourceBranch: string;
  readonly setToMerge: boolean;
  readonly hasConflicts: boolean;
  /** `merge_commit_sha ?? squash_commit_sha ?? sha`: what was merged. */
  readonly result: string;
  readonly mergedBy: GitlabUser | null;
  readonly mergedAt: string | null;
  readonly closedBy: GitlabUser | null;
  readonly closedAt: string | null;
}

/** A merge request in a list. */
export interface ListedRequest {
  readonly iid: number;
  readonly sourceBranch: string;
}

/** A note that somebody wrote, or (`system`) GitLab's own word for what somebody did. */
export interface GitlabNote {
  readonly id: number;
  readonly author: GitlabUser;
  readonly body: string;
  readonly system: boolean;
  readonly createdAt: string;
}

/** One project's merge requests into one branch, read only. Faults: see gitlab-requester.ts. */
export interface GitlabMergeRequests {
  get(iid: number): Promise<GitlabMergeRequest>;
  /** Null where the project is there and the request is not: people may delete requests. */
  getOrNull(iid: number): Promise<GitlabMergeRequest | null>;
  /** The open request of that branch, if there is one. */
  find(branch: string): Promise<GitlabMergeRequest | null>;
  /** The newest request of that branch, open or decided. */
  newest(branch: string): Promise<GitlabMergeRequest | null>;
  /** Who approved it. */
  approvedBy(iid: number): Promise<readonly number[]>;
  /** The newest thousand, oldest first. */
  notes(iid: number): Promise<readonly GitlabNote[]>;
  /** Paths that it changes; a few hundred at most. */
  paths(iid: number): Promise<readonly string[]>;
  /** Messages of its commits, newest first; a hundred at most. */
  messages(iid: number): Promise<readonly string[]>;
  /** Open or decided, of any author: those that changed in any way since, oldest change first; a thousand at most. */
  changedSince(at: string): Promise<readonly ListedRequest[]>;
  /** All that are open now, whoever opened them: the newest thousand. */
  opened(): Promise<readonly ListedRequest[]>;
  /** Whom GitLab takes us for. */
  self(): Promise<GitlabUser>;
  /** May this person merge into the target branch now? We never decide, whatever we may. */
  isReviewer(person: GitlabUser): Promise<boolean>;
}

type Answer = Readonly<Record<string, unknown>>;

const MOST_NOTE_PAGES = 10;
const MOST_PATH_PAGES = 4;

/** Merge requests by GitLab's API v4. */
export function gitlabMergeRequests(
  client: GitlabClient,
  project: string,
  target: string,
): GitlabMergeRequests {
  let ourselves: GitlabUser | null = null;

  async function self(): Promise<GitlabUser> {
    ourselves ??= userOf(await client.Users.showCurrentUser());
    if (ourselves === null) throw permanent("gitlab-answer", "GitLab does not tell whose token PLP uses");
    return ourselves;
  }

  async function newest(branch: string, onlyOpen: boolean): Promise<GitlabMergeRequest | null> {
    const all = await client.MergeRequests.all({
      projectId: project,
      ...(onlyOpen ? { state: "opened" as const } : {}),
      sourceBranch: branch,
      targetBranch: target,
      perPage: 20,
      maxPages: 1,
    });
    return all.length === 0 ? null : get(Math.max(...all.map(({ iid }) => iid)));
  }

  async function get(iid: number): Promise<GitlabMergeRequest> {
    return mergeRequestOf(await client.MergeRequests.show(project, iid));
  }

  return {
    self,
    get,
    find: (branch) => newest(branch, true),
    newest: (branch) => newest(branch, false),

    async getOrNull(iid) {
      try {
        return await get(iid);
      } catch (error) {
        if (!isFault(error, "gitlab-404")) throw error;
        // GitLab answers the same for a project that we may not see any more: then this throws.
        await client.Branches.show(project, target);
        return null;
      }
    },

    async approvedBy(iid) {
      const found = (await client.MergeRequestApprovals.showConfiguration(project, {
        mergerequestIId: iid,
      })) as unknown as Answer;
      const approvals = Array.isArray(found.approved_by) ? (found.approved_by as Answer[]) : [];
      return approvals.flatMap(({ user }) => userOf(user)?.id ?? []);
    },

    async notes(iid) {
      const all = await client.MergeRequestNotes.all(project, iid, {
        sort: "desc",
        orderBy: "created_at",
        perPage: 100,
        maxPages: MOST_NOTE_PAGES,
      });
      return all
        .flatMap(({ id, author, body, created_at, system }) => {
          const by = userOf(author);
          const createdAt = instantOf(created_at);
          return by === null || createdAt === null
            ? []
            : [{ id, author: by, body, createdAt, system: system === true }];
        })
        .sort((a, b) => a.id - b.id);
    },

    async paths(iid) {
      const diffs = await client.MergeRequests.allDiffs(project, iid, {
        perPage: 100,
        maxPages: MOST_PATH_PAGES,
      });
      return [...new Set(diffs.flatMap(({ old_path, new_path }) => [new_path, old_path]))];
    },

    async messages(iid) {
      const commits = await client.MergeRequests.allCommits(project, iid, { perPage: 100, maxPages: 1 });
      return commits.map(({ message }) => message);
    },

    async changedSince(at) {
      const all = await client.MergeRequests.all({
        projectId: project,
        targetBranch: target,
        updatedAfter: at,
        orderBy: "updated_at",
        sort: "asc",
        perPage: 100,
        maxPages: 10,
      });
      return all.map(({ iid, source_branch }) => ({ iid, sourceBranch: source_branch }));
    },

    async opened() {
      const all = await client.MergeRequests.all({
        ...{ projectId: project, targetBranch: target, state: "opened" },
        ...{ perPage: 100, maxPages: 10 },
      });
      return all.map(({ iid, source_branch }) => ({ iid, sourceBranch: source_branch }));
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
}

/** A request of GitLab's answer. Throws the permanent fault "gitlab-answer" for what is none. */
export function mergeRequestOf(answer: unknown): GitlabMergeRequest {
  const found = answer as Answer;
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
    mergedBy: userOf(found.merge_user) ?? userOf(found.merged_by),
    mergedAt: instantOf(found.merged_at),
    closedBy: userOf(found.closed_by),
    closedAt: instantOf(found.closed_at),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** An instant as ISO 8601 UTC; null for what is none. */
function instantOf(value: unknown): string | null {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** A user of GitLab's answer; null for what is none. */
export function userOf(value: unknown): GitlabUser | null {
  if (typeof value !== "object" || value === null) return null;
  const { id, username } = value as Answer;
  return typeof id === "number" && typeof username === "string" ? { id, username } : null;
}
