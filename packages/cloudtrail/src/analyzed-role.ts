import { type Addition, emptyPolicy, mergePolicy, type PolicyDocument, toDocument } from "@plp/iam-policy";
import { type Counter, examplesOf } from "./counting/counter.ts";
import { type Examples, firstExamples, mostExamples } from "./counting/examples.ts";
import { iso } from "./counting/iso.ts";
import { type CountersOfRole, exampleOf, inOrder, unmappedOf, useOf } from "./counting/usage.ts";
import { type Suggestion, suggestionsOf } from "./suggestions.ts";
import type { DeniedBy, UnmappedCall, UsageExample } from "./types.ts";

export interface AnalyzedAction {
  readonly action: string;
  /** Empty where no record told the resource. */
  readonly resources: readonly string[];
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly inferred: boolean;
  /** The earliest three at most. */
  readonly examples: readonly UsageExample[];
}

export interface DeniedAction {
  readonly action: string;
  readonly resources: readonly string[];
  readonly count: number;
  readonly lastSeen: string;
  readonly reason: DeniedBy;
  readonly examples: readonly UsageExample[];
}

export interface AnalyzedRole {
  readonly roleArn: string;
  readonly accountId: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly events: number;
  readonly actions: readonly AnalyzedAction[];
  readonly denied: readonly DeniedAction[];
  readonly unmapped: readonly UnmappedCall[];
  /** Only where it was asked for; never part of the policy. */
  readonly suggested?: readonly Suggestion[];
  readonly policy: PolicyDocument;
}

/** Counters of one action. */
type Group = readonly [Counter, ...Counter[]];

/** Seen ones and inferred ones each by themselves. */
function groupsOf(counters: readonly Counter[]): readonly Group[] {
  const [first, ...others] = counters;
  if (first === undefined) return [];
  if (others.every(({ what }) => what.inferred === first.what.inferred)) return [[first, ...others]];
  const [seen, inferred] = [false, true].map((kind) => counters.filter(({ what }) => what.inferred === kind));
  return [...groupsOf(seen ?? []), ...groupsOf(inferred ?? [])];
}

/** The resources that are told, each once. */
function resourcesOf(group: Group): readonly string[] {
  const resources: string[] = [];
  for (const { what } of group) if (what.resource !== null) resources.push(what.resource);
  resources.sort();
  return resources.filter((resource, index) => resource !== resources[index - 1]);
}

const byFirst = (a: Counter, b: Counter) => a.first - b.first || inOrder(a, b);

/** The earliest, each event once, on however many resources it was. */
function earliestOf(group: Group, denied: boolean): readonly UsageExample[] {
  let earliest: Examples = [];
  for (const counter of group.toSorted(byFirst)) {
    const latest = earliest[mostExamples - 1];
    // None of the examples from here on is from before these were first seen.
    if (latest !== undefined && counter.first > latest.time) break;
    const examples = examplesOf(counter).filter((example) => example.denied === denied);
    earliest = firstExamples(earliest, examples);
  }
  return earliest.map(exampleOf);
}

const isAllowed = ({ authorized }: Counter) => authorized > 0;
/** Refused and never allowed. */
const isDenied = ({ authorized, denied }: Counter) => authorized === 0 && denied > 0;

/** Of an action's counters the groups of those that were authorized at least once. */
function allowed(counters: readonly Counter[]): readonly AnalyzedAction[] {
  return groupsOf(counters.filter(isAllowed)).map((group) => ({
    action: group[0].what.action,
    resources: resourcesOf(group),
    count: group.reduce((sum, { authorized }) => sum + authorized, 0),
    firstSeen: iso(group.reduce((time, { first }) => Math.min(time, first), group[0].first)),
    lastSeen: iso(group.reduce((time, { last }) => Math.max(time, last), group[0].last)),
    inferred: group[0].what.inferred,
    examples: earliestOf(group, false),
  }));
}

/**
 * Those that were refused and never allowed: on that resource, or, where the record of the refusal tells no resource,
 * on any.
 */
function denied(counters: readonly Counter[]): readonly DeniedAction[] {
  const isAllowedAnywhere = counters.some(isAllowed);
  const isToTell = (counter: Counter) =>
    isDenied(counter) && (counter.what.resource !== null || !isAllowedAnywhere);
  return groupsOf(counters.filter(isToTell).sort(inOrder)).map((group) => ({
    action: group[0].what.action,
    resources: resourcesOf(group),
    count: group.reduce((sum, counter) => sum + counter.denied, 0),
    lastSeen: iso(group.reduce((time, { last }) => Math.max(time, last), group[0].last)),
    reason: group.find(({ deniedBy }) => deniedBy !== "unknown")?.deniedBy ?? "unknown",
    examples: earliestOf(group, true),
  }));
}

/**
 * The additions that would grant what a role used: one a resource, and where the records do not tell the resource,
 * what they do tell of it, marked as widened.
 */
function additionsOf({ actions }: CountersOfRole): readonly Addition[] {
  return actions
    .flatMap((counters) => counters.filter(isAllowed).sort(inOrder))
    .flatMap(({ what, authorized, first, last }): Addition[] => {
      const { action, resource, patterns, condition, inferred } = what;
      const resources = resource === null ? patterns : [resource];
      return resources.map((each) => ({
        action,
        resource: each,
        condition,
        basis: inferred ? "inferred" : "seen",
        widened: resource === null,
        calls: authorized,
        firstSeen: iso(first),
        lastSeen: iso(last),
      }));
    });
}

/** What an analysis tells of a role. */
export function analyzedRole(counted: CountersOfRole, suggest: boolean): AnalyzedRole {
  const { role, actions } = counted;
  let policy: PolicyDocument | null = null;
  return {
    roleArn: role.caller.roleArn,
    accountId: role.caller.accountId,
    firstSeen: iso(role.first),
    lastSeen: iso(role.last),
    events: role.events,
    actions: actions.flatMap(allowed),
    denied: actions.flatMap(denied),
    unmapped: unmappedOf(role),
    ...(suggest ? { suggested: suggestionsOf(useOf(counted)) } : {}),
    // Made when somebody looks: of hundreds of roles it takes longer than to read their logs.
    get policy() {
      policy ??= toDocument(mergePolicy({ old: emptyPolicy, additions: additionsOf(counted) }).policy);
      return policy;
    },
  };
}
