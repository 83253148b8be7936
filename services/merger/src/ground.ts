import type {
  EnvironmentScope,
  Findings,
  ProposedPolicy,
  RequestKind,
  RoleEvent,
  RoleState,
  Window,
} from "@plp/domain";
import type { RecordedEvent } from "@plp/event-store";
import { type Policy, policyHash, type Question, toDocument } from "@plp/iam-policy";
import { type Boundary, readBoundary } from "./boundary.ts";
import { isLasting } from "./findings.ts";
import type { Look } from "./look.ts";
import type { PolicyFiles } from "./policy-files.ts";
import { type RecordedCalls, recordedCalls } from "./recorded.ts";

/** What one merge of a role stands on: read once, for every kind of proposal. */
export interface Ground {
  readonly look: Look;
  readonly known: RoleState;
  readonly events: readonly RecordedEvent<RoleEvent>[];
  readonly scope: EnvironmentScope;
  readonly files: PolicyFiles;
  readonly findings: Findings;
  /** Runs beside this one whose evidence is in it. */
  readonly joined: readonly string[];
  /** From the first to the last moment of what is merged. */
  readonly window: Window;
  /** The recorded calls, once somebody asks for them. */
  readonly recorded: () => Promise<Recorded>;
  readonly boundary: () => Promise<Boundary>;
}

export interface Recorded {
  /** Null where PLP does not read the trail, or the items cannot be read, which is then a question. */
  readonly calls: RecordedCalls | null;
  readonly questions: readonly Question[];
}

/** What a kind of proposal comes to: one, or the reason why what is open of that kind has no ground any more. */
export type Outcome =
  | { readonly kind: "propose"; readonly proposed: ProposedPolicy }
  | { readonly kind: "drop"; readonly of: RequestKind; readonly reason: string };

export function groundOf(given: Omit<Ground, "recorded" | "boundary">): Ground {
  const { look, known, scope, files, window, joined } = given;
  let recorded: Promise<Recorded> | undefined;
  let boundary: Promise<Boundary> | undefined;
  return {
    ...given,
    recorded: () => {
      recorded ??= readRecorded(look, known, scope, mergedWindow(known, [look.run, ...joined], window));
      return recorded;
    },
    boundary: () => {
      boundary ??= readBoundary(look.repository, scope, files.commit);
      return boundary;
    },
  };
}

/** Usage items that cannot be read hold no merge up: what needs them is left out, and that is asked. */
async function readRecorded(
  { role, ports }: Look,
  known: RoleState,
  scope: EnvironmentScope,
  merged: Window,
): Promise<Recorded> {
  try {
    return {
      calls: await recordedCalls(role, scope, merged, known.enforcedSince, ports),
      questions: [],
    };
  } catch (error) {
    if (!isLasting(error)) throw error;
    ports.log.error("recorded calls cannot be read; the backtest was not made", {
      role,
      error,
    });
    const detail = `The recorded calls cannot be read, so no backtest was made: ${error.message}`;
    return { calls: null, questions: [{ kind: "unreadable", detail }] };
  }
}

/** From the first to the last moment that merges of this role have taken up, this one included. */
function mergedWindow(known: RoleState, runs: readonly string[], window: Window): Window {
  const waiting = new Set(known.unmerged.filter((run) => !runs.includes(run)));
  const to = [...known.observations]
    .filter(([run]) => !waiting.has(run))
    .map(([, observed]) => observed.window.to)
    .reduce((a, b) => (a > b ? a : b), window.to);
  return { from: window.from, to };
}

/** A proposal of this ground with all that is the same for every kind. */
export function proposalOn(
  { look: { run }, known, files, findings, window }: Ground,
  kind: RequestKind,
  policy: Policy,
  more: Partial<ProposedPolicy>,
): ProposedPolicy {
  return {
    ...{ run, kind, window, policy: toDocument(policy), policyHash: policyHash(policy) },
    base: { commit: files.commit, files: files.base },
    ...{
      files: [],
      added: [],
      removed: [],
      heldBack: [],
      denied: [],
      questions: [],
      risks: [],
      backtest: null,
    },
    evidence: known.observations.get(run)?.evidence ?? null,
    withoutTrail: findings.withoutTrail,
    ...more,
  };
}
