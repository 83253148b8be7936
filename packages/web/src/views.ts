/**
 * What the page is made of, in the words of the API (contract.md, "On the history"). Times are ISO 8601 UTC. Every text
 * may come from outside and is escaped where it is shown.
 */
export type Mode = "observe" | "enforce";

export interface Span {
  readonly from: string;
  readonly to: string;
}

/** A merge request as GitLab knows it. */
export interface RequestRef {
  readonly iid: number;
  readonly url: string;
}

export interface Actor {
  readonly kind: "service" | "person" | "pipeline";
  readonly id: string;
  readonly name: string;
}

export interface Permission {
  readonly action: string;
  readonly resource: string;
  /** Operator → key → values. */
  readonly condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> | null;
}

/** The analysis on which a permission rests; `count`: calls, null where they were not counted. */
export interface Evidence extends Span {
  readonly hash: string | null;
  readonly count: number | null;
}

/** A permission of a policy that stood, and where it comes from. */
export interface StandingPermission extends Permission {
  readonly basis: string;
  readonly since: string;
  readonly sinceVersion: number;
  readonly approvedBy: string | null;
  readonly mergeRequest: RequestRef | null;
  readonly evidence: Evidence | null;
}

/** One event, as far as a list shows it. */
export interface EventRow {
  readonly version: number;
  readonly type: string;
  readonly occurredAt: string;
  readonly actor: Actor;
  /** Half a sentence for people. */
  readonly says: string;
  /** The run that it came from, where it names one. */
  readonly run?: string | null;
}

export interface OpenRequest extends RequestRef {
  readonly kind: string;
}

export interface RoleRow {
  readonly roleArn: string;
  readonly application: string;
  readonly environment: string;
  readonly accountId: string;
  readonly mode: Mode;
  /** Of the approved policy. */
  readonly permissions: number;
  readonly lastChange: string | null;
  readonly openMergeRequests: readonly OpenRequest[];
  readonly inScope: boolean;
  readonly retired: boolean;
}

/** The newest round, over all applications. */
export interface RoundView {
  readonly round: string;
  readonly plannedAt: string;
  readonly windowEnd: string;
  readonly proposed: number;
  readonly nothingNew: number;
  readonly failed: number;
  readonly underWay: number;
  /** Of which no run is known: it is to be requested still, or was forgotten. */
  readonly notToldOf: number;
  readonly excluded: number;
}

export interface WaitingRequest extends OpenRequest {
  readonly application: string;
  readonly title: string;
  readonly status: "open" | "frozen";
  readonly openedAt: string;
  readonly added: number;
  readonly removed: number;
  readonly risks: Readonly<Record<Severity, number>>;
  readonly roleArns: readonly string[];
}

export type Severity = "high" | "medium" | "low";

/** What was merged and AWS does not have yet. */
export interface WaitingApply {
  readonly roleArn: string;
  readonly application: string;
  readonly environment: string;
  readonly mergeRequest: RequestRef | null;
  readonly approvedBy: string | null;
  readonly approvedAt: string;
}

export interface FailedRole {
  readonly application: string;
  readonly environment: string | null;
  readonly roleArn: string | null;
  readonly run: string | null;
  readonly reason: string;
}

export interface ExcludedRole {
  readonly application: string;
  readonly environment: string;
  readonly roleArn: string;
  readonly reason: string;
}

export interface Lane {
  readonly lane: string;
  /** Generations started within the last 24 hours. */
  readonly used: number;
  readonly quota: number;
}

export interface Count {
  readonly at: string;
  readonly permissions: number;
}

export interface Overview {
  readonly round: RoundView | null;
  readonly roles: number;
  readonly inScope: number;
  readonly permissions: number;
  readonly waitsForReview: readonly WaitingRequest[];
  readonly waitsForApply: readonly WaitingApply[];
  readonly failed: readonly FailedRole[];
  readonly excluded: readonly ExcludedRole[];
  /** Approved permissions of all roles, oldest first. */
  readonly growth: readonly Count[];
  readonly lanes: readonly Lane[];
  readonly indexedTo: string | null;
}

/** A time during which one policy stood; `to` null: it still did. */
export interface Period {
  readonly policy: "applied" | "approved" | "proposed";
  readonly from: string;
  readonly to: string | null;
  readonly version: number;
  readonly permissions: number;
  /** Who merged, committed or started the apply. */
  readonly by: string | null;
  readonly mergeRequest: RequestRef | null;
  readonly commit: string | null;
  /** Address of the job that applied it. */
  readonly job: string | null;
}

/** A proposal that waited for a decision. */
export interface OpenProposal {
  readonly version: number;
  readonly kind: string;
  readonly at: string;
  readonly added: readonly (Permission & { readonly basis: string; readonly calls: number | null })[];
  readonly removed: readonly Permission[];
  readonly risks: readonly {
    readonly id: string;
    readonly severity: Severity;
    readonly title: string;
    readonly actions: readonly string[];
    readonly why: string;
    readonly harmless: string;
    readonly reference: string;
  }[];
  readonly questions: readonly { readonly detail: string }[];
  /** Refused when it was tried: told, not proposed. */
  readonly denied: readonly {
    readonly action: string;
    readonly resource: string | null;
    readonly count: number;
    readonly last: string;
  }[];
  /** All recorded calls, tried on the proposed policy; null: none was made. */
  readonly backtest: { readonly calls: number; readonly denied: number; readonly undecided: number } | null;
}

