import { findAction } from "./service-reference.ts";
import type { ResourceType } from "./types.ts";

/** Where a call happened: what fills `${Partition}`, `${Region}` and `${Account}`; null where that is not known. */
export interface CallPlace {
  readonly partition: string;
  readonly region: string | null;
  readonly accountId: string | null;
}

/** Beyond this many formats a list says no more than `*` does. */
const MOST = 12;

/**
 * The resources to ask for where no record told the resource: the ARN formats of the action's required types, with
 * account, Region and partition filled in, `told` for what else is known, and `*` for the rest. Types of which
 * something is told come alone; `*` alone where the action takes no resource, or may be checked without one. What is
 * added on these is widened.
 */
export function widenedResources(
  action: string,
  place: CallPlace,
  told: (type: ResourceType, placeholder: string) => string | null = () => null,
): readonly string[] {
  const types = findAction(action)?.resourceTypes ?? [];
  const required = types.filter((type) => type.required);
  const patterns = (required.length > 0 ? required : types).flatMap((type) =>
    type.arnFormats.map((format) => fill(format, place, (name) => told(type, name))),
  );
  const better = patterns.filter(({ told: found }) => found > 0);
  // Where every type may be absent and nothing is told, AWS checked the call on `*`; unless there is but one such thing.
  const rest = required.length > 0 ? patterns : patterns.filter(({ own }) => own === 0);
  const chosen = [...new Set((better.length > 0 ? better : rest).map(({ arn }) => arn))].sort();
  return chosen.length === 0 || chosen.length > MOST ? ["*"] : chosen;
}

/** `own`: how many placeholders the format has beside partition, Region and account; `told`: how many are known. */
function fill(
  format: string,
  { partition, region, accountId }: CallPlace,
  value: (placeholder: string) => string | null,
): { readonly arn: string; readonly own: number; readonly told: number } {
  const header = new Map([
    ["Partition", partition],
    ["Region", region ?? "*"],
    ["Account", accountId ?? "*"],
  ]);
  let own = 0;
  let told = 0;
  const arn = format.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const known = header.get(name);
    if (known !== undefined) return known;
    own += 1;
    const found = value(name) || null;
    if (found !== null) told += 1;
    return found ?? "*";
  });
  return { arn, own, told };
}
