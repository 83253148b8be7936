import type { ConditionBlock, Permission } from "@plp/iam-policy";

/** `only to lambda.amazonaws.com`, else the condition's own words; empty where there is none. */
export function conditionText(condition: ConditionBlock | null): string {
  if (condition === null) return "";
  return Object.entries(condition)
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) =>
        key.toLowerCase() === "iam:passedtoservice"
          ? `only to ${values.join(" or ")}`
          : `if ${key} ${operator} ${values.join(" or ")}`,
      ),
    )
    .join(", ");
}

/** The part of an ARN that tells resources of one account and Region apart: `role/shop-worker`, `shop-site-prod`. */
export function resourceText(resource: string): string {
  const [arn, , , , , ...rest] = resource.split(":");
  return arn === "arn" && rest.length > 0 ? rest.join(":") : resource;
}

/** The contract's shape of a permission, whatever else the object holds. */
export function bare({ action, resource, condition }: Permission): Permission {
  return { action, resource, condition };
}
