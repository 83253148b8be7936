import { type FreezeReason, type RequestState, readHistoryLines, roleStream } from "@plp/domain";
import { isFault, permanent } from "@plp/runtime";
import type { Loaded } from "./load.ts";
import { modesOf } from "./modes.ts";
import type { Gitlab, MergeRequest } from "./ports.ts";

/** Why people have taken a request over. `reopened`: after a reviewer refused it, which the streams say already. */
export interface Hold {
  readonly why: FreezeReason | "reopened";
  readonly by: string | null;
}

/**
 * Why a request is not ours to change any more; null while it is. Read again before every write. What a reviewer's
 * `/plp update` gave up counts no more.
 */
export async function holdOn(
  gitlab: Gitlab,
  loaded: Loaded,
  request: RequestState,
  found: MergeRequest,
): Promise<Hold | null> {
  if (!found.draft) return { why: "ready", by: null };
  if (found.setToMerge) return { why: "set-to-merge", by: null };
  const { givenUp } = request;
  const approvals = await gitlab.approvedBy(found.iid);
  if (approvals.some((id) => givenUp?.approvedBy.includes(id) !== true)) return { why: "approved", by: null };
  if (![request.head, givenUp?.head].includes(found.sha) && !(await isOurs(gitlab, loaded, found.sha)))
    return { why: "foreign-commit", by: null };
  return givenUp === null && wasRefused(loaded, request) ? { why: "reopened", by: null } : null;
}

/** A reviewer refused what it holds, and somebody opened it again: a person's will, and not ours to close or rebuild. */
function wasRefused(loaded: Loaded, { roles }: RequestState): boolean {
  return roles.some(
    ({ role, proposal }) => loaded.roles.get(roleStream(role))?.state.decided.get(proposal) === "rejected",
  );
}

/**
 * Is this commit one that we pushed, although a crash kept us from recording it? Its `Plp-History` lines name
 * proposals, and it is ours when it changes exactly the files of those proposals to exactly their content: nobody's
 * work can then be lost, whoever pushed it.
 */
export async function isOurs(gitlab: Gitlab, loaded: Loaded, sha: string): Promise<boolean> {
  const { parent, message, files } = await gitlab.change(sha);
  const expected = new Map<string, string | null>();
  const held = [];
  for (const { role, version } of readHistoryLines(message) ?? []) {
    const state = loaded.roles.get(roleStream(role))?.state;
    const proposal = state?.proposals.get(version);
    if (!proposal) return false;
    for (const { path, content } of proposal.files) expected.set(path, content);
    held.push({ environment: state?.scope?.environment ?? "", proposal });
  }
  if (parent !== null && held.some(({ proposal }) => proposal.enforce !== undefined)) {
    for (const { path, content } of await modesAt(gitlab, held, parent)) expected.set(path, content);
  }
  return (
    expected.size > 0 &&
    files.length === expected.size &&
    files.every(({ path, content }) => expected.has(path) && expected.get(path) === content)
  );
}

/** None where the file is another by then: the commit is not ours. */
async function modesAt(
  gitlab: Gitlab,
  held: Parameters<typeof modesOf>[1],
  commit: string,
): ReturnType<typeof modesOf> {
  try {
    return await modesOf(gitlab, held, commit);
  } catch (error) {
    if (isFault(error, "modes-moved")) return [];
    throw error;
  }
}

/** People's commits on so many branches in a row are no accident. */
const MOST_BRANCHES = 20;

/**
 * The branches that requests of ours may have, in order: the folder's own, and a numbered one after each that holds
 * people's commits. Those stay where they are: a closed request's branch is left over, and somebody may go on there.
 * The last one is free or ours.
 */
export async function branchesOf(gitlab: Gitlab, loaded: Loaded, branch: string): Promise<readonly string[]> {
  const names = [branch];
  for (let number = 2; ; number += 1) {
    const name = names.at(-1) ?? branch;
    const head = await gitlab.branch(name);
    if (head === null || (await isOurs(gitlab, loaded, head))) return names;
    if (number > MOST_BRANCHES)
      throw permanent(
        "branches-taken",
        `${JSON.stringify(branch)} and ${MOST_BRANCHES - 1} more branches hold commits of people; delete those that nobody needs`,
      );
    names.push(`${branch}-${number}`);
  }
}
