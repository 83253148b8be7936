import {
  type ApplicationEvent,
  type ApplicationId,
  type ApplicationState,
  applicationStream,
  approveProposal,
  type Cause,
  closeRequest,
  commitId,
  comparePolicies,
  digest,
  type EnvironmentScope,
  foldApplication,
  foldRole,
  mergeRequest,
  openRequest,
  type Person,
  type RequestState,
  type RoleEvent,
  type RoleId,
  type RoleState,
  rejectProposal,
  reopenRequest,
  roleStream,
  withdrawProposal,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import { isPolicyError, type Policy } from "@plp/iam-policy";
import { isFault } from "@plp/runtime";
import { readPolicyFiles } from "./merged-policy.ts";
import type { Gitlab, MergeRequest, PublishPorts } from "./ports.ts";

interface Settling {
  readonly place: ApplicationId;
  readonly gitlab: Gitlab;
  readonly cause: Cause;
  readonly ports: PublishPorts;
}

/**
 * Records what people did to the requests since the last look: merged, closed, reopened. The application's stream
 * first, then each role that the request held; a crash in between is finished by the next look, because a decided
 * request whose roles do not know it yet is found from the streams alone.
 */
export async function settle(before: ApplicationState, settling: Settling): Promise<void> {
  let application = before;
  for (const request of before.requests.values()) {
    if (isWaiting(request)) application = await look(application, request, settling);
  }
  for (const request of before.requests.values()) {
    if (mayBeReopened(application, request)) application = await look(application, request, settling);
  }
  for (const request of application.requests.values()) {
    if (request.merged !== null) await approve(request, request.merged, settling);
    else if (request.closed?.decision === true) await reject(request, request.closed, settling);
  }
}

function isWaiting(request: RequestState): boolean {
  return request.status === "open" || request.status === "frozen";
}

/**
 * GitLab lets people reopen any closed request, and merge it at once, while no other of its branch is open. The close
 * of the newest one may just have been recorded. Beside an open request of another branch it stays closed to us until
 * it is merged: of each kind one is open.
 */
function mayBeReopened(application: ApplicationState, { iid, kind, branch }: RequestState): boolean {
  if (application.requests.get(iid)?.status !== "closed") return false;
  return openRequest(application, kind)?.branch !== branch;
}

async function look(
  application: ApplicationState,
  request: RequestState,
  { place, gitlab, cause, ports }: Settling,
): Promise<ApplicationState> {
  const stream = applicationStream(place);
  const found = await foundOr(gitlab, request);
  if (found === null) return closeGone(application, request, { place, gitlab, cause, ports });
  const decision =
    found.closedBy !== null && found.state === "closed" ? await decides(gitlab, found.closedBy) : false;
  const decide = (current: ApplicationState): ApplicationEvent[] => {
    if (found.state === "merged") return mergeRequest(current, mergedOf(found, cause), cause);
    if (found.state === "closed") return closeRequest(current, closedOf(found, decision, cause), cause);
    const isOnlyOne = openRequest(current, request.kind) === null;
    return found.state === "opened" && isOnlyOne ? reopenRequest(current, request.iid, cause) : [];
  };
  if (decide(application).length === 0) return application;
  const { state } = await commit<ApplicationEvent, ApplicationState>(ports.store, {
    stream,
    fold: foldApplication,
    decide,
    commitId: commitId(
      cause.causationId,
      stream,
      digest("settle", String(request.iid), found.state, String(application.version)),
    ),
  });
  return state;
}

/** Our own close, of a withdrawn request or before a crash, is never a decision, even where we may merge. */
async function decides(gitlab: Gitlab, person: Person): Promise<boolean> {
  return person.id !== (await gitlab.self()).id && (await gitlab.isReviewer(person));
}

/** Null where the project is there and the request is not: people may delete requests. */
async function foundOr(gitlab: Gitlab, { iid }: RequestState): Promise<MergeRequest | null> {
  try {
    return await gitlab.get(iid);
  } catch (error) {
    if (!isFault(error, "gitlab-404")) throw error;
    // GitLab answers the same for a project that we may not see any more: then this throws.
    await gitlab.head();
    return null;
  }
}

async function closeGone(
  application: ApplicationState,
  { iid, status }: RequestState,
  { place, cause, ports }: Settling,
): Promise<ApplicationState> {
  if (status !== "open" && status !== "frozen") return application;
  ports.log.warn("a request was deleted; it counts as closed, which is no decision", { ...place, iid });
  const closed = { iid, closedBy: null, closedAt: cause.occurredAt, decision: false };
  const stream = applicationStream(place);
  const { state } = await commit<ApplicationEvent, ApplicationState>(ports.store, {
    stream,
    fold: foldApplication,
    decide: (current) => closeRequest(current, closed, cause),
    commitId: commitId(
      cause.causationId,
      stream,
      digest("settle", String(iid), "gone", String(application.version)),
    ),
  });
  return state;
}

function mergedOf(found: MergeRequest, cause: Cause) {
  const { iid, result, mergedBy, mergedAt } = found;
  return { iid, mergeCommit: result, mergedBy, mergedAt: mergedAt ?? cause.occurredAt };
}

function closedOf(found: MergeRequest, decision: boolean, cause: Cause) {
  const { iid, closedBy, closedAt } = found;
  return { iid, closedBy, closedAt: closedAt ?? cause.occurredAt, decision };
}

async function approve(
  request: RequestState,
  merged: NonNullable<RequestState["merged"]>,
  { gitlab, cause, ports }: Settling,
): Promise<void> {
  for (const { role, proposal } of request.roles) {
    const state = await loadRole(role, ports);
    const proposed = state.proposals.get(proposal);
    if (proposed === undefined || state.scope === null || state.decided.get(proposal) === "approved")
      continue;
    const stream = roleStream(role);
    const merge = await readMerged(gitlab, state.scope, merged.commit);
    if ("unreadable" in merge) {
      const reason = `what was merged with !${request.iid} cannot be read: ${merge.unreadable}; mend the file, the next merge takes it up`;
      ports.log.warn("an approval cannot be read", { role: role.arn, iid: request.iid, reason });
      await commit<RoleEvent, RoleState>(ports.store, {
        stream,
        fold: foldRole,
        decide: (current) => withdrawProposal(current, { proposal, reason }, cause),
        commitId: commitId(
          cause.causationId,
          stream,
          digest("unreadable", String(request.iid), String(proposal)),
        ),
      });
      continue;
    }
    await commit<RoleEvent, RoleState>(ports.store, {
      stream,
      fold: foldRole,
      decide: (current) =>
        approveProposal(
          current,
          {
            proposal,
            kind: request.kind,
            request: { iid: request.iid, url: request.url },
            mergeCommit: merged.commit,
            mergedBy: merged.by,
            ...comparePolicies(proposed, merge.policy),
          },
          { ...cause, occurredAt: merged.at, actor: actorOf(merged.by, cause) },
        ),
      commitId: commitId(cause.causationId, stream, digest("approve", String(request.iid), String(proposal))),
    });
  }
}

/** The policy as it was merged; people may have merged something that is none. */
async function readMerged(
  gitlab: Gitlab,
  scope: EnvironmentScope,
  ref: string,
): Promise<{ readonly policy: Policy } | { readonly unreadable: string }> {
  try {
    return { policy: await readPolicyFiles(gitlab, scope, ref) };
  } catch (error) {
    if (!isPolicyError(error)) throw error;
    return { unreadable: error.message };
  }
}

async function reject(
  request: RequestState,
  closed: NonNullable<RequestState["closed"]>,
  { cause, ports }: Settling,
): Promise<void> {
  for (const { role, proposal } of request.roles) {
    const stream = roleStream(role);
    await commit<RoleEvent, RoleState>(ports.store, {
      stream,
      fold: foldRole,
      decide: (current) =>
        rejectProposal(
          current,
          {
            proposal,
            kind: request.kind,
            request: { iid: request.iid, url: request.url },
            closedBy: closed.by,
          },
          { ...cause, occurredAt: closed.at, actor: actorOf(closed.by, cause) },
        ),
      commitId: commitId(cause.causationId, stream, digest("reject", String(request.iid), String(proposal))),
    });
  }
}

async function loadRole(role: RoleId, ports: PublishPorts): Promise<RoleState> {
  return foldRole((await ports.store.load<RoleEvent>(roleStream(role))).events);
}

function actorOf(
  person: { readonly id: number; readonly username: string } | null,
  cause: Cause,
): Cause["actor"] {
  return person === null ? cause.actor : { kind: "person", id: String(person.id), name: person.username };
}
