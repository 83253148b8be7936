import type { LocalUser } from "../../organization.ts";
import { type Context, isProtected, project } from "../context.ts";
import type { Commit } from "../git/commits.ts";
import type { Moved } from "../moved.ts";
import { hookCommit, hookProject } from "./payload.ts";

const none = "0".repeat(40);
/** GitLab tells at most this many commits of a push; the count is of all. */
const mostCommits = 20;

/** Announces a push, by git, API or a merge. */
export function announcePush(context: Context, by: LocalUser, { branch, before, after }: Moved): void {
  context.deliveries.announce("push", async () => {
    const { repository } = context;
    const home = hookProject(context);
    const from = before ?? (branch === context.defaultBranch ? null : context.defaultBranch);
    const start = from === null ? null : await repository.resolve(from);
    const range = start === null ? after : `${start}..${after}`;
    const commits = after === null ? [] : await repository.commits(String(range), null, 0, mostCommits);
    return {
      object_kind: "push",
      event_name: "push",
      before: before ?? none,
      after: after ?? none,
      ref: `refs/heads/${branch}`,
      ref_protected: isProtected(context, branch),
      checkout_sha: after,
      message: null,
      user_id: by.id,
      user_name: by.name,
      user_username: by.username,
      user_email: "",
      user_avatar: null,
      project_id: project.id,
      project: home,
      commits: await Promise.all(commits.toReversed().map((commit) => pushed(context, commit))),
      total_commits_count: after === null ? 0 : await repository.count(String(range), null),
      push_options: {},
      repository: {
        name: home.name,
        url: home.url,
        description: home.description,
        homepage: home.homepage,
        git_http_url: home.git_http_url,
        git_ssh_url: home.git_ssh_url,
        visibility_level: home.visibility_level,
      },
    };
  });
}

async function pushed(context: Context, commit: Commit) {
  const files = await context.repository.comparer.files(commit.parents[0] ?? null, commit.id);
  return {
    ...hookCommit(context, commit),
    added: files.filter((file) => file.new_file).map((file) => file.new_path),
    modified: files.filter((file) => !file.new_file && !file.deleted_file).map((file) => file.new_path),
    removed: files.filter((file) => file.deleted_file).map((file) => file.old_path),
  };
}
