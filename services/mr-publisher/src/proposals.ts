import { isRefused, isUrgent, type RoleState, roleStream, waitsFor } from "@plp/domain";
import type { MergeMessage, RestoreMessage } from "@plp/messaging";
import type { Loaded } from "./load.ts";
import type { KindLook } from "./look.ts";
import type { RequestView, RoleView } from "./view.ts";

const DAY = 86_400_000;

/** What is proposed of that kind for the roles in scope, by environment. */
export function proposalsOf({ kind, loaded: { application, roles } }: KindLook): RoleView[] {
  const views: RoleView[] = [];
  for (const { state, role } of roles.values()) {
    const proposal = state.open.get(kind);
    if (proposal === undefined || state.scope === null || state.retired || !state.scope.generate) continue;
    const { environment, accountId, mode, initialPolicyPath } = state.scope;
    views.push({
      role,
      environment,
      accountId,
      mode,
      hasInitialPolicy: mode === "observe" && initialPolicyPath !== null,
      discoveredAt: state.discoveredAt ?? application.plannedAt ?? proposal.at,
      proposal,
    });
  }
  return views.sort((a, b) => (a.environment < b.environment ? -1 : a.environment > b.environment ? 1 : 0));
}

/** Environments that the last round could not analyse, or whose findings wait, with the reason. */
export function failedOf({ application, runs, roles }: Loaded): RequestView["failed"] {
  const planned = application.round?.roles ?? [];
  const failed = planned.flatMap(({ environment, role }, i) => {
    const end = runs[i]?.end;
    if (end?.kind === "failed") return [{ environment, reason: end.reason }];
    // The run was merged, and its proposal withdrawn since.
    const reason = roles.get(roleStream(role))?.state.kept?.reason ?? null;
    return reason === null ? [] : [{ environment, reason }];
  });
  return [...(application.round?.failed ?? []), ...failed];
}

/**
 * May a request of this kind be opened now? What is urgent at once; else when all runs of the round have ended or the
 * first proposal has waited for a day, and nothing that goes before it is proposed. After a close by somebody who does
 * not decide only with the next round.
 */
export function mayOpen(look: KindLook, now: Date): boolean {
  const { kind, loaded } = look;
  if (waitsFor(loaded.application, kind) !== null || waitsForNextRound(look)) return false;
  if (isUrgent(kind)) return true;
  const isFirst = kind === "grow" || ![...loaded.roles.values()].some(({ state }) => hasNews(state));
  return isFirst && isTime(look, now);
}

function hasNews({ open }: RoleState): boolean {
  return open.has("grow") || open.has("asked");
}

/** All runs of the round have ended, or the first proposal has waited for a day. */
export function isTime({ kind, loaded: { application, runs, roles } }: KindLook, now: Date): boolean {
  const planned = application.round?.roles ?? [];
  if (runs.length === planned.length && runs.every(({ end }) => end !== null)) return true;
  const waiting = [...roles.values()].flatMap(({ state }) => state.open.get(kind)?.at ?? []);
  return waiting.some((at) => now.getTime() - Date.parse(at) >= DAY);
}

/** A close of before this round, found only now, has waited already. */
function waitsForNextRound({ kind, loaded: { application } }: KindLook): boolean {
  const { requests, plannedAt } = application;
  const last = [...requests.values()].filter((request) => request.kind === kind).at(-1);
  return (
    last?.status === "closed" &&
    last.closed?.decision === false &&
    plannedAt !== null &&
    last.closed.at >= plannedAt
  );
}

/**
 * What has proposals on another base than the default branch has now, or with something that was refused meanwhile, worked
 * out again. What a person asked to have back they may have although it was refused.
 */
export async function staleProposals(
  { gitlab, loaded, ports }: KindLook,
  roles: readonly RoleView[],
  head: string,
): Promise<(MergeMessage | RestoreMessage)[]> {
  const stale: (MergeMessage | RestoreMessage)[] = [];
  for (const { role, proposal } of roles) {
    const state = [...loaded.roles.values()].find((known) => known.role === role)?.state;
    const files = await Promise.all(proposal.base.files.map(({ path }) => gitlab.file(path, head)));
    const moved = proposal.base.files.some(({ blob }, i) => (files[i]?.blob ?? null) !== blob);
    const order = proposal.restore?.order;
    const refused = proposal.added.some(
      (added) =>
        state !== undefined && isRefused(state, added, ports.clock.now(), ports.settings.rejection_days),
    );
    if (order !== undefined && moved) stale.push({ v: 1, type: "restore", order, role });
    if (order === undefined && (moved || refused)) stale.push({ v: 1, type: "merge", run: proposal.run });
  }
  return stale;
}
