import { findAction, type ResourceType } from "@plp/iam-policy";
import { arnFormat, fillFormat, type Place } from "./arn-format.ts";

/** Beyond this many formats a list says no more than `*` does. */
const most = 12;

/**
 * The resources to ask for where no record told the resource: the ARN formats of the action's required types (of
 * all its types when none is required), with account, Region and partition filled in, `told` for what else is
 * known, and `*` for the rest. Types of which something is told come alone. An addition made of these is widened.
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
  const place2 = { ...place, region: place.region ?? "*", accountId: place.accountId ?? "*" };
  const patterns = (required.length > 0 ? required : types).flatMap((type) =>
    type.arnFormats.map(arnFormat).map((format) => {
      let known = 0;
      const arn = fillFormat(format, place2, (name) => {
        const value = told(type, name);
        known += value === null ? 0 : 1;
        return value ?? "*";
      });
      return { arn: arn ?? "*", known };
    }),
  );
  const better = patterns.filter(({ known }) => known > 0);
  const chosen = [...new Set((better.length > 0 ? better : patterns).map(({ arn }) => arn))].sort();
  return chosen.length > most ? ["*"] : chosen;
}
