import type { Cause, RequestedAnalysis } from "@plp/domain";
import type { MergePorts, PolicyRepository } from "./ports.ts";

/** One delivery's look at one run. */
export interface Look {
  readonly run: string;
  readonly requested: RequestedAnalysis;
  readonly repository: PolicyRepository;
  readonly cause: Cause;
  readonly ports: MergePorts;
  /** 1 at a message's first delivery. */
  readonly receiveCount: number;
}
