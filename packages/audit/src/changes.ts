import { type Recorded, type RoleEvent, replayRole } from "@plp/domain";
import { allowingStatement, type Permission, parsePolicy, permissionsOf } from "@plp/iam-policy";
import { type AskedMoment, momentOf } from "./replay-answer.ts";
import type { RoleHistory } from "./role-history.ts";

/** A permission that came or went, and the event that did it. */
export interface ChangedPermission extends Permission {
  /** Null where only a later moment's policy says it, and no event between them. */
  readonly event: {
    readonly version: number;
    readonly type: string;
    readonly occurredAt: string;
    readonly by: string | null;
    readonly mergeRequest: { readonly iid: number; readonly url: string } | null;
  } | null;
}

export interface Changes {
  readonly added: readonly ChangedPermission[];
  readonly removed: readonly ChangedPermission[];
}

/**
 * What the approved policy allows at one moment and not at the other, each with the event that changed it. What both
 * allow, in whichever words, has not changed.
 */
export function changesBetween(history: RoleHistory, from: AskedMoment, to: AskedMoment): Changes {
  const { events } = history;
  const [before, after] = [from, to].map((asked) => replayRole(events, momentOf(asked, history)));
  const old = before?.approved?.policy ?? NOTHING;
  const now = after?.approved?.policy ?? NOTHING;
  const since = [before?.version ?? 0, after?.version ?? 0].sort((a, b) => a - b);
  const between = events.filter(({ version }) => version > (since[0] ?? 0) && version <= (since[1] ?? 0));
  const isForward = (before?.version ?? 0) <= (after?.version ?? 0);
  return {
    added: missing(now, old).map((permission) => changed(permission, between, isForward)),
    removed: missing(old, now).map((permission) => changed(permission, between, !isForward)),
  };
}

const NOTHING = { Version: "2012-10-17", Statement: [] };
type Document = Parameters<typeof parsePolicy>[0];
type RoleRecord = Recorded<RoleEvent>;

/** Permissions of one policy that the other does not allow. */
function missing(policy: Document, other: Document): readonly Permission[] {
  const without = parsePolicy(other, "a policy of the history");
  return permissionsOf(parsePolicy(policy, "a policy of the history")).filter(
    (permission) => allowingStatement(without, permission) === null,
  );
}

/** The last event between the moments after which it was allowed (came), or was not any more (went). */
function changed(
  { action, resource, condition }: Permission,
  between: readonly RoleRecord[],
  came: boolean,
): ChangedPermission {
  const permission = { action, resource, condition };
  let wasAllowed = !came;
  let event: RoleRecord | null = null;
  for (const one of between) {
    if (one.type !== "ProposalApproved" && one.type !== "PolicyEdited") continue;
    const isAllowed =
      allowingStatement(parsePolicy(one.data.policy, `version ${one.version}`), permission) !== null;
    if (isAllowed === came && isAllowed !== wasAllowed) event = one;
    wasAllowed = isAllowed;
  }
  return { ...permission, event: event && decided(event) };
}

function decided(event: RoleRecord): ChangedPermission["event"] {
  const { version, type, occurredAt } = event;
  const decision = { by: null, mergeRequest: null };
  if (event.type === "PolicyEdited")
    return { version, type, occurredAt, ...decision, by: event.data.commit.author };
  if (event.type !== "ProposalApproved") return { version, type, occurredAt, ...decision };
  const { mergedBy, request } = event.data;
  return { version, type, occurredAt, by: mergedBy?.username ?? null, mergeRequest: request };
}
