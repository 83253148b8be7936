import type { DomainEvent } from "../event.ts";
import type { ApplicationId, RoleId } from "../ids.ts";
import type { RequestKind, Window } from "../scope.ts";

export interface RequestedAnalysis {
  readonly role: RoleId;
  readonly application: ApplicationId;
  readonly environment: string;
  readonly round: string;
  readonly window: Window;
  /** Where Access Analyzer generates for one role at a time: the account. */
  readonly lane: string;
  readonly region: string;
  readonly regions: readonly string[];
  /** RoleLastUsed lies before the last window: no generation is spent on it. */
  readonly idle: boolean;
}

export type RunEvent =
  | DomainEvent<"AnalysisRequested", RequestedAnalysis>
  /** A job was started, or one that an interrupted start had left was adopted. */
  | DomainEvent<
      "AnalysisStarted",
      { readonly job: string; readonly part: Window; readonly attempt: number; readonly startedAt: string }
    >
  /** AWS called the part too large: it is analysed in two halves. */
  | DomainEvent<"AnalysisSplit", { readonly part: Window; readonly into: readonly [Window, Window] }>
  /** `observed`: version of the role's `UsageObserved`. */
  | DomainEvent<"AnalysisSucceeded", { readonly observed: number }>
  | DomainEvent<"AnalysisFailed", { readonly code: string; readonly reason: string }>
  | DomainEvent<"RunProposed", { readonly kind: RequestKind; readonly proposal: number }>
  | DomainEvent<"NothingNew", { readonly questions: number; readonly denied: number }>
  | DomainEvent<"MergeFailed", { readonly code: string; readonly reason: string }>;
