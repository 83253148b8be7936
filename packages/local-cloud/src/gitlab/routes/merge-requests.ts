import * as z from "zod";
import type { LocalUser } from "../../organization.ts";
import { type Context, developer, requireLevel, requireProject } from "../context.ts";
import { flag, ids, parseFields, words } from "../fields.ts";
import { type ApiAnswer, type ApiRequest, notFound, ok, Refusal, type Routes, refuse } from "../http.ts";
import { filterOf } from "../merge-request-filter.ts";
import { detailedView, isDraft, listedView, standingOf } from "../merge-request-view.ts";
import { close, save, withNote } from "../merge-requests.ts";
import { paged } from "../paging.ts";
import { carryOut, quickActions } from "../quick-actions.ts";
import type { MergeRequest } from "../store.ts";
import { commitView, userView } from "../views.ts";

const changeable = {
  title: z.string().min(1),
  description: z.string().max(1_048_576).nullish(),
  target_branch: z.string(),
  assignee_id: z.coerce.number().int().nullish(),
  assignee_ids: ids.nullish(),
  reviewer_ids: ids.nullish(),
  labels: words.nullish(),
  remove_source_branch: flag.nullish(),
  squash: flag.nullish(),
};
const createSchema = z.object({ ...changeable, source_branch: z.string() });
const updateSchema = z
  .object({
    ...changeable,
    state_event: z.enum(["close", "reopen"]),
    add_labels: words,
    remove_labels: words,
  })
  .partial();
type Update = z.infer<typeof updateSchema>;

/** The request that a route names; 404 in GitLab's words when there is none. */
export function mergeRequestOf(context: Context, { params }: ApiRequest): MergeRequest {
  requireProject(params.id);
  const iid = /^\d{1,9}$/.test(params.iid ?? "") ? Number(params.iid) : 0;
  const mergeRequest = context.store.mergeRequests.get(iid);
  if (mergeRequest === undefined) throw notFound();
  return mergeRequest;
}

/** Merge requests: opened, listed, shown, edited, closed, reopened, and what they change. */
export function mergeRequestRoutes(context: Context): Routes {
  const { repository, store } = context;

  async function create({ params, fields, user }: ApiRequest): Promise<ApiAnswer> {
    requireProject(params.id);
    requireLevel(user, developer);
    const wish = parseFields(createSchema, fields);
    checkTitle(wish.title);
    const written = quickActions(wish.description ?? "");
    return context.exclusive(async () => {
      const [source, target] = [wish.source_branch, wish.target_branch];
      if (source === target) {
        throw refuse(422, ["You can't use same project/branch for source and target"]);
      }
      const head = await repository.branchHead(source);
      if (head === null) throw refuse(400, { source_branch: [`"${source}" does not exist`] });
      if ((await repository.branchHead(target)) === null) {
        throw refuse(400, { target_branch: [`"${target}" does not exist`] });
      }
      refuseDuplicate(store.mergeRequests.values(), source, target);
      const at = context.clock.now().toISOString();
      const mergeRequest: MergeRequest = {
        iid: Math.max(0, ...store.mergeRequests.keys()) + 1,
        title: wish.title,
        description: written.text,
        state: "opened",
        source,
        target,
        authorId: user.id,
        assigneeIds: people(context, wish.assignee_ids ?? (wish.assignee_id ? [wish.assignee_id] : [])),
        reviewerIds: people(context, wish.reviewer_ids ?? []),
        labels: [...new Set(wish.labels ?? [])].sort(),
        removeSource: wish.remove_source_branch ?? false,
        squash: wish.squash ?? false,
        createdAt: at,
        updatedAt: at,
        closed: null,
        merged: null,
        merging: null,
        head,
        refs: null,
        autoMerge: null,
        approvals: [],
        notes: [],
        nextNote: 1,
      };
      await save(context, mergeRequest, user);
      await carryOut(context, mergeRequest.iid, user, written.actions);
      return ok(
        await detailedView(context, store.mergeRequests.get(mergeRequest.iid) ?? mergeRequest, user),
        201,
      );
    });
  }

  async function update(request: ApiRequest): Promise<ApiAnswer> {
    const { user } = request;
    const asked = parseFields(updateSchema, request.fields);
    if (asked.title !== undefined) checkTitle(asked.title);
    const written = quickActions(asked.description ?? "");
    const wish = asked.description ? { ...asked, description: written.text } : asked;
    return context.exclusive(async () => {
      const before = mergeRequestOf(context, request);
      if (user.id !== before.authorId) requireLevel(user, developer);
      if (wish.target_branch !== undefined && (await repository.branchHead(wish.target_branch)) === null) {
        throw refuse(400, { target_branch: [`"${wish.target_branch}" does not exist`] });
      }
      const changed = updated(context, before, wish, user);
      if (wish.state_event === "close" && changed.state === "opened") await close(context, changed, user);
      else if (wish.state_event === "reopen" && changed.state === "closed") await reopen(changed, user);
      else await save(context, changed, user);
      await carryOut(context, before.iid, user, written.actions);
      return ok(await detailedView(context, mergeRequestOf(context, request), user));
    });
  }

  async function reopen(mergeRequest: MergeRequest, user: LocalUser): Promise<void> {
    const head = await repository.branchHead(mergeRequest.source);
    if (head === null) throw refuse(400, { source_branch: [`"${mergeRequest.source}" does not exist`] });
    refuseDuplicate(store.mergeRequests.values(), mergeRequest.source, mergeRequest.target);
    const open: MergeRequest = { ...mergeRequest, state: "opened", closed: null, head, refs: null };
    await save(context, withNote(open, user.id, "reopened", true, context.clock.now()), user);
  }

  async function filesOf(mergeRequest: MergeRequest) {
    const { refs } = await standingOf(context, mergeRequest);
    return refs === null ? [] : repository.comparer.files(refs.base, refs.head);
  }

  const one = "/projects/:id/merge_requests/:iid";
  return {
    "POST /projects/:id/merge_requests": create,
    "GET /projects/:id/merge_requests": (request) => {
      requireProject(request.params.id);
      const found = filterOf(context, request)([...store.mergeRequests.values()]);
      return paged(request, context.origin(), found, (mergeRequest) => listedView(context, mergeRequest));
    },
    [`GET ${one}`]: async (request) =>
      ok(await detailedView(context, mergeRequestOf(context, request), request.user)),
    [`PUT ${one}`]: update,
    [`GET ${one}/changes`]: async (request) => {
      const mergeRequest = mergeRequestOf(context, request);
      const view = await detailedView(context, mergeRequest, request.user);
      return ok({ ...view, changes: await filesOf(mergeRequest), overflow: false });
    },
    [`GET ${one}/diffs`]: async (request) =>
      paged(request, context.origin(), await filesOf(mergeRequestOf(context, request)), (file) => ({
        ...file,
        collapsed: false,
        too_large: false,
      })),
    [`GET ${one}/commits`]: async (request) => {
      const { refs } = await standingOf(context, mergeRequestOf(context, request));
      const commits =
        refs === null ? [] : await repository.commits(`${refs.base}..${refs.head}`, null, 0, 1000);
      return paged(request, context.origin(), commits, (commit) => commitView(context, commit));
    },
    [`GET ${one}/participants`]: (request) => {
      const { authorId, assigneeIds, reviewerIds, notes } = mergeRequestOf(context, request);
      const involved = new Set([
        authorId,
        ...assigneeIds,
        ...reviewerIds,
        ...notes.map((note) => note.authorId),
      ]);
      const users = store.instance.users.filter(({ id }) => involved.has(id));
      return paged(request, context.origin(), users, (user) => userView(context, user));
    },
  };
}

