import { type Addition, findAction, type Question, readGenerated, widenedResources } from "@plp/iam-policy";
import type { DeniedPermission } from "../role/events.ts";
import type { EnvironmentScope, Window } from "../scope.ts";
import type { Analysis, ObservedPermission } from "./analysis.ts";

/** What an analysis comes to, before the policy, the history and the reviewers' refusals are looked at. */
export interface Findings {
  readonly additions: readonly Addition[];
  readonly denied: readonly DeniedPermission[];
  readonly questions: readonly Question[];
  readonly withoutTrail: boolean;
}

/**
 * Joins what Access Analyzer, the trail and IAM say. The trail decides: authorized there is seen, only denied there is
 * told and not added, and what Access Analyzer names but the trail does not hold is a question. Without a trail
 * Access Analyzer's answer is all there is, attempts included, and the findings say so.
 */
export function joinAnalysis(analysis: Analysis, scope: EnvironmentScope): Findings {
  const generated =
    analysis.generated === null
      ? { additions: [], questions: [] }
      : readGenerated(answerOf(analysis.generated.policies), scope, `the analysis of run ${analysis.run}`);
  if (analysis.trail === null) {
    return {
      additions: generated.additions,
      denied: [],
      questions: [...generated.questions, ...silentServices(analysis, generated.additions)],
      withoutTrail: true,
    };
  }
  const { permissions, unmapped } = analysis.trail;
  const authorized = permissions.filter((permission) => permission.authorized > 0);
  const additions = authorized.flatMap((permission) => additionsOf(permission, scope));
  const allowed = new Set(authorized.map(({ action }) => action));
  const denied = permissions.filter(
    (permission) =>
      permission.authorized === 0 &&
      permission.denied > 0 &&
      // Of a refusal whose resource nobody tells, nothing can be said where the action was allowed.
      !(permission.resource === null && allowed.has(permission.action)),
  );
  const inTrail = new Set(permissions.map(({ action }) => action));
  return {
    additions,
    denied: denied.map(({ action, resource, denied: count, last, deniedBy }) => ({
      action,
      resource,
      count,
      last,
      by: deniedBy,
    })),
    questions: [
      ...notInTrail(generated.additions, inTrail),
      // Placeholders are filled by the trail; what AWS's answer left open beside them is still a question.
      ...generated.questions.filter(({ kind }) => kind !== "placeholder"),
      ...unmapped.map(
        ({ eventSource, eventName, count }): Question => ({
          kind: "unmapped",
          detail: `${eventSource} ${eventName} was called ${count} ${count === 1 ? "time" : "times"}, and no IAM action is known for it`,
        }),
      ),
      ...silentServices(
        analysis,
        [...allowed, ...denied.map(({ action }) => action)].map((action) => ({ action })),
      ),
    ],
    withoutTrail: false,
  };
}

function additionsOf(permission: ObservedPermission, scope: EnvironmentScope): Addition[] {
  const { action, condition, inferred, authorized, first, last } = permission;
  const common = {
    action,
    condition,
    basis: inferred ? ("inferred" as const) : ("seen" as const),
    calls: authorized,
    firstSeen: first,
    lastSeen: last,
  };
  if (permission.resource !== null) return [{ ...common, resource: permission.resource, widened: false }];
  const { patterns = [] } = permission;
  const resources = patterns.length > 0 ? patterns : widened(action, scope, permission.regions);
  return resources.map((resource) => ({
    ...common,
    resource,
    widened: resource !== "*" || takesResource(action),
  }));
}

/** In every Region in which it was used: the records do not tell which resource was meant. */
function widened(action: string, scope: EnvironmentScope, used: readonly string[]): readonly string[] {
  const { partition, accountId, regions } = scope;
  const found = (used.length > 0 ? used : regions).flatMap((region) =>
    widenedResources(action, { partition, region, accountId }),
  );
  return found.includes("*") ? ["*"] : [...new Set(found)].sort();
}

/** Back in the shape of `GetGeneratedPolicy`, whose documents were kept word for word. */
function answerOf(policies: readonly string[]) {
  return { generatedPolicyResult: { generatedPolicies: policies.map((policy) => ({ policy })) } };
}

function takesResource(action: string): boolean {
  return (findAction(action)?.resourceTypes.length ?? 0) > 0;
}

function notInTrail(generated: readonly Addition[], inTrail: ReadonlySet<string>): Question[] {
  const missing = new Set(generated.map(({ action }) => action).filter((action) => !inTrail.has(action)));
  return [...missing].sort().map((action) => ({
    kind: "not-in-trail",
    detail: `Access Analyzer says that ${action} was used or tried; the trail does not hold the call`,
    subject: action,
  }));
}

/** Services that IAM says were used in the window, of which nothing tells the actions. */
function silentServices(analysis: Analysis, known: readonly { readonly action: string }[]): Question[] {
  const services = new Set(known.map(({ action }) => action.slice(0, action.indexOf(":")).toLowerCase()));
  return (analysis.lastAccessed ?? [])
    .filter(
      ({ service, lastAuthenticated }) =>
        !services.has(service) && within(analysis.window, lastAuthenticated),
    )
    .map(({ service, lastAuthenticated }) => ({
      kind: "service-level",
      detail: `IAM says that ${service} was used, last on ${lastAuthenticated?.slice(0, 10)}; which actions is not known`,
      subject: service,
    }));
}

function within(window: Window, at: string | null): boolean {
  return at !== null && at >= window.from && at < window.to;
}
