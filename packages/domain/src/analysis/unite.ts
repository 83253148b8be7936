import { permissionKey } from "@plp/iam-policy";
import type { DeniedPermission } from "../role/events.ts";
import type { Findings } from "./join.ts";

/**
 * What several analyses of one role come to, oldest first: of what more than one of them says, the newest word counts.
 * What was refused in one window and allowed in another is no refusal.
 */
export function uniteFindings(all: readonly Findings[]): Findings {
  const additions = all.flatMap((findings) => findings.additions);
  const allowed = new Set(additions.map(permissionKey));
  const actions = new Set(additions.map(({ action }) => action));
  const isAllowed = ({ action, resource }: DeniedPermission) =>
    resource === null
      ? actions.has(action)
      : allowed.has(permissionKey({ action, resource, condition: null }));
  const denied = lastOf(
    all.flatMap((findings) => findings.denied),
    ({ action, resource }) => JSON.stringify([action, resource]),
  );
  return {
    additions,
    denied: denied.filter((refusal) => !isAllowed(refusal)),
    questions: lastOf(
      all.flatMap((findings) => findings.questions),
      ({ kind, detail }) => JSON.stringify([kind, detail]),
    ),
    withoutTrail: all.some(({ withoutTrail }) => withoutTrail),
  };
}

function lastOf<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
