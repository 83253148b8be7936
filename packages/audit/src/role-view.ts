import {
  type AppliedPolicy,
  appliedAfter,
  appliedTrace,
  approvedAfter,
  approvedLater,
  type DomainEvent,
  type ProposedPolicy,
  parseRoleStream,
  type Recorded,
  type ReplayedPermission,
  type RequestKind,
  type RequestRef,
  type RoleEvent,
  type TracedPolicy,
} from "@plp/domain";
import { type PolicyDocument, parsePolicy, type Risk } from "@plp/iam-policy";
import { grantedServices, type PolicyChange } from "./concerned.ts";
import { FORMAT } from "./format.ts";

/** A role in the list of streams: what a table of all roles shows, without reading their histories. */
export interface RoleRow {
  /** Of the item: FORMAT, or what another PLP wrote. */
  readonly format: number;
  readonly stream: string;
  readonly roleArn: string;
  readonly uniqueId: string;
  readonly project: string | null;
  readonly folder: string | null;
  readonly application: string | null;
  readonly environment: string | null;
  readonly accountId: string;
  readonly region: string | null;
  readonly mode: "observe" | "enforce" | null;
  readonly inScope: boolean;
  readonly retired: boolean;
  /** Of the approved policy. */
  readonly permissions: number;
  /** Services of which the policy that counts (applied, else approved) may grant something; `*`: of any. */
  readonly services: readonly string[];
  readonly lastChange: string | null;
  readonly proposals: readonly {
    readonly kind: RequestKind;
    readonly version: number;
    readonly at: string;
    readonly added: number;
    readonly removed: number;
    readonly risks: readonly Pick<Risk, "id" | "severity">[];
  }[];
  /** What was merged last, while AWS is not known to have it. */
  readonly unapplied: {
    readonly at: string;
    readonly by: string | null;
    readonly mergeRequest: RequestRef;
    /** Of the policy as it stands on the default branch. */
    readonly policyHash: string;
  } | null;
  /** The head as far as the index has taken it up. */
  readonly version: number;
  readonly recordedAt: string;
  readonly hash: string;
}

/** A policy that stands, with the origin of every permission, as JSON. */
export interface StandingPolicy {
  readonly version: number;
  readonly at: string;
  readonly policy: PolicyDocument;
  readonly policyHash: string;
  readonly permissions: readonly ReplayedPermission[];
  readonly beneath: readonly ReplayedPermission[];
}

/** What a role may do as far as PLP's policies go. */
export interface RoleStanding {
  readonly format: number;
  /** Of the last event that said something about it. */
  readonly version: number;
  readonly approved: StandingPolicy | null;
  /** The approved policy before it: an apply may come after the next merge. */
  readonly approvedBefore: StandingPolicy | null;
  readonly applied: (StandingPolicy & Pick<AppliedPolicy, "job">) | null;
  /** How many permissions the role had at the end of each day on which that changed, the newest last. */
  readonly growth: readonly (readonly [day: string, permissions: number])[];
}

/** Both together are folded event by event, from wherever the index had come to. */
export interface RoleView {
  readonly row: RoleRow;
  readonly standing: RoleStanding;
}

/** The events after which a role may do, or is to do, something else. */
const CHANGES: ReadonlySet<RoleEvent["type"]> = new Set([
  "RoleDiscovered",
  "ModeChanged",
  "RoleRecreated",
  "RoleRetired",
  "PolicyProposed",
  "ProposalWithdrawn",
  "ProposalApproved",
  "ProposalRejected",
  "PolicyEdited",
  "PolicyApplied",
]);

/** A role of which nothing was taken up yet; null for a stream that is no role's. */
export function emptyRoleView(stream: string): RoleView | null {
  const id = parseRoleStream(stream);
  if (id === null) return null;
  return {
    row: {
      format: FORMAT,
      ...{ stream, roleArn: id.arn, uniqueId: id.uniqueId },
      ...{ project: null, folder: null, application: null, environment: null, region: null, mode: null },
      accountId: id.arn.split(":")[4] ?? "",
      ...{ inScope: false, retired: false, permissions: 0, services: [], lastChange: null, proposals: [] },
      unapplied: null,
      ...{ version: 0, recordedAt: "", hash: "" },
    },
    standing: {
      format: FORMAT,
      ...{ version: 0, approved: null, approvedBefore: null, applied: null, growth: [] },
    },
  };
}

