import { findAction, type ResourceType } from "@plp/iam-policy";
import { arnFormat, fillFormat, type Place } from "./arn-format.ts";

/** Beyond this many formats a list says no more than `*` does. */
const most = 12;

/**
 * The resources to ask for where no record told the resource: the ARN formats of the action's required types, with
 * account, Region and partition filled in, `told` for what else is known, and `*` for the rest. Types of which
 * something is told come alone. An addition made of these is widened.
 */
export function widenedResources(
  action: string,
  place: Place,
  told: (type: ResourceType, placeholder: string) => string | null = () => null,
): readonly string[] {
  const types = findAction(action)?.resourceTypes ?? [];
  if (types.length === 0) {
    return ["*"];
  }
  const required = types.filter((type) => type.required);
  const known = { ...place, region: place.region ?? "*", accountId: place.accountId ?? "*" };
  const patterns = (required.length > 0 ? required : types).flatMap((type) =>
    type.arnFormats.map(arnFormat).map((format) => {
      let found = 0;
      const arn = fillFormat(format, known, (name) => {
        const value = told(type, name);
        found += value === null ? 0 : 1;
        return value ?? "*";
      });
      return { arn: arn ?? "*", found, fixed: format.placeholders.length === 0 };
    }),
  );
  const better = patterns.filter(({ found }) => found > 0);
  const sole = patterns.filter(({ fixed }) => fixed);
  // Where every type may be absent and the record tells none, AWS checked the call on `*`.
  const rest = required.length > 0 ? patterns : sole;
  const chosen = [...new Set((better.length > 0 ? better : rest).map(({ arn }) => arn))].sort();
  return chosen.length === 0 || chosen.length > most ? ["*"] : chosen;
}
