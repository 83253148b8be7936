import type { LocalUser } from "../organization.ts";
import { type Context, mayMerge, project, userOf } from "./context.ts";
import { detailedPipelineView, headPipeline, pipelineView } from "./pipelines/view.ts";
import type { MergeRequest } from "./store.ts";
import { mergeRequestId, mergeRequestUrl, userView } from "./views.ts";

const draftPrefix = /^\s*(\[draft\]|\(draft\)|draft:)\s*/i;

export function isDraft(title: string): boolean {
  return draftPrefix.test(title);
}

export function withoutDraft(title: string): string {
  let bare = title;
  while (draftPrefix.test(bare)) bare = bare.replace(draftPrefix, "");
  return bare;
}

/** The commits that a request compares; from its end on, those it ended with. */
export interface Standing {
  readonly head: string;
  /** Null when the source branch is gone or the two have nothing in common. */
  readonly refs: { readonly base: string; readonly head: string; readonly start: string } | null;
  readonly sourceExists: boolean;
  readonly conflicts: boolean;
  readonly mergeTree: string | null;
}

export async function standingOf(context: Context, mergeRequest: MergeRequest): Promise<Standing> {
  const { repository } = context;
  if (mergeRequest.state !== "opened") {
    const { head, refs } = mergeRequest;
    return { head, refs, sourceExists: refs !== null, conflicts: false, mergeTree: null };
  }
  const source = await repository.branchHead(mergeRequest.source);
  const start = await repository.branchHead(mergeRequest.target);
  const head = source ?? mergeRequest.head;
  if (source === null || start === null) {
    return { head, refs: null, sourceExists: false, conflicts: false, mergeTree: null };
  }
  const commit = await repository.commit(head);
  // The usual case, a branch of one commit on an unmoved target, needs no process.
  const onTop = commit?.parents.length === 1 && commit.parents[0] === start;
  const base = onTop ? start : await repository.comparer.mergeBase(start, head);
  if (base === null) return { head, refs: null, sourceExists: true, conflicts: true, mergeTree: null };
  const merge =
    base === start
      ? { conflicts: false, tree: commit?.tree ?? null }
      : await repository.comparer.merge(start, head);
  const mergeTree = merge.conflicts ? null : merge.tree;
  return { head, refs: { base, head, start }, sourceExists: true, conflicts: merge.conflicts, mergeTree };
}

/** GitLab's first reason that stands against merging, or `mergeable`. */
export function mergeStatus(mergeRequest: MergeRequest, standing: Standing): string {
  if (mergeRequest.state !== "opened") return "not_open";
  if (isDraft(mergeRequest.title)) return "draft_status";
  if (!standing.sourceExists || standing.refs?.base === standing.head) return "commits_status";
  return standing.conflicts ? "conflict" : "mergeable";
}

/** A request as lists show it. */
export async function listedView(context: Context, mergeRequest: MergeRequest) {
  const standing = await standingOf(context, mergeRequest);
  return listed(context, mergeRequest, standing);
}

/** A request as `GET …/merge_requests/:iid` shows it. */
export async function detailedView(context: Context, mergeRequest: MergeRequest, viewer: LocalUser) {
  const standing = await standingOf(context, mergeRequest);
  const { refs } = standing;
  const files = refs === null ? [] : await context.repository.comparer.files(refs.base, refs.head);
  const head = headPipeline(context, mergeRequest.iid, standing.head);
  return {
    ...listed(context, mergeRequest, standing),
    subscribed: false,
    changes_count: files.length === 0 ? null : String(files.length),
    latest_build_started_at: null,
    latest_build_finished_at: null,
    first_deployed_to_production_at: null,
    pipeline: head === null ? null : pipelineView(context, head),
    head_pipeline: head === null ? null : detailedPipelineView(context, head),
    diff_refs: refs === null ? null : { base_sha: refs.base, head_sha: refs.head, start_sha: refs.start },
    merge_error: null,
    first_contribution: false,
    user: { can_merge: mayMerge(context, viewer, mergeRequest) },
  };
}

function listed(context: Context, mergeRequest: MergeRequest, standing: Standing) {
  const person = (id: number) => userView(context, userOf(context, id));
  const { merged, closed } = mergeRequest;
  const auto = mergeRequest.autoMerge?.head === standing.head && mergeRequest.state === "opened";
  const mergeUser = merged?.by ?? (auto ? mergeRequest.autoMerge?.by : undefined);
  const assignees = mergeRequest.assigneeIds.map(person);
  const draft = isDraft(mergeRequest.title);
  const tasks = mergeRequest.description.match(/^\s*[-*+] \[[ xX]\]/gm) ?? [];
  return {
    id: mergeRequestId(mergeRequest),
    iid: mergeRequest.iid,
    project_id: project.id,
    title: mergeRequest.title,
    description: mergeRequest.description,
    state: mergeRequest.state,
    created_at: mergeRequest.createdAt,
    updated_at: mergeRequest.updatedAt,
    merged_by: merged === null ? null : person(merged.by),
    merge_user: mergeUser === undefined ? null : person(mergeUser),
    merged_at: merged?.at ?? null,
    closed_by: closed === null ? null : person(closed.by),
    closed_at: closed?.at ?? null,
    target_branch: mergeRequest.target,
    source_branch: mergeRequest.source,
    user_notes_count: mergeRequest.notes.filter(({ system }) => !system).length,
    upvotes: 0,
    downvotes: 0,
    author: person(mergeRequest.authorId),
    assignees,
    assignee: assignees[0] ?? null,
    reviewers: mergeRequest.reviewerIds.map(person),
    source_project_id: project.id,
    target_project_id: project.id,
    labels: mergeRequest.labels,
    draft,
    imported: false,
    imported_from: "none",
    work_in_progress: draft,
    milestone: null,
    merge_when_pipeline_succeeds: auto,
    merge_status: standing.conflicts ? "cannot_be_merged" : "can_be_merged",
    detailed_merge_status: mergeStatus(mergeRequest, standing),
    merge_after: null,
    sha: standing.head,
    merge_commit_sha: merged?.commit ?? null,
    squash_commit_sha: merged?.squash ?? null,
    discussion_locked: null,
    should_remove_source_branch: null,
    force_remove_source_branch: mergeRequest.removeSource,
    prepared_at: mergeRequest.createdAt,
    reference: `!${mergeRequest.iid}`,
    references: {
      short: `!${mergeRequest.iid}`,
      relative: `!${mergeRequest.iid}`,
      full: `${project.fullPath}!${mergeRequest.iid}`,
    },
    web_url: mergeRequestUrl(context, mergeRequest.iid),
    time_stats: {
      time_estimate: 0,
      total_time_spent: 0,
      human_time_estimate: null,
      human_total_time_spent: null,
    },
    squash: mergeRequest.squash,
    squash_on_merge: mergeRequest.squash,
    task_completion_status: {
      count: tasks.length,
      completed_count: tasks.filter((task) => /x\]/i.test(task)).length,
    },
    has_conflicts: standing.conflicts,
    blocking_discussions_resolved: true,
    approvals_before_merge: null,
  };
}