/** The request with the wished fields, and GitLab's system notes for what people should see of it. */
function updated(context: Context, before: MergeRequest, wish: Update, user: LocalUser): MergeRequest {
  const now = context.clock.now();
  const assignees = wish.assignee_ids ?? (wish.assignee_id === undefined ? null : [wish.assignee_id ?? 0]);
  const labels = new Set([...(wish.labels ?? before.labels), ...(wish.add_labels ?? [])]);
  for (const label of wish.remove_labels ?? []) labels.delete(label);
  let next: MergeRequest = {
    ...before,
    title: wish.title ?? before.title,
    description: wish.description === undefined ? before.description : (wish.description ?? ""),
    target: before.state === "opened" ? (wish.target_branch ?? before.target) : before.target,
    assigneeIds: assignees === null ? before.assigneeIds : people(context, assignees),
    reviewerIds: wish.reviewer_ids ? people(context, wish.reviewer_ids) : before.reviewerIds,
    labels: [...labels].sort(),
    removeSource: wish.remove_source_branch ?? before.removeSource,
    squash: wish.squash ?? before.squash,
    updatedAt: now.toISOString(),
  };
  if (isDraft(before.title) !== isDraft(next.title)) {
    const word = isDraft(next.title) ? "draft" : "ready";
    next = withNote(next, user.id, `marked this merge request as **${word}**`, true, now);
  } else if (before.title !== next.title) {
    next = withNote(next, user.id, "changed title", true, now);
  }
  return isDraft(next.title) ? { ...next, autoMerge: null } : next;
}

function people(context: Context, wanted: readonly number[]): number[] {
  const known = new Set(context.store.instance.users.map(({ id }) => id));
  return [...new Set(wanted)].filter((id) => known.has(id));
}

function checkTitle(title: string): void {
  if (title.trim() === "") throw new Refusal(400, { error: "title is empty" });
  if (title.length > 255) throw refuse(400, { title: ["is too long (maximum is 255 characters)"] });
}

function refuseDuplicate(all: Iterable<MergeRequest>, source: string, target: string): void {
  for (const other of all) {
    if (other.state !== "opened" || other.source !== source || other.target !== target) continue;
    throw refuse(409, [`Another open merge request already exists for this source branch: !${other.iid}`]);
  }
}
