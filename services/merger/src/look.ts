import type { ApplicationId, Cause, RoleId } from "@plp/domain";
import type { MergePorts, PolicyRepository } from "./ports.ts";

/** One delivery's look at one role. */
export interface Look {
  /** Whose evidence is merged, or was merged last. */
  readonly run: string;
  readonly role: RoleId;
  readonly application: ApplicationId;
  readonly repository: PolicyRepository;
  readonly cause: Cause;
  readonly ports: MergePorts;
  /** 1 at a message's first delivery. */
  readonly receiveCount: number;
}
