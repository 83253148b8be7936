import { findAction } from "@plp/iam-policy";
import type { RoleUse } from "./counting/usage.ts";
import { arnFormat } from "./mapping/arn-format.ts";
import { type Life, lives } from "./mapping/tables/terraform.ts";
import type { UsagePermission } from "./types.ts";

/** What a role did not use and will need for what it made. */
export interface Suggestion {
  readonly action: string;
  /** Null where no record tells what was made. */
  readonly resource: string | null;
  readonly for: "read" | "update" | "delete";
  readonly why: string;
}

const purposes = [
  ["read", "reads"],
  ["update", "updates"],
  ["delete", "deletes"],
] as const;

/** What is told of what was made, in the formats of the later action's resource types. */
function resourcesFor(made: UsagePermission, later: string): readonly (string | null)[] {
  const types = findAction(later)?.resourceTypes ?? [];
  if (types.length === 0) return ["*"];
  const formats = types.flatMap((type) => type.arnFormats.map(arnFormat));
  const told = made.resource === null ? (made.patterns ?? []) : [made.resource];
  const fitting = told.filter((resource) => formats.some(({ loose }) => loose.test(resource)));
  // A second resource of the call (the VPC of a security group) is not what it made.
  return fitting.length > 0 ? fitting : made.resource === "*" ? [null] : [];
}

/**
 * What Terraform will call for the resources that a role made: logs of a week show how they came, not how they
 * will be changed and taken down. A suggestion and no more: nothing of it was used, so nothing of it is ever added unasked.
 */
export function suggestionsOf({ permissions }: Pick<RoleUse, "permissions">): readonly Suggestion[] {
  const used = new Set(
    permissions.flatMap(({ action, resource, authorized }) =>
      authorized > 0 ? [`${action} ${resource}`] : [],
    ),
  );
  const found = new Map<string, Suggestion>();
  for (const made of permissions) {
    const life: Life | undefined = Object.hasOwn(lives, made.action) ? lives[made.action] : undefined;
    if (life === undefined || made.authorized === 0) continue;
    for (const [purpose, list] of purposes) {
      for (const action of life[list]) {
        for (const resource of resourcesFor(made, action)) {
          const key = `${action} ${resource}`;
          if (used.has(key) || found.has(key)) continue;
          const why = `${made.action} made it; Terraform needs this to ${purpose} an ${life.type}`;
          found.set(key, { action, resource, for: purpose, why });
        }
      }
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, suggestion]) => suggestion);
}
