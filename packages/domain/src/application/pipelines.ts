import { type Cause, eventMaker } from "../event.ts";
import type { ApplicationEvent, RecordedApply, RecordedPlan } from "./events.ts";
import type { ApplicationState } from "./fold.ts";

const make = eventMaker<ApplicationEvent>();

/** Terraform's plan of a request has ended; once per job, and none of a request that is not ours. */
export function recordPlan(state: ApplicationState, plan: RecordedPlan, cause: Cause): ApplicationEvent[] {
  return state.plans.has(plan.job) || !state.requests.has(plan.iid)
    ? []
    : [make("PlanRecorded", plan, cause)];
}

/** An apply of the folder has ended, whichever way; once per job. */
export function recordApply(state: ApplicationState, apply: RecordedApply, cause: Cause): ApplicationEvent[] {
  return state.applies.has(apply.job) ? [] : [make("ApplyRecorded", apply, cause)];
}