export interface Gap extends Span {
  readonly reason: string;
  readonly version: number;
  /** Version of a later observation that covers all of it. */
  readonly coveredBy: number | null;
}

/** A role at a moment: the answer to "what could it do then, since when, on which evidence, and who said yes". */
export interface RoleMoment {
  readonly roleArn: string;
  readonly scope: {
    readonly application: string;
    readonly environment: string;
    readonly accountId: string;
    readonly region: string;
    readonly mode: Mode;
  } | null;
  readonly retired: boolean;
  readonly openMergeRequests: readonly OpenRequest[];
  /** Of the last event that belongs to the moment; 0: the role was not known yet. */
  readonly version: number;
  /** Of the newest event. */
  readonly versions: number;
  readonly at: string | null;
  readonly hash: string | null;
  /** Which policy `permissions` are of: what AWS has, where that is known. */
  readonly counts: "applied" | "approved";
  readonly permissions: readonly StandingPermission[];
  readonly periods: readonly Period[];
  readonly proposed: OpenProposal | null;
  readonly policies: Readonly<Record<"applied" | "approved" | "proposed", object | null>>;
  /** What AWS said when the role was last read; null: it was not read. */
  readonly confirmed: boolean | null;
  readonly gaps: readonly Gap[];
  /** Names of what else is attached; null: not read. */
  readonly otherPolicies: readonly string[] | null;
  /** How the number of approved permissions went, oldest first, over the whole history. */
  readonly growth: readonly Count[];
  /** Every event, oldest first. */
  readonly events: readonly EventRow[];
  /** The whole event of that version, as the API has it. */
  readonly event: object | null;
}

/** A permission that came or went between two moments, and the event that did it. */
export interface ChangedPermission extends Permission {
  readonly event: {
    readonly version: number;
    readonly type: string;
    readonly occurredAt: string;
    readonly by: string | null;
    readonly mergeRequest: RequestRef | null;
  } | null;
}

export interface Difference {
  readonly from: { readonly version: number; readonly at: string | null };
  readonly to: { readonly version: number; readonly at: string | null };
  readonly added: readonly ChangedPermission[];
  readonly removed: readonly ChangedPermission[];
}

/** What the audit can be narrowed by; absent: by nothing. */
export interface AuditFilter {
  readonly role?: string;
  readonly application?: string;
  readonly account?: string;
  readonly type?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

export interface AuditRow extends EventRow {
  readonly roleArn: string | null;
  readonly application: string | null;
  /** Whom the event names as those who decided or wrote it. */
  readonly people: readonly string[];
}

export interface AuditPage {
  readonly events: readonly AuditRow[];
  /** Index entries that were looked at for this page. */
  readonly read: number;
  readonly indexedTo: string | null;
  readonly next: string | null;
}

export interface WhoCanRow {
  readonly roleArn: string;
  readonly answer: "yes" | "cannot tell";
  readonly policy: "applied" | "approved";
  readonly since: string | null;
  readonly approvedBy: string | null;
  readonly mergeRequest: RequestRef | null;
  readonly accountId: string;
  /** Under which conditions, where the policy names some. */
  readonly conditions: readonly NonNullable<Permission["condition"]>[];
}

export interface WhoCan {
  readonly roles: readonly WhoCanRow[];
  /** How many roles were asked. */
  readonly candidates: number;
  readonly indexedTo: string | null;
}

export interface RunRow {
  readonly run: string;
  readonly roleArn: string;
  readonly state: string;
  readonly since: string | null;
}

export interface QueueRow {
  readonly name: string;
  readonly visible: number;
  readonly inFlight: number;
  readonly dead: number;
}

export interface Status {
  readonly queues: readonly QueueRow[];
  readonly runs: readonly RunRow[];
  readonly lanes: readonly Lane[];
  /** No new rounds until somebody resumes them. */
  readonly paused: { readonly since: string; readonly by: string; readonly reason: string | null } | null;
}

/** One role in one round, on its way through the services. */
export interface RunView {
  readonly run: string;
  readonly roleArn: string;
  readonly application: string;
  readonly environment: string;
  readonly round: string;
  readonly lane: string;
  readonly window: Span;
  /** The role had not been used: no generation was spent on it. */
  readonly idle: boolean;
  readonly requestedAt: string;
  readonly parts: readonly {
    readonly window: Span;
    readonly job: string | null;
    readonly attempt: number;
    readonly startedAt: string | null;
  }[];
  readonly observedAt: string | null;
  readonly end: {
    readonly kind: "proposed" | "nothing-new" | "failed";
    readonly at: string;
    /** Of a failure: where it was. */
    readonly reason: string | null;
    readonly proposal: number | null;
  } | null;
  /** The request that holds its proposal. */
  readonly request:
    | (OpenRequest & {
        readonly title: string;
        readonly openedAt: string;
        readonly status: "open" | "frozen" | "merged" | "closed";
      })
    | null;
  readonly events: readonly EventRow[];
}
