import { findAction } from "@plp/iam-policy";
import type { EnvironmentScope } from "../scope.ts";

/** More resource types than this, and one pattern for the whole service says the same in fewer words. */
const MOST_TYPES = 3;

/**
 * The narrowest patterns that surely hold a resource of which the records do not tell: the ARN formats of the action's
 * resource types with partition, Region and account filled in, and `*` for what is not known. `*` alone where the
 * action takes no resource.
 */
export function widen(action: string, scope: EnvironmentScope, regions: readonly string[]): string[] {
  const types = findAction(action)?.resourceTypes ?? [];
  if (types.length === 0) return ["*"];
  const filled = new Set<string>();
  for (const format of types.flatMap(({ arnFormats }) => arnFormats)) {
    for (const region of regions.length > 0 ? regions : scope.regions)
      filled.add(fill(format, scope, region));
  }
  const patterns = [...filled].sort();
  if (types.length <= MOST_TYPES) return patterns;
  const prefixes = new Set(patterns.map((pattern) => pattern.split(":").slice(0, 5).join(":")));
  return [...prefixes].map((prefix) => `${prefix}:*`);
}

function fill(format: string, scope: EnvironmentScope, region: string): string {
  return format
    .replaceAll("${Partition}", scope.partition)
    .replaceAll("${Region}", region)
    .replaceAll("${Account}", scope.accountId)
    .replace(/\$\{[^}]*\}/g, "*");
}
