import * as z from "zod";
import { type Context, developer, mayMerge, requireLevel, userOf } from "../context.ts";
import { flag, parseFields } from "../fields.ts";
import { type ApiAnswer, type ApiRequest, notFound, ok, type Routes, refuse } from "../http.ts";
import { detailedView, mergeStatus, standingOf } from "../merge-request-view.ts";
import { merge, save, withNote } from "../merge-requests.ts";
import { mergeRequestId, userView } from "../views.ts";
import { mergeRequestOf } from "./merge-requests.ts";

const mergeSchema = z
  .object({
    merge_commit_message: z.string(),
    squash_commit_message: z.string(),
    squash: flag,
    should_remove_source_branch: flag,
    merge_when_pipeline_succeeds: flag,
    auto_merge: flag,
    sha: z.string(),
  })
  .partial();

/** What people decide on a request: approve, take it back, merge, set to merge. */
export function decisionRoutes(context: Context): Routes {
  function approvals(request: ApiRequest): ApiAnswer {
    const mergeRequest = mergeRequestOf(context, request);
    const mine = mergeRequest.approvals.some(({ by }) => by === request.user.id);
    return ok({
      id: mergeRequestId(mergeRequest),
      iid: mergeRequest.iid,
      project_id: 1,
      title: mergeRequest.title,
      description: mergeRequest.description,
      state: mergeRequest.state,
      created_at: mergeRequest.createdAt,
      updated_at: mergeRequest.updatedAt,
      merge_status: "can_be_merged",
      approved: mergeRequest.approvals.length > 0,
      approvals_required: 0,
      approvals_left: 0,
      require_password_to_approve: false,
      approved_by: mergeRequest.approvals.map(({ by, at }) => ({
        user: userView(context, userOf(context, by)),
        approved_at: at,
      })),
      suggested_approvers: [],
      approvers: [],
      approver_groups: [],
      user_has_approved: mine,
      user_can_approve: !mine && request.user.accessLevel >= developer,
      approval_rules_left: [],
      has_approval_rules: false,
      merge_request_approvers_available: false,
      multiple_approval_rules_available: false,
    });
  }

  async function approve(request: ApiRequest): Promise<ApiAnswer> {
    const { sha } = parseFields(z.object({ sha: z.string().optional() }), request.fields);
    const { user } = request;
    return context.exclusive(async () => {
      const mergeRequest = mergeRequestOf(context, request);
      const mine = mergeRequest.approvals.some(({ by }) => by === user.id);
      if (user.accessLevel < developer || mine) throw refuse(401, "401 Unauthorized");
      requireHead(sha, (await standingOf(context, mergeRequest)).head);
      const now = context.clock.now();
      const approval = { by: user.id, at: now.toISOString() };
      const next = { ...mergeRequest, approvals: [...mergeRequest.approvals, approval] };
      await save(context, withNote(next, user.id, "approved this merge request", true, now), user);
      return { ...approvals(request), status: 201 };
    });
  }

  async function unapprove(request: ApiRequest): Promise<ApiAnswer> {
    const { user } = request;
    return context.exclusive(async () => {
      const mergeRequest = mergeRequestOf(context, request);
      const left = mergeRequest.approvals.filter(({ by }) => by !== user.id);
      if (left.length === mergeRequest.approvals.length) throw notFound();
      const next = withNote(
        mergeRequest,
        user.id,
        "unapproved this merge request",
        true,
        context.clock.now(),
      );
      await save(context, { ...next, approvals: left }, user);
      return { ...approvals(request), status: 201 };
    });
  }

  /** GitLab's order of refusals: 401 for who may not merge, 405 for a draft or what is not open, 422, 409. */
  async function accept(request: ApiRequest): Promise<ApiAnswer> {
    const wish = parseFields(mergeSchema, request.fields);
    const { user } = request;
    return context.exclusive(async () => {
      const mergeRequest = mergeRequestOf(context, request);
      if (!mayMerge(context, user, mergeRequest)) throw refuse(401, "401 Unauthorized");
      const standing = await standingOf(context, mergeRequest);
      const status = mergeStatus(mergeRequest, standing);
      if (status === "not_open" || status === "draft_status") throw refuse(405, "405 Method Not Allowed");
      if (status !== "mergeable") throw refuse(422, "Branch cannot be merged");
      requireHead(wish.sha, standing.head);
      if (wish.merge_when_pipeline_succeeds || wish.auto_merge) {
        const now = context.clock.now();
        const autoMerge = { at: now.toISOString(), by: user.id, head: standing.head };
        const body = `enabled an automatic merge when all merge checks for ${standing.head} pass`;
        await save(context, withNote({ ...mergeRequest, autoMerge }, user.id, body, true, now), user);
      } else {
        await merge(context, mergeRequest, user, {
          message: wish.merge_commit_message,
          squashMessage: wish.squash_commit_message,
          squash: wish.squash ?? mergeRequest.squash,
          removeSource: wish.should_remove_source_branch ?? mergeRequest.removeSource,
        });
      }
      return ok(await detailedView(context, mergeRequestOf(context, request), user));
    });
  }

  async function cancel(request: ApiRequest): Promise<ApiAnswer> {
    const { user } = request;
    return context.exclusive(async () => {
      const mergeRequest = mergeRequestOf(context, request);
      requireLevel(user, developer);
      if (mergeRequest.autoMerge === null) throw refuse(406, "406 Not Acceptable");
      const next = { ...mergeRequest, autoMerge: null };
      await save(
        context,
        withNote(next, user.id, "canceled the automatic merge", true, context.clock.now()),
        user,
      );
      return ok(await detailedView(context, mergeRequestOf(context, request), user), 201);
    });
  }

  const one = "/projects/:id/merge_requests/:iid";
  return {
    [`GET ${one}/approvals`]: approvals,
    [`GET ${one}/approval_state`]: (request) => {
      mergeRequestOf(context, request);
      return ok({ approval_rules_overwritten: false, rules: [] });
    },
    [`POST ${one}/approve`]: approve,
    [`POST ${one}/unapprove`]: unapprove,
    [`PUT ${one}/merge`]: accept,
    [`POST ${one}/cancel_merge_when_pipeline_succeeds`]: cancel,
  };
}

function requireHead(wanted: string | undefined, head: string): void {
  if (wanted === undefined || wanted === head) return;
  throw refuse(409, `SHA does not match HEAD of source branch: ${head}`);
}
