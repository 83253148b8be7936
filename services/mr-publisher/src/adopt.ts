import {
  branchOf,
  digest,
  openedRequest,
  openRequest,
  type RequestContent,
  readHistoryLines,
} from "@plp/domain";
import { blockOf } from "./describe.ts";
import { change, type KindLook } from "./look.ts";
import { branchesOf, isOurs } from "./ownership.ts";
import type { MergeRequest } from "./ports.ts";

/** Commits of people on top of ours that are looked through. */
const MOST_COMMITS = 20;

/**
 * A crash between GitLab's answer and our append leaves a request that no stream knows, and people may have decided it
 * since. It is found by its branch, whatever its state, and recorded as what its commit says; the review does the rest.
 */
export async function adopt(look: KindLook): Promise<void> {
  const { kind, loaded, place, gitlab } = look;
  const { application, roles } = loaded;
  const hasProposed = [...roles.values()].some(({ state }) =>
    [...state.proposals.values()].some((proposal) => proposal.kind === kind),
  );
  if (!hasProposed || openRequest(application, kind) !== null) return;
  for (const branch of await branchesOf(gitlab, loaded, branchOf(kind, place.folder)))
    await adoptFrom(branch, look);
}

async function adoptFrom(branch: string, look: KindLook): Promise<void> {
  const { loaded, gitlab, cause, ports, place } = look;
  const { application } = loaded;
  const found = await gitlab.newest(branch);
  if (found === null || application.requests.has(found.iid)) return;
  const content = await contentOf(found, branch, look);
  if (content === null) return;
  await change(
    look,
    (current) => openedRequest(current, content, cause),
    digest("adopt", String(found.iid), String(application.version)),
  );
  ports.log.info("a request that was opened and not recorded is taken up", { ...place, iid: found.iid });
}

/** What the request held when we opened it; null when no commit of ours is in it. */
async function contentOf(
  found: MergeRequest,
  branch: string,
  { kind, loaded, gitlab }: KindLook,
): Promise<RequestContent | null> {
  let head: string | null = found.sha;
  for (let depth = 0; head !== null && depth < MOST_COMMITS; depth += 1) {
    const { parent, message } = await gitlab.change(head);
    if (parent !== null && (await isOurs(gitlab, loaded, head))) {
      const lines = readHistoryLines(message) ?? [];
      return {
        kind,
        iid: found.iid,
        url: found.url,
        branch,
        head,
        base: parent,
        title: found.title,
        description: digest(blockOf(found.description)),
        roles: lines.map(({ role, version }) => ({ role, proposal: version })),
      };
    }
    head = parent;
  }
  return null;
}
