import {
  branchOf,
  digest,
  openedBeside,
  openedRequest,
  openRequest,
  type Person,
  type RequestContent,
  type RequestState,
  readHistoryLines,
  roleStream,
} from "@plp/domain";
import { blockOf } from "./describe.ts";
import { change, type KindLook } from "./look.ts";
import { branchesOf, isOurs } from "./ownership.ts";
import type { MergeRequest } from "./ports.ts";
import { renderNote } from "./render/notes.ts";

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
  const open = openRequest(application, kind);
  // Beside one that people reopened another of ours may stand, made at that moment.
  if (!hasProposed || open?.wasReopened === false) return;
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
  const step = digest("adopt", String(found.iid), String(application.version));
  const open = openRequest(application, content.kind);
  if (open !== null) {
    const closed = await standBack(look, found, content, open);
    return change(look, (current) => openedBeside(current, content, closed, cause), step);
  }
  await change(look, (current) => openedRequest(current, content, cause), step);
  ports.log.info("a request that was opened and not recorded is taken up", { ...place, iid: found.iid });
}

/** Of each kind one is open, and people's goes first: closes ours, unless somebody has touched it already. */
async function standBack(
  { cause, gitlab, loaded }: KindLook,
  found: MergeRequest,
  content: RequestContent,
  open: RequestState,
): Promise<{ readonly closedBy: Person | null; readonly closedAt: string }> {
  const { iid } = found;
  const isUntouched =
    found.state === "opened" &&
    found.draft &&
    !found.setToMerge &&
    found.sha === content.head &&
    (await gitlab.approvedBy(iid)).length === 0;
  if (isUntouched) {
    const environments = content.roles.map(({ role }) => loaded.roles.get(roleStream(role))?.state.scope);
    const reason = `!${open.iid} was opened again, and goes first`;
    const reasons = environments.map((scope) => ({ environment: scope?.environment ?? "", reason }));
    await gitlab.note(iid, "withdrawn", renderNote({ kind: "withdrawn", reasons }));
    await gitlab.close(iid);
  }
  const { closedBy, closedAt } = await gitlab.get(iid);
  return { closedBy, closedAt: closedAt ?? cause.occurredAt };
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
