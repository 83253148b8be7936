import type { Recorded } from "../event.ts";
import { type RoleId, roleStream } from "../ids.ts";
import type { Person } from "../role/events.ts";
import type { RequestKind } from "../scope.ts";
import type {
  ApplicationEvent,
  FreezeReason,
  GivenCommand,
  PlannedRound,
  RecordedApply,
  RecordedPlan,
  RequestContent,
} from "./events.ts";

export interface RequestState extends RequestContent {
  readonly status: "open" | "frozen" | "merged" | "closed";
  readonly frozen: { readonly why: FreezeReason; readonly by: string | null } | null;
  readonly openedAt: string;
  /** People opened it again after it was closed. */
  readonly wasReopened: boolean;
  readonly merged: { readonly commit: string; readonly by: Person | null; readonly at: string } | null;
  /** `round`: the round in which the close was found. */
  readonly closed: {
    readonly by: Person | null;
    readonly at: string;
    readonly decision: boolean;
    readonly round: string;
    readonly recordedAt: string;
  } | null;
  /**
   * What a reviewer's `/plp update` gave up: that head, until it was rebuilt, and those approvals make it nobody's any
   * more.
   */
  readonly givenUp: {
    readonly head: string | null;
    readonly approvedBy: readonly number[];
    /** GitLab's id of the note that said so. */
    readonly note: number;
  } | null;
  /** The last plan of it. */
  readonly plan: RecordedPlan | null;
  /** Of what people were told that it waits for them. */
  readonly announced: ReadonlySet<string>;
}

export interface ApplicationState {
  readonly version: number;
  /** The newest one. */
  readonly round: PlannedRound | null;
  /** Every round ever planned. */
  readonly rounds: ReadonlySet<string>;
  /** Every role ever planned, by its stream, in the order of their first plans. */
  readonly known: ReadonlyMap<string, RoleId>;
  readonly plannedAt: string | null;
  readonly refused: {
    readonly round: string;
    readonly code: string;
    readonly reason: string;
    readonly other: string | null;
  } | null;
  /** Every request ever, by iid. */
  readonly requests: ReadonlyMap<number, RequestState>;
  /** By `commandKey`, in the order in which they were recorded. */
  readonly commands: ReadonlyMap<string, GivenCommand & { readonly recordedAt: string }>;
  /** Plans that were recorded, by job. */
  readonly plans: ReadonlySet<number>;
  /** By job, in the order in which they were recorded. */
  readonly applies: ReadonlyMap<number, RecordedApply>;
}

export const emptyApplication: ApplicationState = {
  version: 0,
  round: null,
  rounds: new Set(),
  known: new Map(),
  plannedAt: null,
  refused: null,
  requests: new Map(),
  commands: new Map(),
  plans: new Set(),
  applies: new Map(),
};

export function foldApplication(
  events: readonly Recorded<ApplicationEvent>[],
  from: ApplicationState = emptyApplication,
): ApplicationState {
  return events.reduce(evolve, from);
}

function evolve(before: ApplicationState, event: Recorded<ApplicationEvent>): ApplicationState {
  const state = { ...before, version: event.version };
  switch (event.type) {
    case "RoundPlanned":
      return {
        ...state,
        round: event.data,
        rounds: new Set(before.rounds).add(event.data.round),
        known: new Map([
          ...before.known,
          ...event.data.roles.map(({ role }) => [roleStream(role), role] as const),
        ]),
        plannedAt: event.occurredAt,
        refused: before.refused?.round === event.data.round ? before.refused : null,
      };
    case "ApplicationRefused":
      return { ...state, refused: event.data };
    case "RequestOpened":
      return withRequest(state, {
        ...event.data,
        status: "open",
        frozen: null,
        openedAt: event.occurredAt,
        wasReopened: false,
        merged: null,
        closed: null,
        givenUp: null,
        plan: null,
        announced: new Set(),
      });
    case "RequestUpdated":
      return changed(state, event.data.iid, {
        ...event.data,
        status: "open",
        frozen: null,
        givenUp: rebuilt(before.requests.get(event.data.iid)?.givenUp ?? null),
      });
    case "RequestFrozen":
      return changed(state, event.data.iid, {
        status: "frozen",
        frozen: { why: event.data.why, by: event.data.by },
        givenUp: null,
      });
    case "RequestMerged":
      return changed(state, event.data.iid, {
        status: "merged",
        merged: { commit: event.data.mergeCommit, by: event.data.mergedBy, at: event.data.mergedAt },
      });
    case "RequestClosed":
      return changed(state, event.data.iid, {
        status: "closed",
        closed: {
          by: event.data.closedBy,
          at: event.data.closedAt,
          decision: event.data.decision,
          round: event.correlationId,
          recordedAt: event.recordedAt,
        },
      });
    case "RequestReopened":
      return changed(state, event.data.iid, {
        status: "open",
        wasReopened: true,
        closed: null,
        givenUp: null,
      });
    case "DecisionAnnounced": {
      const { iid, of } = event.data;
      const known = before.requests.get(iid)?.announced ?? [];
      return changed(state, iid, { announced: new Set([...known, ...of]) });
    }
    case "CommandGiven": {
      const { givenUp, iid } = event.data;
      const command = { ...event.data, recordedAt: event.recordedAt };
      const answered = {
        ...state,
        commands: new Map(before.commands).set(commandKey(command), command),
      };
      return givenUp === undefined
        ? answered
        : changed(answered, iid, {
            status: "open",
            frozen: null,
            givenUp: { ...givenUp, note: command.note },
          });
    }
    case "PlanRecorded":
      return changed({ ...state, plans: new Set(before.plans).add(event.data.job) }, event.data.iid, {
        plan: event.data,
      });
    case "ApplyRecorded":
      return { ...state, applies: new Map(before.applies).set(event.data.job, event.data) };
  }
}

function rebuilt(givenUp: RequestState["givenUp"]): RequestState["givenUp"] {
  return givenUp && { ...givenUp, head: null };
}

/** One command of one note. */
export function commandKey({ note, line }: Pick<GivenCommand, "note" | "line">): string {
  return `${note}:${line}`;
}

function withRequest(state: ApplicationState, request: RequestState): ApplicationState {
  return { ...state, requests: new Map(state.requests).set(request.iid, request) };
}

function changed(state: ApplicationState, iid: number, change: Partial<RequestState>): ApplicationState {
  const request = state.requests.get(iid);
  return request === undefined ? state : withRequest(state, { ...request, ...change });
}

/** The one request of that kind that still waits for people; the stream alone says so. */
export function openRequest(state: ApplicationState, kind: RequestKind): RequestState | null {
  for (const request of state.requests.values()) {
    if (request.kind === kind && (request.status === "open" || request.status === "frozen")) return request;
  }
  return null;
}
