import {
  type ApplicationEvent,
  type ApplicationState,
  applicationStream,
  closeRequest,
  commitId,
  digest,
  foldApplication,
  isWaiting,
  mergeRequest,
  openRequest,
  type Person,
  type RequestState,
  reopenRequest,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import type { CausedLook } from "./caused-look.ts";
import type { Gitlab } from "./ports.ts";

type Found = NonNullable<Awaited<ReturnType<Gitlab["getOrNull"]>>>;

/** Closed requests that a look at all of them looks at again, the newest: people may reopen any. */
const MOST_CLOSED = 20;
/** People who change their mind faster than this are seen at the next look. */
const MOST_LOOKS = 5;

/**
 * Records what people did to the requests since the last look: merged, closed, reopened. GitLab lets people reopen any
 * closed request, and merge it at once: before anybody looked, too, and another of its branch may be open by now. Beside
 * an open request a reopened one stays closed to us until it is merged: of each kind one is open.
 */
export async function settle(
  before: ApplicationState,
  iid: number | null,
  look: CausedLook,
): Promise<ApplicationState> {
  const requests = [...before.requests.values()].filter((request) => iid === null || request.iid === iid);
  let application = before;
  for (const request of requests) {
    if (isWaiting(request)) application = await settleOne(application, request, look);
  }
  const closed = requests.filter(({ status }) => status !== "merged").slice(-MOST_CLOSED);
  for (const request of closed) {
    if (application.requests.get(request.iid)?.status === "closed")
      application = await settleOne(application, request, look);
  }
  return application;
}

/** Looks until there is nothing to record: between a look and its record another delivery may have recorded a later one. */
async function settleOne(
  before: ApplicationState,
  request: RequestState,
  look: CausedLook,
): Promise<ApplicationState> {
  let application = before;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const decide = await decisionOn(request, look);
    if (decide(application).length === 0) return application;
    application = await record(application, request, decide, look);
  }
  return application;
}

type Decide = (current: ApplicationState) => ApplicationEvent[];

async function decisionOn(
  request: RequestState,
  { place, gitlab, cause, ports }: CausedLook,
): Promise<Decide> {
  const { iid } = request;
  const found = await gitlab.getOrNull(iid);
  if (found === null) {
    const gone = { iid, closedBy: null, closedAt: cause.occurredAt, decision: false };
    return (current) => {
      const events = closeRequest(current, gone, cause);
      if (events.length > 0)
        ports.log.warn("a request was deleted; it counts as closed, which is no decision", { ...place, iid });
      return events;
    };
  }
  if (found.state === "merged")
    return (current) => mergeRequest(current, mergedOf(found, cause.occurredAt), cause);
  if (found.state === "closed") {
    const decision = found.closedBy !== null && (await decides(gitlab, found.closedBy));
    return (current) => closeRequest(current, closedOf(found, decision, cause.occurredAt), cause);
  }
  return (current) => {
    const isOnlyOne = openRequest(current, request.kind) === null;
    return found.state === "opened" && isOnlyOne ? reopenRequest(current, iid, cause) : [];
  };
}

async function record(
  application: ApplicationState,
  { iid }: RequestState,
  decide: Decide,
  { place, cause, ports }: CausedLook,
): Promise<ApplicationState> {
  const stream = applicationStream(place);
  const [event] = decide(application);
  const { state } = await commit<ApplicationEvent, ApplicationState>(ports.store, {
    stream,
    fold: foldApplication,
    decide,
    commitId: commitId(
      cause.causationId,
      stream,
      digest("settle", String(iid), event?.type ?? "", String(application.version)),
    ),
  });
  return state;
}

/** Our own close, of a withdrawn request or before a crash, is never a decision, even where we may merge. */
async function decides(gitlab: Gitlab, person: Person): Promise<boolean> {
  return person.id !== (await gitlab.self()).id && (await gitlab.isReviewer(person));
}

function mergedOf({ iid, result, mergedBy, mergedAt }: Found, now: string) {
  return { iid, mergeCommit: result, mergedBy, mergedAt: mergedAt ?? now };
}

function closedOf({ iid, closedBy, closedAt }: Found, decision: boolean, now: string) {
  return { iid, closedBy, closedAt: closedAt ?? now, decision };
}
