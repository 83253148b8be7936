import {
  type ApplicationEvent,
  type ApplicationId,
  type ApplicationState,
  applicationStream,
  type Cause,
  commitId,
  digest,
  foldApplication,
  openedRequest,
  openRequest,
  type RequestContent,
  type RequestKind,
  readHistoryLines,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import { blockOf } from "./describe.ts";
import type { Loaded } from "./load.ts";
import { branchesOf, isOurs } from "./ownership.ts";
import type { Gitlab, MergeRequest, PublishPorts } from "./ports.ts";

/** Commits of people on top of ours that are looked through. */
const MOST_COMMITS = 20;

interface Adopting {
  readonly place: ApplicationId;
  readonly gitlab: Gitlab;
  readonly cause: Cause;
  readonly ports: PublishPorts;
}

/**
 * A crash between GitLab's answer and our append leaves a request that no stream knows, and people may have decided it
 * since. It is found by its branch, whatever its state, and recorded as what its commit says; settling does the rest.
 */
export async function adopt(
  kind: RequestKind,
  branch: string,
  loaded: Loaded,
  look: Adopting,
): Promise<void> {
  const { application, roles } = loaded;
  const { gitlab } = look;
  const hasProposed = [...roles.values()].some(({ state }) => state.proposals.size > 0);
  if (!hasProposed || openRequest(application, kind) !== null) return;
  const branches = await branchesOf(gitlab, loaded, branch);
  for (const name of branches) await adoptFrom(kind, name, loaded, look);
}

async function adoptFrom(kind: RequestKind, branch: string, loaded: Loaded, look: Adopting): Promise<void> {
  const { application } = loaded;
  const { gitlab, cause, ports } = look;
  const found = await gitlab.newest(branch);
  if (found === null || application.requests.has(found.iid)) return;
  const content = await contentOf(kind, found, branch, loaded, gitlab);
  if (content === null) return;
  const stream = applicationStream(look.place);
  await commit<ApplicationEvent, ApplicationState>(ports.store, {
    stream,
    fold: foldApplication,
    decide: (current) => openedRequest(current, content, cause),
    commitId: commitId(
      cause.causationId,
      stream,
      digest("adopt", String(found.iid), String(application.version)),
    ),
  });
  ports.log.info("a request that was opened and not recorded is taken up", { ...look.place, iid: found.iid });
}

/** What the request held when we opened it; null when no commit of ours is in it. */
async function contentOf(
  kind: RequestKind,
  found: MergeRequest,
  branch: string,
  loaded: Loaded,
  gitlab: Gitlab,
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
