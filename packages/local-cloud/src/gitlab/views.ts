import type { LocalUser } from "../organization.ts";
import { type Context, emailOf, isProtected, mayPush, project, userOf } from "./context.ts";
import type { Commit } from "./git/commits.ts";
import type { MergeRequest, Note } from "./store.ts";

export function userView(context: Context, user: LocalUser) {
  return {
    id: user.id,
    username: user.username,
    public_email: null,
    name: user.name,
    state: "active",
    locked: false,
    avatar_url: null,
    web_url: `${context.origin()}/${user.username}`,
  };
}

export function selfView(context: Context, user: LocalUser) {
  return {
    ...userView(context, user),
    created_at: context.store.instance.createdAt,
    bio: "",
    location: "",
    bot: user.bot,
    email: emailOf(user),
    commit_email: emailOf(user),
    is_admin: false,
    two_factor_enabled: false,
    external: false,
    identities: [],
  };
}

export function memberView(context: Context, user: LocalUser) {
  return {
    ...userView(context, user),
    access_level: user.accessLevel,
    created_at: context.store.instance.createdAt,
    expires_at: null,
    membership_state: "active",
  };
}

export function projectView(context: Context, user: LocalUser) {
  const origin = context.origin();
  const api = `${origin}/api/v4/projects/${project.id}`;
  return {
    id: project.id,
    description: null,
    name: project.path,
    name_with_namespace: `${project.group} / ${project.path}`,
    path: project.path,
    path_with_namespace: project.fullPath,
    created_at: context.store.instance.createdAt,
    default_branch: context.defaultBranch,
    tag_list: [],
    topics: [],
    ssh_url_to_repo: `git@127.0.0.1:${project.fullPath}.git`,
    http_url_to_repo: `${origin}/${project.fullPath}.git`,
    web_url: `${origin}/${project.fullPath}`,
    readme_url: null,
    avatar_url: null,
    star_count: 0,
    forks_count: 0,
    last_activity_at: context.store.instance.createdAt,
    namespace: {
      id: 1,
      name: project.group,
      path: project.group,
      kind: "group",
      full_path: project.group,
      parent_id: null,
      avatar_url: null,
      web_url: `${origin}/groups/${project.group}`,
    },
    _links: {
      self: api,
      merge_requests: `${api}/merge_requests`,
      repo_branches: `${api}/repository/branches`,
      members: `${api}/members`,
    },
    empty_repo: false,
    archived: false,
    visibility: "private",
    merge_requests_enabled: true,
    issues_enabled: false,
    wiki_enabled: false,
    jobs_enabled: true,
    snippets_enabled: false,
    lfs_enabled: false,
    creator_id: 1,
    import_status: "none",
    open_issues_count: 0,
    merge_method: "merge",
    squash_option: "default_off",
    only_allow_merge_if_pipeline_succeeds: false,
    only_allow_merge_if_all_discussions_are_resolved: false,
    remove_source_branch_after_merge: true,
    request_access_enabled: false,
    printing_merge_request_link_enabled: true,
    permissions: {
      project_access: { access_level: user.accessLevel, notification_level: 3 },
      group_access: null,
    },
  };
}

export function commitView(context: Context, commit: Commit) {
  return {
    id: commit.id,
    short_id: commit.id.slice(0, 8),
    created_at: commit.committer.at,
    parent_ids: commit.parents,
    title: commit.message.split("\n", 1)[0] ?? "",
    message: commit.message,
    author_name: commit.author.name,
    author_email: commit.author.email,
    authored_date: commit.author.at,
    committer_name: commit.committer.name,
    committer_email: commit.committer.email,
    committed_date: commit.committer.at,
    trailers: {},
    extended_trailers: {},
    web_url: `${context.origin()}/${project.fullPath}/-/commit/${commit.id}`,
  };
}

/** A commit by itself, with its numbers of lines. */
export async function singleCommitView(context: Context, commit: Commit) {
  return {
    ...commitView(context, commit),
    stats: await context.repository.comparer.stats(commit.parents[0] ?? null, commit.id),
    status: null,
    project_id: project.id,
    last_pipeline: null,
  };
}

export async function branchView(context: Context, user: LocalUser, name: string, head: string) {
  const { repository, defaultBranch } = context;
  const main = await repository.branchHead(defaultBranch);
  const commit = await repository.commit(head);
  const guarded = isProtected(context, name);
  return {
    name,
    commit: commit === null ? null : commitView(context, commit),
    merged: name !== defaultBranch && main !== null && (await repository.isAncestor(head, main)),
    protected: guarded,
    developers_can_push: false,
    developers_can_merge: false,
    can_push: mayPush(context, user, name),
    default: name === defaultBranch,
    web_url: `${context.origin()}/${project.fullPath}/-/tree/${encodeURI(name)}`,
  };
}

export function noteView(context: Context, mergeRequest: MergeRequest, note: Note) {
  return {
    id: note.id,
    type: null,
    body: note.body,
    attachment: null,
    author: userView(context, userOf(context, note.authorId)),
    created_at: note.createdAt,
    updated_at: note.updatedAt,
    system: note.system,
    noteable_id: mergeRequestId(mergeRequest),
    noteable_type: "MergeRequest",
    project_id: project.id,
    resolvable: false,
    confidential: false,
    internal: false,
    imported: false,
    imported_from: "none",
    noteable_iid: mergeRequest.iid,
    commands_changes: {},
  };
}

export function mergeRequestUrl(context: Context, iid: number): string {
  return `${context.origin()}/${project.fullPath}/-/merge_requests/${iid}`;
}

/** Instance-wide ids, unlike iids on purpose: whoever mixes them up shall notice. */
export function mergeRequestId(mergeRequest: MergeRequest): number {
  return 1000 + mergeRequest.iid;
}
