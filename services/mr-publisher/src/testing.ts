import type {
  AwsChecks,
  DeniedPermission,
  EnforcedMode,
  ProposalBacktest,
  Readiness,
  RequestKind,
  RestoreOrder,
} from "@plp/domain";
import type { Addition, BacktestLine, Permission, Question, Risk } from "@plp/iam-policy";
import { type RiskPath, riskPaths } from "@plp/iam-policy";
import type { RequestView, RoleView } from "./view.ts";

/** For tests: an addition seen in the trail. */
export function seen(action: string, resource: string, more: Partial<Addition> = {}): Addition {
  return {
    action,
    resource,
    condition: null,
    basis: "seen",
    widened: false,
    calls: 3,
    firstSeen: "2026-11-18T09:12:00.000Z",
    lastSeen: "2026-11-22T16:40:00.000Z",
    ...more,
  };
}

/** For tests: one role of a request. */
export function roleView(
  environment: string,
  more: {
    readonly accountId?: string;
    readonly arn?: string;
    readonly mode?: RoleView["mode"];
    readonly hasInitialPolicy?: boolean;
    readonly added?: readonly Addition[];
    readonly removed?: readonly Permission[];
    readonly heldBack?: readonly Addition[];
    readonly denied?: readonly DeniedPermission[];
    readonly questions?: readonly Question[];
    readonly withoutTrail?: boolean;
    readonly backtest?: ProposalBacktest | null;
    readonly risks?: readonly Risk[];
    readonly forbidden?: readonly Addition[];
    readonly awsChecks?: AwsChecks;
    readonly readiness?: Readiness;
    readonly kind?: RequestKind;
    readonly enforce?: EnforcedMode;
    readonly restore?: RestoreOrder;
  } = {},
): RoleView {
  const accountId = more.accountId ?? "111122223333";
  return {
    role: {
      arn: more.arn ?? `arn:aws:iam::${accountId}:role/ci/shop-${environment}`,
      uniqueId: "AROAEXAMPLE",
    },
    environment,
    accountId,
    mode: more.mode ?? "observe",
    hasInitialPolicy: more.hasInitialPolicy ?? true,
    discoveredAt: "2026-09-07T04:00:00.000Z",
    proposal: {
      run: `run-${environment}`,
      kind: more.kind ?? "grow",
      ...(more.enforce === undefined ? {} : { enforce: more.enforce }),
      ...(more.restore === undefined ? {} : { restore: more.restore }),
      window: { from: "2026-11-16T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z" },
      base: { commit: "c0ffee", files: [] },
      policy: { Version: "2012-10-17", Statement: [] },
      policyHash: "0".repeat(64),
      files: [],
      added: more.added ?? [],
      removed: more.removed ?? [],
      heldBack: more.heldBack ?? [],
      denied: more.denied ?? [],
      questions: more.questions ?? [],
      risks: more.risks ?? [],
      ...(more.awsChecks === undefined ? {} : { awsChecks: more.awsChecks }),
      ...(more.readiness === undefined ? {} : { readiness: more.readiness }),
      ...(more.forbidden === undefined ? {} : { forbidden: more.forbidden }),
      backtest: more.backtest ?? null,
      evidence: null,
      withoutTrail: more.withoutTrail ?? false,
      version: 31,
      at: "2026-11-23T04:20:00.000Z",
      hash: "ab".repeat(32),
    },
  };
}

/** For tests: a request of these roles. */
export function requestView(roles: readonly RoleView[], more: Partial<RequestView> = {}): RequestView {
  return { application: "shop", folder: "shop", kind: "grow", roles, failed: [], modes: [], ...more };
}

/** For tests: a backtest with these lines; the rest of the calls were allowed. */
export function backtested(
  calls: number,
  { wouldBeDenied = [], undecided = [] }: Partial<Pick<ProposalBacktest, "wouldBeDenied" | "undecided">> = {},
): ProposalBacktest {
  const lines = [...wouldBeDenied, ...undecided].reduce((sum, { count }) => sum + count, 0);
  const window = { from: "2026-08-25T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z" };
  return { window, calls, allowed: calls - lines, wouldBeDenied, undecided };
}

/** For tests: calls that a policy would deny, or of which it cannot be said. */
export function missed(
  action: string,
  resource: string | null,
  reason: BacktestLine["reason"],
  more: Partial<BacktestLine> = {},
): BacktestLine {
  return {
    action,
    resource,
    condition: null,
    count: 2,
    lastSeen: "2026-11-20T10:00:00.000Z",
    reason,
    ...more,
  };
}

/** For tests: a risk of our table, as if it had been found on these resources. */
export function risk(id: string, severity: Risk["severity"], ...resources: readonly string[]): Risk {
  const { kind, title, needs, why, harmless, reference } = riskPaths.find(
    (path) => path.id === id,
  ) as RiskPath;
  return { id, kind, title, severity, actions: needs.flat(), resources, why, harmless, reference };
}
