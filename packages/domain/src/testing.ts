import type { Addition } from "@plp/iam-policy";
import type { Cause, DomainEvent, Recorded } from "./event.ts";
import { service } from "./event.ts";
import type { ProposedPolicy } from "./role/events.ts";
import type { EnvironmentScope } from "./scope.ts";

/** A stream in a test: given what was decided before, when something is decided, then what is written. */
export interface History<E extends DomainEvent, State> {
  readonly events: readonly Recorded<E>[];
  readonly state: State;
  /** What the last decision wrote. */
  readonly last: readonly E[];
  when(decide: (state: State) => readonly E[]): History<E, State>;
}

/** An empty stream of the fold; every decision is a commit of its own, whose hash is its number. */
export function history<E extends DomainEvent, State>(
  fold: (events: readonly Recorded<E>[]) => State,
  events: readonly Recorded<E>[] = [],
  last: readonly E[] = [],
): History<E, State> {
  const state = fold(events);
  return {
    events,
    state,
    last,
    when(decide) {
      const written = decide(state);
      const recorded = written.map((event, i) => ({
        ...event,
        version: events.length + i + 1,
        recordedAt: event.occurredAt,
        hash: String(events.length + 1).padStart(64, "0"),
      }));
      return history(fold, [...events, ...recorded], written);
    },
  };
}

/** Of a round that looked at this moment. */
export function causeAt(occurredAt: string, round = "round-1"): Cause {
  return { occurredAt, actor: service("test"), correlationId: round, causationId: "cause" };
}

/** An environment in scope. */
export function scopeOf(more: Partial<EnvironmentScope> = {}): EnvironmentScope {
  return {
    application: { project: "iam/roles", folder: "shop", name: "shop" },
    environment: "prod",
    accountId: "111122223333",
    partition: "aws",
    region: "eu-central-1",
    regions: ["eu-central-1"],
    policyPath: "policies/prod.json",
    initialPolicyPath: null,
    permissionsBoundaryPath: null,
    protectedSids: [],
    generate: true,
    mode: "observe",
    retentionDays: null,
    quietDays: null,
    ...more,
  };
}

/** An addition seen three times in the trail. */
export function addition(action: string, resource = "*", more: Partial<Addition> = {}): Addition {
  return {
    action,
    resource,
    condition: null,
    basis: "seen",
    widened: false,
    calls: 3,
    firstSeen: "2026-11-17T00:00:00.000Z",
    lastSeen: "2026-11-18T00:00:00.000Z",
    ...more,
  };
}

/** A proposal to grow by these additions. */
export function proposalOf(added: readonly Addition[], more: Partial<ProposedPolicy> = {}): ProposedPolicy {
  return {
    run: "run-1",
    kind: "grow",
    window: { from: "2026-11-16T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z" },
    base: { commit: "c1", files: [{ path: "shop/policies/prod.json", blob: "b1" }] },
    policy: { Version: "2012-10-17", Statement: [] },
    policyHash: `hash of ${added.map(({ action, resource }) => `${action} ${resource}`).join()}`,
    files: [{ path: "shop/policies/prod.json", content: "{}\n" }],
    added,
    removed: [],
    heldBack: [],
    denied: [],
    questions: [],
    risks: [],
    backtest: null,
    evidence: "e1",
    withoutTrail: false,
    ...more,
  };
}
