import type { RunPart, RunState, Window } from "@plp/domain";
import { clientToken, startsPerDay } from "@plp/domain";
import type { Generation, GenerationResult, Lane, StartResult } from "./ports.ts";
import { boundedWait } from "./waits.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** How long to wait for a generation of somebody else, in seconds. */
const BUSY_WAIT = 60;
const LATER_BUSY_WAIT = 900;

export type LaneTurn =
  | { readonly kind: "start" }
  /** A job of ours that an interrupted delivery had started and not recorded. */
  | { readonly kind: "adopt"; readonly job: string; readonly startedAt: string }
  | { readonly kind: "wait"; readonly seconds: number; readonly why: "busy" | "quota" };

/**
 * May this part start now? One generation runs in a lane at a time, and no more a day than the quota less the reserve;
 * cancelled and failed ones count too. `look` reads a candidate for adoption.
 */
export async function takeTurn(
  run: RunState,
  part: RunPart,
  generations: readonly Generation[],
  lane: Lane,
  now: Date,
  look: (job: string) => Promise<GenerationResult>,
): Promise<LaneTurn> {
  const requested = run.requested;
  const mine = generations
    .filter(
      (generation) =>
        generation.principalArn === requested?.role.arn &&
        (generation.status === "IN_PROGRESS" || generation.status === "SUCCEEDED") &&
        !run.parts.some(({ job }) => job === generation.job),
    )
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  for (const generation of mine) {
    const { window } = await look(generation.job);
    if (window !== null && sameSeconds(window, part.window)) {
      return { kind: "adopt", job: generation.job, startedAt: generation.startedAt };
    }
  }
  if (generations.some(({ status }) => status === "IN_PROGRESS")) {
    return { kind: "wait", seconds: busyWait(run, now), why: "busy" };
  }
  const recent = generations
    .map(({ startedAt }) => Date.parse(startedAt))
    .filter((startedAt) => startedAt > now.getTime() - DAY)
    .sort((a, b) => b - a);
  const allowed = startsPerDay(lane.region);
  const blocking = recent[allowed - 1];
  if (blocking === undefined) return { kind: "start" };
  return { kind: "wait", seconds: boundedWait((blocking + DAY - now.getTime()) / 1000), why: "quota" };
}

/** AWS need not keep the milliseconds of a window. */
function sameSeconds(a: Window, b: Window): boolean {
  const second = (at: string) => Math.floor(Date.parse(at) / 1000);
  return second(a.from) === second(b.from) && second(a.to) === second(b.to);
}

/** The token that makes a second start of the same attempt the same job. */
export function tokenOf(run: string, part: RunPart): string {
  return clientToken(run, `${part.window.from}/${part.window.to}`, part.attempt + 1);
}

/** AWS's refusals of a start are waits, not failures. */
export function waitAfter(
  refusal: Exclude<StartResult, { kind: "started" }>,
  run: RunState,
  now: Date,
): number {
  return refusal.kind === "busy" ? busyWait(run, now) : 3600;
}

/** Rarer after the first hour: a wait every minute would use up the receives of a message before its days are over. */
function busyWait({ requested }: RunState, now: Date): number {
  const age = requested === null ? 0 : now.getTime() - Date.parse(requested.at);
  return age < HOUR ? BUSY_WAIT : LATER_BUSY_WAIT;
}
