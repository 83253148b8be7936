import { createHash } from "node:crypto";
import type { Policy } from "./types.ts";

export const PLP_SID = "Plp";

/** Is the statement PLP's own? Everything else in the file is people's. */
export function isPlpSid(sid: string | null): boolean {
  return sid?.startsWith(PLP_SID) === true;
}

/** The Sids that a new statement may not take. */
export function sidsOf(policy: Policy): Set<string> {
  return new Set(policy.statements.flatMap(({ sid }) => (sid === null ? [] : [sid])));
}

/** Statements of one family may share lines; PassRole is kept apart, because it is read with other eyes. */
export function familyOf(action: string): string {
  if (/^iam:passrole$/i.test(action)) return "pass-role";
  const colon = action.indexOf(":");
  return (colon < 0 ? action : action.slice(0, colon)).toLowerCase();
}

/**
 * The Sid that follows from family and resource: `PlpSqsShopOrders`, `PlpLambdaAnyResource`,
 * `PlpPassRoleShopOrderWorker`. Where another statement has it, the first characters of a hash of `identity`
 * (family, resource and condition) are added. Letters and digits only, as IAM demands.
 */
export function sidFor(
  family: string,
  resource: string,
  identity: string,
  taken: ReadonlySet<string>,
): string {
  return freeSid(`${PLP_SID}${pascal(family)}${resourceName(resource)}`.slice(0, 96), identity, taken);
}

/** `base`, or, where another statement has it, `base` and the first characters of a hash of `identity`. */
export function freeSid(base: string, identity: string, taken: ReadonlySet<string>): string {
  if (!taken.has(base)) return base;
  const hash = createHash("sha256").update(identity).digest("hex");
  for (let length = 6; length < hash.length; length += 1) {
    const sid = `${base}${hash.slice(0, length)}`;
    if (!taken.has(sid)) return sid;
  }
  return `${base}${hash}`;
}

function resourceName(resource: string): string {
  const parts = resource.split(":");
  const own = parts.length >= 6 ? parts.slice(5).join(":") : resource;
  if (parts[2] === "s3" && own.includes("/")) {
    const name = pascal(own);
    return own.endsWith("*") ? `${name}Objects` : name;
  }
  const [, type, name] = /^([A-Za-z][\w-]*)[:/](.*)$/s.exec(own) ?? [undefined, "", own];
  const named = lastName(name ?? "");
  return named === "" ? pascal(type ?? "") || "AnyResource" : named;
}

/** `/aws/lambda/shop-order-worker` is known by its last part that is a name. */
function lastName(path: string): string {
  const names = path.split("/").map(pascal);
  return names.findLast((name) => name !== "") ?? "";
}

function pascal(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
