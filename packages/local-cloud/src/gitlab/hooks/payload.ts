import type { LocalUser } from "../../organization.ts";
import { type Context, project, userOf } from "../context.ts";
import type { Commit } from "../git/commits.ts";
import { isDraft, mergeStatus, type Standing, standingOf } from "../merge-request-view.ts";
import { headPipeline } from "../pipelines/view.ts";
import type { MergeRequest } from "../store.ts";
import { mergeRequestId, mergeRequestUrl } from "../views.ts";

/** A time as hooks write it, unlike the API: `2026-11-16 05:00:00 UTC`. */
export function hookTime(at: string): string;
export function hookTime(at: string | null): string | null;
export function hookTime(at: string | null): string | null {
  return at === null ? null : `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A user in a hook's payload; GitLab hides the address where it is not public. */
export function hookUser({ id, name, username }: LocalUser) {
  return { id, name, username, avatar_url: null, email: "[REDACTED]" };
}

export function hookProject(context: Context) {
  const home = `${context.origin()}/${project.fullPath}`;
  const ssh = `git@127.0.0.1:${project.fullPath}.git`;
  return {
    id: project.id,
    name: project.path,
    description: null,
    web_url: home,
    avatar_url: null,
    git_ssh_url: ssh,
    git_http_url: `${home}.git`,
    namespace: project.group,
    visibility_level: 0,
    path_with_namespace: project.fullPath,
    default_branch: context.defaultBranch,
    ci_config_path: null,
    homepage: home,
    url: ssh,
    ssh_url: ssh,
    http_url: `${home}.git`,
  };
}

/** The older form of the project that payloads carry as well. */
export function hookRepository(context: Context) {
  const { name, url, description, homepage } = hookProject(context);
  return { name, url, description, homepage };
}

export function hookCommit(context: Context, { id, message, author }: Commit) {
  return {
    id,
    message,
    title: message.split("\n", 1)[0] ?? "",
    timestamp: author.at,
    url: `${context.origin()}/${project.fullPath}/-/commit/${id}`,
    author: { name: author.name, email: author.email },
  };
}

/** A label in a payload. This GitLab keeps labels as words, so what a label has besides is made up. */
export function hookLabels(context: Context, labels: readonly string[]) {
  const { createdAt } = context.store.instance;
  return labels.map((title, index) => ({
    id: index + 1,
    title,
    color: "#6699cc",
    project_id: project.id,
    created_at: hookTime(createdAt),
    updated_at: hookTime(createdAt),
    template: false,
    description: null,
    type: "ProjectLabel",
    group_id: null,
  }));
}

export const stateIds: Readonly<Record<MergeRequest["state"], number>> = { opened: 1, closed: 2, merged: 3 };

/** A merge request as `object_attributes` of its own event and as `merge_request` of a note's. */
export async function hookMergeRequest(context: Context, mergeRequest: MergeRequest) {
  const standing: Standing = await standingOf(context, mergeRequest);
  const last = await context.repository.commit(standing.head);
  const home = hookProject(context);
  const draft = isDraft(mergeRequest.title);
  return {
    id: mergeRequestId(mergeRequest),
    iid: mergeRequest.iid,
    title: mergeRequest.title,
    description: mergeRequest.description,
    state: mergeRequest.state,
    state_id: stateIds[mergeRequest.state],
    draft,
    work_in_progress: draft,
    source_branch: mergeRequest.source,
    target_branch: mergeRequest.target,
    source_project_id: project.id,
    target_project_id: project.id,
    source: home,
    target: home,
    author_id: mergeRequest.authorId,
    assignee_id: mergeRequest.assigneeIds[0] ?? null,
    assignee: hookPeople(context, mergeRequest.assigneeIds)[0] ?? null,
    assignee_ids: mergeRequest.assigneeIds,
    reviewer_ids: mergeRequest.reviewerIds,
    labels: hookLabels(context, mergeRequest.labels),
    milestone_id: null,
    position: 0,
    created_at: hookTime(mergeRequest.createdAt),
    updated_at: hookTime(mergeRequest.updatedAt),
    prepared_at: hookTime(mergeRequest.createdAt),
    last_edited_at: null,
    last_edited_by_id: null,
    updated_by_id: null,
    head_pipeline_id: headPipeline(context, mergeRequest.iid, standing.head)?.id ?? null,
    merge_params: { force_remove_source_branch: mergeRequest.removeSource },
    time_estimate: 0,
    merge_commit_sha: mergeRequest.merged?.commit ?? null,
    merge_error: null,
    merge_status: standing.conflicts ? "cannot_be_merged" : "can_be_merged",
    detailed_merge_status: mergeStatus(mergeRequest, standing),
    merge_user_id: mergeRequest.merged?.by ?? mergeRequest.autoMerge?.by ?? null,
    merge_when_pipeline_succeeds: mergeRequest.autoMerge !== null,
    blocking_discussions_resolved: true,
    first_contribution: false,
    total_time_spent: 0,
    time_change: 0,
    human_total_time_spent: null,
    human_time_change: null,
    human_time_estimate: null,
    url: mergeRequestUrl(context, mergeRequest.iid),
    last_commit: last === null ? null : hookCommit(context, last),
  };
}

/** Assignees or reviewers in a payload. */
export function hookPeople(context: Context, ids: readonly number[]) {
  return ids.map((id) => hookUser(userOf(context, id)));
}
