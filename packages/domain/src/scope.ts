import type { ApplicationId } from "./ids.ts";

export type Mode = "observe" | "enforce";
export type RequestKind = "grow" | "asked" | "reduce" | "enforce" | "restore";

/** A span of time, ISO 8601 UTC; `to` does not belong to it. */
export interface Window {
  readonly from: string;
  readonly to: string;
}

/** A commit of the IAM repository and who made it. */
export interface SourceCommit {
  readonly sha: string;
  readonly author: string | null;
}

/** One environment of an application as its Terraform output describes it, with defaults filled in. */
export interface EnvironmentScope {
  readonly application: ApplicationId & { readonly name: string };
  readonly environment: string;
  readonly accountId: string;
  readonly partition: string;
  readonly region: string;
  /** Every Region in which the role works, `region` first. */
  readonly regions: readonly string[];
  /** Relative to the application's folder, and inside it. */
  readonly policyPath: string;
  readonly initialPolicyPath: string | null;
  readonly permissionsBoundaryPath: string | null;
  readonly protectedSids: readonly string[];
  readonly generate: boolean;
  readonly mode: Mode;
  readonly retentionDays: number | null;
  readonly quietDays: number | null;
}
