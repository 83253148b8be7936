import type { RequestState } from "@plp/domain";
import type { KindLook } from "./look.ts";

/**
 * A reviewer's `/plp update` makes a request that people had taken over a draft of ours again, not set to merge. Where
 * somebody did something to it after that was written, nothing is given up: it would be lost. Answers the request as it
 * is to be treated, and whether it is to be rebuilt now.
 */
export async function takeBack(
  { gitlab }: KindLook,
  request: RequestState,
): Promise<{ readonly request: RequestState; readonly rebuild: boolean }> {
  const { iid, givenUp } = request;
  if (givenUp === null || givenUp.head === null) return { request, rebuild: false };
  const found = await gitlab.getOrNull(iid);
  const { id: self } = await gitlab.self();
  const since = (await gitlab.notes(iid)).filter(({ id, system }) => system && id > givenUp.note);
  if (found?.state !== "opened" || since.some(({ author }) => author.id !== self))
    return { request: { ...request, givenUp: null }, rebuild: false };
  if (found.setToMerge) await gitlab.unsetToMerge(iid);
  if (!found.draft) await gitlab.edit(iid, { title: `Draft: ${found.title}` });
  return { request, rebuild: true };
}
