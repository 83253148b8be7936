import type { LocalUser } from "../organization.ts";
import { type Context, developer, mayMerge } from "./context.ts";
import { isDraft, mergeStatus, standingOf, withoutDraft } from "./merge-request-view.ts";
import { close, save, withNote } from "./merge-requests.ts";
import type { MergeRequest } from "./store.ts";

const known = /^\/(close|draft|ready|approve|unapprove|merge|title|label|unlabel)(?:\s+(.*))?$/;

interface QuickAction {
  readonly name: string;
  readonly argument: string;
}

/**
 * The quick actions in a description or note: lines that begin with a known command, outside code blocks, inline code
 * and quotes. GitLab takes them out of the text and carries them out with the writer's rights, so text from a log
 * that reaches a line's beginning acts; here too, so that tests see it.
 */
export function quickActions(text: string): {
  readonly text: string;
  readonly actions: readonly QuickAction[];
} {
  const actions: QuickAction[] = [];
  const kept: string[] = [];
  let fence: string | null = null;
  for (const line of text.split("\n")) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined && (fence === null || line.trim().startsWith(fence)))
      fence = fence === null ? mark : null;
    const command = fence === null && mark === undefined ? known.exec(line.trimEnd()) : null;
    if (command === null) kept.push(line);
    else actions.push({ name: command[1] ?? "", argument: command[2] ?? "" });
  }
  return actions.length === 0 ? { text, actions } : { text: kept.join("\n").trim(), actions };
}

/** Carries them out one after the other; what the writer may not do is skipped, as in GitLab. Call under `exclusive`. */
export async function carryOut(
  context: Context,
  iid: number,
  user: LocalUser,
  actions: readonly QuickAction[],
): Promise<void> {
  if (user.accessLevel < developer) return;
  for (const { name, argument } of actions) {
    const mergeRequest = context.store.mergeRequests.get(iid);
    if (mergeRequest === undefined || mergeRequest.state !== "opened") return;
    if (name === "close") await close(context, mergeRequest, user);
    else await save(context, await changed(context, mergeRequest, user, name, argument), user);
  }
}

async function changed(
  context: Context,
  mergeRequest: MergeRequest,
  user: LocalUser,
  name: string,
  argument: string,
): Promise<MergeRequest> {
  const now = context.clock.now();
  const others = mergeRequest.approvals.filter(({ by }) => by !== user.id);
  const labels = argument
    .split(/\s+/)
    .map((word) => word.replace(/^~|"/g, ""))
    .filter(Boolean);
  const said = (next: MergeRequest, body: string) => withNote(next, user.id, body, true, now);
  switch (name) {
    case "draft":
      if (isDraft(mergeRequest.title)) return mergeRequest;
      return said(
        { ...mergeRequest, title: `Draft: ${mergeRequest.title}` },
        "marked this merge request as **draft**",
      );
    case "ready":
      if (!isDraft(mergeRequest.title)) return mergeRequest;
      return said(
        { ...mergeRequest, title: withoutDraft(mergeRequest.title) },
        "marked this merge request as **ready**",
      );
    case "title":
      return argument === ""
        ? mergeRequest
        : said({ ...mergeRequest, title: argument.slice(0, 255) }, "changed title");
    case "approve": {
      const approvals = [...others, { by: user.id, at: now.toISOString() }];
      return said({ ...mergeRequest, approvals }, "approved this merge request");
    }
    case "unapprove":
      return said({ ...mergeRequest, approvals: others }, "unapproved this merge request");
    case "label":
      return { ...mergeRequest, labels: [...new Set([...mergeRequest.labels, ...labels])].sort() };
    case "unlabel":
      return { ...mergeRequest, labels: mergeRequest.labels.filter((label) => !labels.includes(label)) };
    default: {
      const standing = await standingOf(context, mergeRequest);
      const may =
        mayMerge(context, user, mergeRequest) && mergeStatus(mergeRequest, standing) === "mergeable";
      const autoMerge = { at: now.toISOString(), by: user.id, head: standing.head };
      return may ? said({ ...mergeRequest, autoMerge }, "enabled an automatic merge") : mergeRequest;
    }
  }
}
