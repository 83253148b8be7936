import type { OpenProposal, RequestKind, RoleId } from "@plp/domain";

/** One role of a request. */
export interface RoleView {
  readonly role: RoleId;
  readonly environment: string;
  readonly accountId: string;
  readonly mode: "observe" | "enforce";
  readonly hasInitialPolicy: boolean;
  readonly discoveredAt: string;
  readonly proposal: OpenProposal;
}

/**
 * Everything that a request's title, description and commit are rendered from; the same view gives the same bytes. The
 * round is not in it: a later one that finds the same shows the same, and nothing is pushed.
 */
export interface RequestView {
  readonly application: string;
  readonly folder: string;
  readonly kind: RequestKind;
  /** By environment. */
  readonly roles: readonly RoleView[];
  /** Environments of the application that this round could not analyse, with the reason. */
  readonly failed: readonly { readonly environment: string; readonly reason: string }[];
  /** Of `enforce`: files with modes, as the branch is to hold them. */
  readonly modes: readonly { readonly path: string; readonly content: string }[];
}