const STANDING: ReadonlySet<string> = new Set<RoleEvent["type"]>([
  "ProposalApproved",
  "PolicyEdited",
  "PolicyApplied",
  "PolicyObserved",
  "RoleDiscovered",
  "RoleRetired",
]);

/** Does the event need or change the policies that stand, or what they count for? */
export function touchesStanding({ type }: DomainEvent): boolean {
  return STANDING.has(type);
}

export interface Advanced {
  readonly view: RoleView;
  /** What became of the policy; null where the event did nothing to it. */
  readonly change: PolicyChange | null;
}

/** The view after one more event; `proposalOf` knows the proposals that approvals name. */
export function advanceRole(
  view: RoleView,
  event: Recorded<RoleEvent>,
  proposalOf: (version: number) => ProposedPolicy | undefined,
): Advanced {
  const { standing, change } = standingAfter(view.standing, event, proposalOf);
  const row = {
    ...rowAfter(view.row, event),
    unapplied: unappliedAfter(view.row.unapplied, event),
    ...(change === null ? {} : { permissions: countOf(standing), services: servicesOf(standing) }),
    lastChange: CHANGES.has(event.type) ? event.occurredAt : view.row.lastChange,
    version: event.version,
    recordedAt: event.recordedAt,
    hash: event.hash,
  };
  return { view: { row, standing }, change };
}

function rowAfter(row: RoleRow, event: Recorded<RoleEvent>): RoleRow {
  switch (event.type) {
    case "RoleDiscovered":
    case "RoleRescoped": {
      const { application, environment, accountId, region, generate, mode } = event.data.scope;
      const { project, folder, name } = application;
      const retired = event.type === "RoleDiscovered" ? false : row.retired;
      const place = { project, folder, application: name, environment, accountId, region };
      return { ...row, ...place, mode, inScope: generate && !retired, retired };
    }
    case "ModeChanged":
      return { ...row, mode: event.data.to };
    case "RoleRetired":
      return { ...row, inScope: false, retired: true };
    case "PolicyProposed": {
      const { kind, added, removed } = event.data;
      const risks = event.data.risks.map(({ id, severity }) => ({ id, severity }));
      const proposal = { kind, version: event.version, at: event.occurredAt, risks };
      const others = row.proposals.filter((open) => open.kind !== kind);
      return {
        ...row,
        proposals: [...others, { ...proposal, added: added.length, removed: removed.length }],
      };
    }
    case "ProposalSuperseded":
    case "ProposalWithdrawn":
    case "ProposalApproved":
    case "ProposalRejected":
      return { ...row, proposals: row.proposals.filter(({ version }) => version !== event.data.proposal) };
    default:
      return row;
  }
}

type Unapplied = NonNullable<RoleRow["unapplied"]> | null;

function unappliedAfter(before: Unapplied, event: Recorded<RoleEvent>): Unapplied {
  switch (event.type) {
    case "ProposalApproved": {
      const { mergedBy, request, policyHash } = event.data;
      return { at: event.occurredAt, by: mergedBy?.username ?? null, mergeRequest: request, policyHash };
    }
    case "PolicyEdited":
      return before && { ...before, policyHash: event.data.policyHash };
    case "PolicyApplied":
      return event.data.policyHash === before?.policyHash ? null : before;
    case "PolicyObserved":
      return event.data.confirmed && event.data.expectedHash === before?.policyHash ? null : before;
    default:
      return before;
  }
}

