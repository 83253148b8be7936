import type { ApplicationId, Cause, RoleId, SourceCommit } from "@plp/domain";
import type { ApplicationMessage } from "@plp/messaging";
import type { FoundEnvironment } from "./parse-outputs.ts";
import type { DiscoveryPorts } from "./ports.ts";

/** One message's look at one folder. */
export interface Look {
  readonly place: ApplicationId;
  readonly message: ApplicationMessage;
  readonly cause: Cause;
  readonly ports: DiscoveryPorts;
}

/** An environment whose role exists and is claimed for the folder. */
export interface ClaimedRole extends FoundEnvironment {
  readonly role: RoleId;
  readonly lastUsed: string | null;
}

/** An environment that is in the outputs and not in scope. */
export interface LeftOut extends FoundEnvironment {
  readonly reason: string;
}

/** What a look came to, before anything of it is recorded. */
export interface Found {
  readonly name: string;
  /** The commit of the outputs, and its author. */
  readonly source: SourceCommit;
  readonly claimed: readonly ClaimedRole[];
  readonly leftOut: readonly LeftOut[];
  /** Environments in scope whose role could not be looked at now. */
  readonly unseen: readonly FoundEnvironment[];
  /** Environments that could not be taken up, each with what to do about it. */
  readonly failed: readonly { readonly environment: string; readonly reason: string }[];
}
