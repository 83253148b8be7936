import type { PolicyDocument } from "@plp/iam-policy";

/** A role as the local IAM holds it. */
export interface LocalRole {
  readonly arn: string;
  /** `AROA…`, as in a record's principalId before the colon. */
  readonly uniqueId: string;
  readonly createdAt: string;
  readonly lastUsed: { readonly at: string; readonly region: string } | null;
  readonly policies: readonly { readonly name: string; readonly document: PolicyDocument }[];
}

/** A GitLab user of the local GitLab. Access levels are GitLab's: 30 developer, 40 maintainer. */
export interface LocalUser {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly accessLevel: 20 | 30 | 40 | 50;
  readonly bot: boolean;
}

/** What the local cloud is filled with at its first start: an IAM repository, its roles, and a folder of logs. */
export interface LocalOrganization {
  /** Shown to people, e.g. "sample organization". */
  readonly title: string;
  /** Path in the repository → content of the first commit on main; empty when a repository is cloned instead. */
  readonly files: ReadonlyMap<string, string>;
  readonly roles: readonly LocalRole[];
  readonly users: readonly LocalUser[];
}
