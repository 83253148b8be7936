import type { Recorded, RoleEvent } from "@plp/domain";
import { type Permission, type Policy, permissionKey, permissionsOf, type Statement } from "@plp/iam-policy";

/** The policies of a role before and after an event. */
export interface PolicyChange {
  readonly before: Policy | null;
  readonly after: Policy;
}

/** Beyond this an event is found by its service alone: a policy file may be of any size. */
const MOST_ACTIONS = 1_000;
/** Stands for every action of a service. */
export const EVERY_ACTION = "*";

/** The actions that an event is about, by the service that begins them; `*` holds those that begin with a wildcard. */
export function concernedActions(
  event: Recorded<RoleEvent>,
  change: PolicyChange | null,
): ReadonlyMap<string, readonly string[]> {
  const byService = new Map<string, Set<string>>();
  for (const action of change === null ? actionsIn(event) : changedActions(change)) {
    const service = serviceOf(action);
    byService.set(service, (byService.get(service) ?? new Set()).add(action));
  }
  return new Map(
    [...byService].map(([service, actions]) => [
      service,
      actions.size > MOST_ACTIONS ? [EVERY_ACTION] : [...actions].sort(),
    ]),
  );
}

/** `s3` of `s3:Get*`; `*` where the service itself is a pattern. */
export function serviceOf(action: string): string {
  const [service = ""] = action.toLowerCase().split(":", 1);
  return /^[a-z0-9-]+$/.test(service) ? service : EVERY_ACTION;
}

function actionsIn(event: Recorded<RoleEvent>): readonly string[] {
  switch (event.type) {
    case "PolicyProposed":
      return namesOf([...event.data.added, ...event.data.removed]);
    case "ProposalRejected":
      return namesOf([...event.data.permissions, ...(event.data.retained ?? [])]);
    case "RejectionLifted":
      return namesOf(event.data.permissions);
    case "PolicyObserved":
      return event.data.drift.flatMap((drift) => ("permissions" in drift ? namesOf(drift.permissions) : []));
    default:
      return [];
  }
}

function namesOf(permissions: readonly Permission[]): readonly string[] {
  return permissions.map(({ action }) => action);
}

/** What is granted now and was not before, or the other way round; of what is no list of permissions, what it names. */
function changedActions({ before, after }: PolicyChange): readonly string[] {
  const [old, now] = [before === null ? [] : permissionsOf(before), permissionsOf(after)];
  const [oldKeys, nowKeys] = [new Set(old.map(permissionKey)), new Set(now.map(permissionKey))];
  const changed = [
    ...old.filter((permission) => !nowKeys.has(permissionKey(permission))),
    ...now.filter((permission) => !oldKeys.has(permissionKey(permission))),
  ];
  const [oldOdd, nowOdd] = [oddStatements(before), oddStatements(after)];
  const odd = [...oldOdd, ...nowOdd].filter(([key]) => oldOdd.has(key) !== nowOdd.has(key));
  return [...namesOf(changed), ...odd.flatMap(([, { actions }]) => actions ?? [EVERY_ACTION])];
}

/** Statements that permissionsOf does not list whole: Deny, NotAction, NotResource, and what the parser kept only. */
function oddStatements(policy: Policy | null): ReadonlyMap<string, Statement> {
  const odd = (policy?.statements ?? []).filter(
    ({ effect, notActions, notResources, notUnderstood }) =>
      effect === "Deny" || notActions !== null || notResources !== null || notUnderstood.length > 0,
  );
  return new Map(odd.map((statement) => [JSON.stringify(statement.verbatim), statement]));
}

/** The services that a policy may grant something of; `*` where it names none, as NotAction does. */
export function grantedServices(policy: Policy): readonly string[] {
  const services = policy.statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap(({ actions }) => (actions ?? [EVERY_ACTION]).map(serviceOf));
  return [...new Set(services)].sort();
}
