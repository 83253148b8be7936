import { createHash } from "node:crypto";

/** The parts of a role's ARN, of the characters that IAM allows in them. */
export interface RoleName {
  readonly arn: string;
  readonly partition: string;
  readonly accountId: string;
  /** With the path, without a leading slash. */
  readonly path: string;
  readonly name: string;
}

const pattern =
  /^arn:(aws|aws-cn|aws-us-gov|aws-iso[a-z-]{0,4}):iam::(\d{12}):role\/((?:[\w+=,.@-]+\/)*)([\w+=,.@-]{1,64})$/;

/** Null where the text is not the ARN of a role that IAM could hold; a log can claim anything. */
export function parseRoleArn(arn: string): RoleName | null {
  const [, partition, accountId, folder, name] = (arn.length <= 700 ? pattern.exec(arn) : null) ?? [];
  if (partition === undefined || accountId === undefined || name === undefined) return null;
  return { arn, partition, accountId, path: `${folder ?? ""}${name}`, name };
}

/** `AROA` and 17 more, always the same for one ARN: for roles whose unique id no record tells. */
export function derivedUniqueId(arn: string): string {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bytes = createHash("sha256").update(`unique id ${arn}`).digest().subarray(0, 17);
  return `AROA${[...bytes].map((byte) => digits[byte % 32]).join("")}`;
}

/**
 * A name for each role's application that is a safe folder and branch part as well, and unlike every other also where
 * case does not count. Roles of one name get their account's id behind it, and a part of their hash if that is not enough.
 */
export function applicationNames(roles: readonly RoleName[]): ReadonlyMap<string, string> {
  const hash = (role: RoleName) => createHash("sha256").update(role.arn).digest("hex").slice(0, 8);
  const plain = (role: RoleName) => safe(role.name) || `role-${hash(role)}`;
  const ways: readonly ((role: RoleName) => string)[] = [
    plain,
    (role) => `${plain(role)}-${role.accountId}`,
    (role) => `${plain(role).slice(0, 40)}-${role.accountId}-${hash(role)}`,
  ];
  const names = new Map<string, string>();
  let open = [...roles];
  for (const way of ways) {
    const taken = new Set([...names.values()].map((name) => name.toLowerCase()));
    const wanted = new Map<string, number>();
    for (const role of open) {
      const key = way(role).toLowerCase();
      wanted.set(key, (wanted.get(key) ?? 0) + 1);
    }
    const isFree = (role: RoleName) => {
      const key = way(role).toLowerCase();
      return wanted.get(key) === 1 && !taken.has(key);
    };
    for (const role of open.filter(isFree)) names.set(role.arn, way(role));
    open = open.filter((role) => !names.has(role.arn));
  }
  return names;
}

function safe(name: string): string {
  return name
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replaceAll(/\.{2,}/g, ".")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 48)
    .replace(/[^A-Za-z0-9]+$/, "");
}