function standingAfter(
  standing: RoleStanding,
  event: Recorded<RoleEvent>,
  proposalOf: (version: number) => ProposedPolicy | undefined,
): { readonly standing: RoleStanding; readonly change: PolicyChange | null } {
  if (event.type === "RoleRetired" || event.type === "RoleDiscovered")
    return { standing: counted(standing, event), change: null };
  if (event.type === "PolicyApplied" || event.type === "PolicyObserved") return inAws(standing, event);
  if (event.type !== "ProposalApproved" && event.type !== "PolicyEdited") return { standing, change: null };
  const before = standing.approved === null ? null : tracedOf(standing.approved);
  const proposal = event.type === "ProposalApproved" ? proposalOf(event.data.proposal) : undefined;
  const traced = approvedAfter(before, event, proposal);
  const { policy, permissions, beneath } = traced;
  const { policy: document, policyHash } = event.data;
  const approved = {
    ...{ version: event.version, at: event.occurredAt },
    ...{ policy: document, policyHash, permissions, beneath },
  };
  const growth = grown(standing.growth, event.occurredAt.slice(0, 10), permissions.length);
  return {
    standing: {
      ...{ ...standing, version: event.version, approved, approvedBefore: standing.approved, growth },
      applied: nowApproved(standing.applied, policyHash, traced),
    },
    change: { before: before?.policy ?? null, after: policy },
  };
}

/** Where AWS had the policy before its approval was heard of, the approval says of whom it is. */
function nowApproved(
  applied: RoleStanding["applied"],
  policyHash: string,
  approved: TracedPolicy,
): RoleStanding["applied"] {
  if (applied?.policyHash !== policyHash) return applied;
  return { ...applied, permissions: approvedLater(tracedOf(applied), approved).permissions };
}

/** After an event that says what AWS has. */
function inAws(
  standing: RoleStanding,
  event: Recorded<RoleEvent>,
): { readonly standing: RoleStanding; readonly change: PolicyChange | null } {
  const { applied, approved, approvedBefore } = standing;
  const next = appliedAfter(applied, event);
  if (next === null || next === applied) return { standing, change: null };
  const before = applied === null ? null : tracedOf(applied);
  const approvals = [approvedBefore, approved].filter((one) => one !== null);
  const { policy, permissions, beneath } = appliedTrace(next, {
    approved: approvals.map((one) => ({ policyHash: one.policyHash, traced: tracedOf(one) })),
    inAws: before,
  });
  return {
    standing: { ...standing, version: event.version, applied: { ...next, permissions, beneath } },
    change: { before: before?.policy ?? null, after: policy },
  };
}

/** The policy that counts: what AWS has where that is known, else what was approved. */
export function counting({ applied, approved }: RoleStanding): StandingPolicy | null {
  return applied ?? approved;
}

/** What a retired role had counts for nothing until it is found again. */
function counted(
  standing: RoleStanding,
  { type, version, occurredAt }: Pick<Recorded<RoleEvent>, "type" | "version" | "occurredAt">,
): RoleStanding {
  const permissions = type === "RoleRetired" ? 0 : countOf(standing);
  if (permissions === (standing.growth.at(-1)?.[1] ?? 0)) return standing;
  return { ...standing, version, growth: grown(standing.growth, occurredAt.slice(0, 10), permissions) };
}

/** More days than that of one role nobody looks at in a chart. */
const MOST_DAYS = 400;

function grown(before: RoleStanding["growth"], day: string, permissions: number): RoleStanding["growth"] {
  const others = before.filter(([known]) => known !== day);
  return [...others, [day, permissions] as const].slice(-MOST_DAYS);
}

/** The policy as the evaluator takes it. */
export function tracedOf({ policy, permissions, beneath, version }: StandingPolicy): TracedPolicy {
  return { policy: parsePolicy(policy, `version ${version}`), permissions, beneath };
}

function countOf({ approved }: RoleStanding): number {
  return approved?.permissions.length ?? 0;
}

function servicesOf(standing: RoleStanding): readonly string[] {
  const policy = counting(standing);
  return policy === null ? [] : grantedServices(tracedOf(policy).policy);
}
