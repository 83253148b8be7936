import { isDeepStrictEqual } from "node:util";
import type { RequestKind, RequestState, RoleState, RunEnd } from "@plp/domain";
import type { EventStore } from "@plp/event-store";
import { type ApplicationView, loadRole } from "./round-view.ts";

export interface RequestSummary {
  readonly application: string;
  readonly kind: RequestKind;
  readonly iid: number;
  readonly url: string;
  readonly branch: string;
  readonly action: "opened" | "updated" | "unchanged" | "frozen";
  readonly draft: boolean;
  readonly title: string;
  readonly roles: readonly string[];
  readonly added: number;
  readonly removed: number;
}

/** What `plp up --once --json` prints (contract). */
export interface RoundSummary {
  readonly round: string;
  readonly roles: { readonly discovered: number; readonly inScope: number; readonly excluded: number };
  readonly analyses: { readonly succeeded: number; readonly failed: number };
  readonly unchanged: number;
  readonly deadLetters: number;
  readonly errors: readonly {
    readonly application: string;
    readonly environment: string;
    readonly reason: string;
  }[];
  readonly mergeRequests: readonly RequestSummary[];
}

/** A role of the round with its history's end, for the tables beneath the summary. */
export interface SummedRole {
  readonly environment: string;
  readonly arn: string;
  readonly state: RoleState;
  readonly end: RunEnd | null;
}

export interface SummedApplication {
  readonly name: string;
  readonly folder: string;
  readonly roles: readonly SummedRole[];
  readonly requests: readonly RequestSummary[];
}

export interface SummedRound {
  readonly summary: RoundSummary;
  readonly applications: readonly SummedApplication[];
}

const UNFINISHED = "its run has not ended; start a round again, and look at plp.log in the state directory";

/** Everything a finished round came to, from the streams alone. */
export async function summarize(
  store: EventStore,
  round: string,
  views: readonly ApplicationView[],
  deadLetters: number,
): Promise<SummedRound> {
  const applications: SummedApplication[] = [];
  const errors: RoundSummary["errors"][number][] = [];
  let inScope = 0;
  let excluded = 0;
  let failedToStart = 0;
  let succeeded = 0;
  let failed = 0;
  let unchanged = 0;
  for (const view of views) {
    const { state, folder } = view;
    const name = state.round?.name ?? folder;
    if (state.refused !== null) {
      errors.push({ application: name, environment: "", reason: state.refused.reason });
      continue;
    }
    const plan = state.round;
    if (plan === null) continue;
    excluded += plan.excluded.length;
    failedToStart += plan.failed.length;
    errors.push(
      ...plan.failed.map(({ environment, reason }) => ({ application: name, environment, reason })),
    );
    const roles: SummedRole[] = [];
    for (const { role, environment, run } of plan.roles) {
      inScope++;
      const end = view.runs.get(run)?.end ?? null;
      const { state: roleState, events } = await loadRole(store, role);
      if (end?.kind === "failed") {
        failed++;
        errors.push({ application: name, environment, reason: end.reason });
      } else if (end !== null) succeeded++;
      else {
        failed++;
        errors.push({ application: name, environment, reason: UNFINISHED });
      }
      const proposed = events.some(
        ({ type, correlationId }) => type === "PolicyProposed" && correlationId === round,
      );
      if (!proposed && end !== null && end.kind !== "failed") unchanged++;
      roles.push({ environment, arn: role.arn, state: roleState, end });
    }
    const requests = [...state.requests.values()]
      .filter(({ status }) => status === "open" || status === "frozen")
      .map((request) => requestOf(name, request, view, roles));
    applications.push({ name, folder, roles, requests });
  }
  return {
    summary: {
      round,
      roles: { discovered: inScope + excluded + failedToStart, inScope, excluded },
      analyses: { succeeded, failed },
      unchanged,
      deadLetters,
      errors,
      mergeRequests: applications.flatMap(({ requests }) => requests),
    },
    applications,
  };
}

/** Exit 1: a run failed, an application was refused, or a message is in a dead-letter queue. */
export function isClean({ errors, deadLetters }: RoundSummary): boolean {
  return errors.length === 0 && deadLetters === 0;
}

function requestOf(
  application: string,
  request: RequestState,
  { before }: ApplicationView,
  roles: readonly SummedRole[],
): RequestSummary {
  const held = request.roles.map(({ role, proposal }) => ({
    arn: role.arn,
    proposal: roles.find(({ arn }) => arn === role.arn)?.state.proposals.get(proposal),
  }));
  return {
    application,
    kind: request.kind,
    iid: request.iid,
    url: request.url,
    branch: request.branch,
    action: request.status === "frozen" ? "frozen" : changeOf(before.requests.get(request.iid), request),
    draft: request.frozen?.why !== "ready",
    title: request.title,
    roles: held.map(({ arn }) => arn),
    added: held.reduce((sum, { proposal }) => sum + (proposal?.added.length ?? 0), 0),
    removed: held.reduce((sum, { proposal }) => sum + (proposal?.removed.length ?? 0), 0),
  };
}

/** Another address (GitLab moved, or has another port this time) is no change of what a reviewer reads. */
function changeOf(before: RequestState | undefined, now: RequestState): "opened" | "updated" | "unchanged" {
  if (before === undefined) return "opened";
  const shown = ({ head, base, title, description, roles }: RequestState) => [
    head,
    base,
    title,
    description,
    roles,
  ];
  return isDeepStrictEqual(shown(before), shown(now)) ? "unchanged" : "updated";
}
