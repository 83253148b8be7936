import { isDeepStrictEqual } from "node:util";
import type { PolicyDocument } from "@plp/iam-policy";
import { type Cause, eventMaker } from "../event.ts";
import type { Person, RoleEvent, RoleReading } from "./events.ts";
import type { RoleState } from "./state.ts";

const make = eventMaker<RoleEvent>();

/** An apply job ended well: AWS has the policy as it stands at its commit. Once per job. */
export function applyPolicy(
  state: RoleState,
  applied: {
    readonly commit: string;
    readonly policy: PolicyDocument;
    readonly policyHash: string;
    readonly pipeline: number;
    readonly job: number;
    readonly url: string;
    readonly startedBy: Person | null;
  },
  cause: Cause,
): RoleEvent[] {
  return state.appliedBy.has(applied.job) ? [] : [make("PolicyApplied", applied, cause)];
}

/** The role was read; the same twice after the same apply or in the same round is said once. */
export function observePolicy(state: RoleState, reading: RoleReading, cause: Cause): RoleEvent[] {
  if (state.reading !== null) {
    const { version: _version, at: _at, ...last } = state.reading;
    if (isDeepStrictEqual(last, reading)) return [];
  }
  return [make("PolicyObserved", reading, cause)];
}
