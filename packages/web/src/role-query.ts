import { roleAddress } from "./address.ts";

/** What the address of a role's page says, as it was written; empty: not said. */
export interface RoleQuery {
  readonly version: string;
  readonly at: string;
  readonly knownAt: string;
  /** The other moment of a difference: a version, a day or a moment. */
  readonly from: string;
  /** What is shown as JSON. */
  readonly show: string;
  /** Every permission, however many. */
  readonly all: string;
}

/** The same page with other words in its address. Another version is another moment: what was shown of it goes. */
export function addressWith(roleArn: string, asked: RoleQuery, changes: Partial<RoleQuery>): string {
  const moved = changes.version !== undefined ? { at: "", knownAt: "", show: "", all: "" } : {};
  const { version, at, knownAt, from, show, all } = { ...asked, ...moved, ...changes };
  return roleAddress(roleArn, { version, at, knownAt, from, show, all });
}
