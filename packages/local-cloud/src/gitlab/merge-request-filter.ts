import * as z from "zod";
import { type Context, userOf } from "./context.ts";
import { ids, parseFields, words } from "./fields.ts";
import type { ApiRequest } from "./http.ts";
import { isDraft } from "./merge-request-view.ts";
import type { MergeRequest } from "./store.ts";

const filterSchema = z
  .object({
    state: z.enum(["opened", "closed", "locked", "merged", "all"]),
    source_branch: z.string(),
    target_branch: z.string(),
    author_id: z.coerce.number(),
    author_username: z.string(),
    assignee_id: z.union([z.literal("None"), z.literal("Any"), z.coerce.number()]),
    reviewer_username: z.string(),
    labels: words,
    search: z.string(),
    draft: z.string(),
    wip: z.string(),
    iids: ids,
    created_after: z.coerce.date(),
    created_before: z.coerce.date(),
    updated_after: z.coerce.date(),
    updated_before: z.coerce.date(),
    order_by: z.enum(["created_at", "updated_at", "title", "merged_at"]),
    sort: z.enum(["asc", "desc"]),
  })
  .partial();

/** GitLab's filters and order of a list of requests; a filter that it does not know it ignores, as here. */
export function filterOf(
  context: Context,
  request: ApiRequest,
): (all: readonly MergeRequest[]) => readonly MergeRequest[] {
  const wish = parseFields(filterSchema, request.fields);
  const search = wish.search?.toLowerCase();
  const draft = wish.draft ?? wish.wip;
  const usernames = (userIds: readonly number[]) => userIds.map((id) => userOf(context, id).username);

  const tests: ((one: MergeRequest) => boolean)[] = [
    (one) => wish.state === undefined || wish.state === "all" || one.state === wish.state,
    (one) => wish.source_branch === undefined || one.source === wish.source_branch,
    (one) => wish.target_branch === undefined || one.target === wish.target_branch,
    (one) => wish.author_id === undefined || one.authorId === wish.author_id,
    (one) => wish.author_username === undefined || usernames([one.authorId]).includes(wish.author_username),
    (one) =>
      wish.assignee_id === undefined ||
      (typeof wish.assignee_id === "number"
        ? one.assigneeIds.includes(wish.assignee_id)
        : one.assigneeIds.length > 0 === (wish.assignee_id === "Any")),
    (one) =>
      wish.reviewer_username === undefined || usernames(one.reviewerIds).includes(wish.reviewer_username),
    (one) => (wish.labels ?? []).every((label) => one.labels.includes(label)),
    (one) => search === undefined || `${one.title}\n${one.description}`.toLowerCase().includes(search),
    (one) => draft === undefined || isDraft(one.title) === (draft === "yes" || draft === "true"),
    (one) => wish.iids === undefined || wish.iids.includes(one.iid),
    (one) => wish.created_after === undefined || Date.parse(one.createdAt) >= wish.created_after.getTime(),
    (one) => wish.created_before === undefined || Date.parse(one.createdAt) <= wish.created_before.getTime(),
    (one) => wish.updated_after === undefined || Date.parse(one.updatedAt) >= wish.updated_after.getTime(),
    (one) => wish.updated_before === undefined || Date.parse(one.updatedAt) <= wish.updated_before.getTime(),
  ];
  const key = (one: MergeRequest): string => {
    if (wish.order_by === "updated_at") return one.updatedAt;
    if (wish.order_by === "title") return one.title;
    return wish.order_by === "merged_at" ? (one.merged?.at ?? "") : one.createdAt;
  };
  const direction = wish.sort === "asc" ? 1 : -1;
  return (all) =>
    all
      .filter((one) => tests.every((test) => test(one)))
      .sort((a, b) => direction * (compare(key(a), key(b)) || a.iid - b.iid));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
