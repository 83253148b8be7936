import { createHash } from "node:crypto";
import type { LocalUser } from "../../organization.ts";
import type { Context } from "../context.ts";
import { isDraft } from "../merge-request-view.ts";
import type { MergeRequest, Note } from "../store.ts";
import { mergeRequestUrl } from "../views.ts";
import {
  hookLabels,
  hookMergeRequest,
  hookPeople,
  hookProject,
  hookRepository,
  hookTime,
  hookUser,
  stateIds,
} from "./payload.ts";

type Changes = Record<string, { readonly previous: unknown; readonly current: unknown }>;

/** What a reader of the request would see changed, in GitLab's names. */
function changesOf(context: Context, before: MergeRequest, after: MergeRequest): Changes {
  const changes: Changes = {};
  const compare = <T>(
    name: string,
    of: (one: MergeRequest) => T,
    show: (value: T) => unknown = (it) => it,
  ) => {
    const [previous, current] = [of(before), of(after)];
    if (JSON.stringify(previous) !== JSON.stringify(current)) {
      changes[name] = { previous: show(previous), current: show(current) };
    }
  };
  const people = (ids: readonly number[]) => hookPeople(context, ids);
  compare("title", (one) => one.title);
  compare("description", (one) => one.description);
  compare("draft", (one) => isDraft(one.title));
  compare("state_id", (one) => stateIds[one.state]);
  compare("target_branch", (one) => one.target);
  compare(
    "labels",
    (one) => one.labels,
    (labels) => hookLabels(context, labels),
  );
  compare("assignees", (one) => one.assigneeIds, people);
  compare("reviewers", (one) => one.reviewerIds, people);
  compare("merge_user_id", (one) => one.merged?.by ?? one.autoMerge?.by ?? null);
  if (Object.keys(changes).length > 0) compare("updated_at", (one) => hookTime(one.updatedAt));
  return changes;
}

/** GitLab's word for what happened; null when it would send nothing. */
function actionOf(before: MergeRequest | undefined, after: MergeRequest, changes: Changes): string | null {
  if (before === undefined) return "open";
  if (before.state !== after.state) {
    return { opened: "reopen", closed: "close", merged: "merge" }[after.state];
  }
  if (after.approvals.length > before.approvals.length) return "approved";
  if (after.approvals.length < before.approvals.length) return "unapproved";
  return Object.keys(changes).length > 0 || before.head !== after.head ? "update" : null;
}

/** Announces what a change of a merge request means to others: the request itself, and the notes of people. */
export function announceMergeRequest(
  context: Context,
  before: MergeRequest | undefined,
  after: MergeRequest,
  by: LocalUser,
): void {
  const changes = before === undefined ? {} : changesOf(context, before, after);
  const action = actionOf(before, after, changes);
  if (action !== null) {
    const oldrev = action === "update" && before?.head !== after.head ? { oldrev: before?.head } : {};
    context.deliveries.announce("merge_requests", async () => ({
      object_kind: "merge_request",
      event_type: "merge_request",
      user: hookUser(by),
      project: hookProject(context),
      repository: hookRepository(context),
      object_attributes: { ...(await hookMergeRequest(context, after)), action, ...oldrev },
      labels: hookLabels(context, after.labels),
      changes,
      assignees: hookPeople(context, after.assigneeIds),
      reviewers: hookPeople(context, after.reviewerIds),
    }));
  }
  for (const note of after.notes) {
    if (note.system) continue;
    const earlier = before?.notes.find(({ id }) => id === note.id);
    if (earlier?.body === note.body) continue;
    announceNote(context, after, note, earlier === undefined ? "create" : "update", by);
  }
}

function announceNote(
  context: Context,
  mergeRequest: MergeRequest,
  note: Note,
  action: "create" | "update",
  by: LocalUser,
): void {
  context.deliveries.announce("note", async () => {
    const about = await hookMergeRequest(context, mergeRequest);
    return {
      object_kind: "note",
      event_type: "note",
      user: hookUser(by),
      project_id: hookProject(context).id,
      project: hookProject(context),
      repository: hookRepository(context),
      object_attributes: {
        id: note.id,
        note: note.body,
        description: note.body,
        noteable_type: "MergeRequest",
        noteable_id: about.id,
        author_id: note.authorId,
        created_at: hookTime(note.createdAt),
        updated_at: hookTime(note.updatedAt),
        project_id: hookProject(context).id,
        attachment: null,
        line_code: null,
        commit_id: "",
        system: false,
        st_diff: null,
        type: null,
        updated_by_id: null,
        position: null,
        original_position: null,
        change_position: null,
        resolved_at: null,
        resolved_by_id: null,
        resolved_by_push: null,
        discussion_id: createHash("sha1").update(`note ${note.id}`).digest("hex"),
        action,
        url: `${mergeRequestUrl(context, mergeRequest.iid)}#note_${note.id}`,
      },
      merge_request: about,
    };
  });
}
