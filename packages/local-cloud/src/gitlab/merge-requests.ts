import type { LocalUser } from "../organization.ts";
import type { Context } from "./context.ts";
import { signatureOf, userOf } from "./context.ts";
import { writeTreeCommit } from "./git/write.ts";
import { announceMergeRequest } from "./hooks/merge-request-event.ts";
import { announcePush } from "./hooks/push-event.ts";
import { refuse } from "./http.ts";
import { standingOf, withoutDraft } from "./merge-request-view.ts";
import type { Moved } from "./moved.ts";
import type { MergeRequest } from "./store.ts";

/** Adds a note; its id holds the request's iid, so that ids need no counter of their own on disk. */
export function withNote(
  mergeRequest: MergeRequest,
  authorId: number,
  body: string,
  system: boolean,
  now: Date,
): MergeRequest {
  const at = now.toISOString();
  const id = mergeRequest.iid * 100_000 + mergeRequest.nextNote;
  const note = { id, authorId, body, createdAt: at, updatedAt: at, system };
  return {
    ...mergeRequest,
    notes: [...mergeRequest.notes, note],
    nextNote: mergeRequest.nextNote + 1,
    updatedAt: at,
  };
}

/** Stores a request and tells the hooks what that means to others: the one way in which anything visible changes. */
export async function save(context: Context, mergeRequest: MergeRequest, by: LocalUser): Promise<void> {
  const before = context.store.mergeRequests.get(mergeRequest.iid);
  await context.store.putMergeRequest(mergeRequest);
  announceMergeRequest(context, before, mergeRequest, by);
  if (mergeRequest.state !== "opened") return;
  const isNew = before?.head !== mergeRequest.head || before.state !== "opened";
  if (isNew) context.pipelines.headChanged(mergeRequest, by);
}

/** Closes an open request and keeps the commits that it ended with. */
export async function close(context: Context, mergeRequest: MergeRequest, by: LocalUser): Promise<void> {
  const now = context.clock.now();
  const { head, refs } = await standingOf(context, mergeRequest);
  const closed: MergeRequest = {
    ...mergeRequest,
    state: "closed",
    closed: { at: now.toISOString(), by: by.id },
    autoMerge: null,
    head,
    refs,
  };
  await save(context, withNote(closed, by.id, "closed", true, now), by);
}

/**
 * Brings open requests up to what the branches say, for one source branch or all: new commits are noted, a request whose
 * source branch is gone is closed, as GitLab does. Call under `exclusive`, after whatever moved a branch, and at start.
 */
export async function followBranches(context: Context, by: LocalUser, branch?: string): Promise<void> {
  for (const mergeRequest of [...context.store.mergeRequests.values()]) {
    if (mergeRequest.state !== "opened" || (branch ?? mergeRequest.source) !== mergeRequest.source) continue;
    const head = await context.repository.branchHead(mergeRequest.source);
    if (head === null) await close(context, mergeRequest, by);
    else if (head !== mergeRequest.head) {
      const next = { ...mergeRequest, head, autoMerge: null };
      const body = `added commits up to ${head.slice(0, 8)}`;
      await save(context, withNote(next, by.id, body, true, context.clock.now()), by);
    }
  }
}

/** What follows from a branch that moved: the push is announced, its requests are brought up to it. Under `exclusive`. */
export async function branchMoved(context: Context, by: LocalUser, moved: Moved): Promise<void> {
  announcePush(context, by, moved);
  context.pipelines.pushed(moved, by);
  await followBranches(context, by, moved.branch);
}

export interface MergeWish {
  readonly message: string | undefined;
  readonly squashMessage: string | undefined;
  readonly squash: boolean;
  readonly removeSource: boolean;
}

/**
 * Merges by a real merge commit. The intention is written first, then the target branch moves, then the request is marked
 * merged: killed in between, `finishMerges` completes or forgets it, and branch and request never contradict.
 */
export async function merge(
  context: Context,
  mergeRequest: MergeRequest,
  by: LocalUser,
  wish: MergeWish,
): Promise<void> {
  const { repository, store } = context;
  const { refs, mergeTree } = await standingOf(context, mergeRequest);
  if (refs === null || mergeTree === null) throw refuse(422, "Branch cannot be merged");
  const signature = signatureOf(context, by);
  const title = withoutDraft(mergeRequest.title);
  let squash: string | null = null;
  if (wish.squash) {
    const head = await repository.commit(refs.head);
    if (head === null) throw refuse(422, "Branch cannot be merged");
    const message = wish.squashMessage ?? title;
    squash = await writeTreeCommit(repository.directory, head.tree, [refs.base], message, signature);
  }
  const message =
    wish.message ??
    `Merge branch '${mergeRequest.source}' into '${mergeRequest.target}'\n\n${title}\n\nSee merge request !${mergeRequest.iid}`;
  const parents = [refs.start, squash ?? refs.head];
  const commit = await writeTreeCommit(repository.directory, mergeTree, parents, message, signature);
  const merging = { at: signature.at, by: by.id, commit, squash, removeSource: wish.removeSource };
  const intended: MergeRequest = { ...mergeRequest, head: refs.head, refs, merging };
  await store.putMergeRequest(intended);
  if (!(await repository.updateRef(`refs/heads/${mergeRequest.target}`, commit, refs.start))) {
    await store.putMergeRequest({ ...mergeRequest, merging: null });
    throw refuse(422, "Branch cannot be merged");
  }
  await finish(context, intended);
  await branchMoved(context, by, { branch: mergeRequest.target, before: refs.start, after: commit });
}

async function finish(context: Context, mergeRequest: MergeRequest): Promise<void> {
  const { merging } = mergeRequest;
  if (merging === null) return;
  const { repository } = context;
  const user = userOf(context, merging.by);
  const branch = mergeRequest.source;
  const before = merging.removeSource ? await repository.branchHead(branch) : null;
  const removed =
    before === mergeRequest.head && (await repository.updateRef(`refs/heads/${branch}`, null, before));
  const { at, by, commit, squash } = merging;
  const merged: MergeRequest = {
    ...mergeRequest,
    state: "merged",
    merged: { at, by, commit, squash },
    merging: null,
    autoMerge: null,
  };
  await save(context, withNote(merged, by, "merged", true, new Date(at)), user);
  if (removed) await branchMoved(context, user, { branch, before, after: null });
}

/** At start: a merge whose commit is on the target branch is finished, any other one never happened. */
export async function finishMerges(context: Context): Promise<void> {
  for (const mergeRequest of [...context.store.mergeRequests.values()]) {
    if (mergeRequest.merging === null) continue;
    const target = await context.repository.branchHead(mergeRequest.target);
    const { commit } = mergeRequest.merging;
    const there = target !== null && (await context.repository.isAncestor(commit, target));
    if (there) await finish(context, mergeRequest);
    else await context.store.putMergeRequest({ ...mergeRequest, merging: null, refs: null });
  }
}
