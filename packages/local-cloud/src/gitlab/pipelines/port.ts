import type { LocalUser } from "../../organization.ts";
import type { Moved } from "../moved.ts";
import type { MergeRequest } from "../store.ts";
import type { Job, Pipeline } from "./pipeline.ts";

/** What the rest of this GitLab asks of its pipelines. Where there is no AWS to deploy to, nothing ever runs. */
export interface Pipelines {
  /** The head of an open request is new: plans what it changes, once per commit. */
  headChanged(mergeRequest: MergeRequest, by: LocalUser): void;
  /** Plans a request's head again. */
  runFor(mergeRequest: MergeRequest, by: LocalUser): Promise<Pipeline | null>;
  /** A branch moved; on the default branch that is a plan, and an apply that a person starts. */
  pushed(moved: Moved, by: LocalUser): void;
  /** Starts a manual job, or runs one that is over again as a new job. Answers the job that runs. */
  start(pipeline: Pipeline, job: Job, by: LocalUser): Promise<Job>;
  /** Once nothing is under way. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}
