import {
  type ApplicationState,
  approveProposal,
  comparePolicies,
  type RequestState,
  type RoleId,
  type RoleState,
  rejectProposal,
  roleStream,
  withdrawProposal,
} from "@plp/domain";
import { type CausedLook, causeBy, changeRole, loadRole } from "./caused-look.ts";
import { readPolicyAt } from "./merged-policy.ts";

/** Every role that a decided request held is told, once: what was merged as it stands there, or that it was refused. */
export async function tellRoles(application: ApplicationState, look: CausedLook): Promise<void> {
  const states = new Map<string, RoleState>();
  for (const request of application.requests.values()) {
    if (request.merged === null && request.closed?.decision !== true) continue;
    for (const { role, proposal } of request.roles) {
      const state = states.get(roleStream(role)) ?? (await loadRole(role, look));
      states.set(roleStream(role), state);
      const decided = state.decided.get(proposal);
      if (!state.proposals.has(proposal) || decided === "approved") continue;
      if (request.merged !== null) await approve(request, request.merged, role, state, look);
      else if (request.closed !== null && decided === undefined)
        await reject(request, request.closed, role, proposal, look);
    }
  }
}

async function approve(
  request: RequestState,
  merged: NonNullable<RequestState["merged"]>,
  role: RoleId,
  { scope, proposals }: RoleState,
  look: CausedLook,
): Promise<void> {
  const { gitlab, cause, ports } = look;
  const proposal = request.roles.find((held) => roleStream(held.role) === roleStream(role))?.proposal ?? 0;
  const proposed = proposals.get(proposal);
  if (proposed === undefined || scope === null) return;
  const step = [String(request.iid), String(proposal)];
  const merge = await readPolicyAt(gitlab, scope, merged.commit);
  if ("unreadable" in merge) {
    const reason = `what was merged with !${request.iid} cannot be read: ${merge.unreadable}; mend the file, the next merge takes it up`;
    ports.log.warn("an approval cannot be read", { role: role.arn, iid: request.iid, reason });
    const openIn = (current: RoleState) => current.open.get(request.kind)?.version ?? proposal;
    await changeRole(role, ["unreadable", ...step], look, (current) =>
      withdrawProposal(current, { proposal: openIn(current), reason }, cause),
    );
    return;
  }
  await changeRole(role, ["approve", ...step], look, (current) =>
    approveProposal(
      current,
      {
        ...{ proposal, kind: request.kind, request: { iid: request.iid, url: request.url } },
        ...{ mergeCommit: merged.commit, mergedBy: merged.by },
        ...comparePolicies(proposed, merge.policy),
      },
      causeBy(merged.by, merged.at, look),
    ),
  );
}

async function reject(
  { iid, url, kind }: RequestState,
  closed: NonNullable<RequestState["closed"]>,
  role: RoleId,
  proposal: number,
  look: CausedLook,
): Promise<void> {
  const cause = causeBy(closed.by, closed.at, look);
  await changeRole(role, ["reject", String(iid), String(proposal)], look, (current) =>
    rejectProposal(current, { proposal, kind, request: { iid, url }, closedBy: closed.by }, cause),
  );
}
