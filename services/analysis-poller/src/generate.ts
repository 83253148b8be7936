import {
  commitId,
  foldRun,
  type RunEvent,
  type RunPart,
  type RunState,
  runStream,
  splitAnalysis,
  startAnalysis,
  startsLine,
  startsPerDay,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import { takeTurn, tokenOf, waitAfter } from "./lane.ts";
import type { Look } from "./look.ts";
import type { GenerationResult, Lane } from "./ports.ts";
import { nextPoll } from "./waits.ts";

export type Generated =
  | {
      readonly kind: "generated";
      readonly policies: readonly string[];
      readonly complete: boolean;
      readonly endedAt: string;
    }
  | { readonly kind: "wait"; readonly seconds: number }
  /** Others of the lane have waited longer: the tick sends the run again on its day. */
  | { readonly kind: "later" }
  | { readonly kind: "failed"; readonly code: string; readonly reason: string };

const DEADLINE_SECONDS = 6 * 3600;
const CANCEL_WAIT = 30;
const RETRY_WAIT = 60;
const MOST_ATTEMPTS = 3;

/** Takes the parts of the window one after the other; all of them generated is the end. */
export async function generate(look: Look, state: RunState): Promise<Generated> {
  const policies: string[] = [];
  let complete = true;
  let endedAt = look.requested.at;
  for (const part of state.parts) {
    if (part.job === null) return begin(look, state, part);
    const result = await look.ports.analyzer.get(laneOf(look), part.job);
    if (result.status !== "SUCCEEDED") return unfinished(look, state, part, result);
    policies.push(...result.policies);
    complete &&= result.complete ?? false;
    if (result.endedAt !== null && result.endedAt > endedAt) endedAt = result.endedAt;
  }
  return { kind: "generated", policies, complete, endedAt };
}

function laneOf({ requested }: Look): Lane {
  return { accountId: requested.lane, region: requested.region };
}

async function begin(look: Look, state: RunState, part: RunPart): Promise<Generated> {
  const { ports, requested, run } = look;
  const lane = laneOf(look);
  const now = ports.clock.now();
  const generations = await ports.analyzer.list(lane);
  const turn = await takeTurn(state, part, generations, lane, now, (job) => ports.analyzer.get(lane, job));
  if (turn.kind === "wait") {
    if (turn.why === "quota") ports.metrics.put("LaneWithoutQuota", 1);
    return { kind: "wait", seconds: turn.seconds };
  }
  const allowed = startsPerDay(lane.region);
  const line = startsLine(lane.accountId, lane.region);
  const first = part.attempt === 0 ? await ports.waiting.first(line, allowed) : [];
  const mine = first.find((waiting) => waiting.run === run);
  if (turn.kind === "adopt") {
    await recordStart(look, part, turn.job, turn.startedAt);
    if (mine !== undefined) await ports.waiting.leave(line, mine);
    return { kind: "wait", seconds: nextPoll((now.getTime() - Date.parse(turn.startedAt)) / 1000) };
  }
  if (mine === undefined && first.length >= allowed) return { kind: "later" };
  const started = await ports.analyzer.start(lane, {
    principalArn: requested.role.arn,
    window: part.window,
    clientToken: tokenOf(run, part),
  });
  if (started.kind !== "started") {
    if (started.kind === "quota") ports.metrics.put("LaneWithoutQuota", 1);
    return { kind: "wait", seconds: waitAfter(started, state, now) };
  }
  await recordStart(look, part, started.job, now.toISOString());
  if (mine !== undefined) await ports.waiting.leave(line, mine);
  return { kind: "wait", seconds: nextPoll(0) };
}

async function unfinished(
  look: Look,
  state: RunState,
  part: RunPart,
  result: GenerationResult,
): Promise<Generated> {
  const { ports } = look;
  const age = (ports.clock.now().getTime() - Date.parse(part.startedAt ?? result.startedAt)) / 1000;
  if (result.status === "IN_PROGRESS") {
    if (age < DEADLINE_SECONDS) return { kind: "wait", seconds: nextPoll(age) };
    await ports.analyzer.cancel(laneOf(look), result.job);
    return { kind: "wait", seconds: CANCEL_WAIT };
  }
  if (result.status === "CANCELED") {
    return age < DEADLINE_SECONDS
      ? {
          kind: "failed",
          code: "analysis-canceled",
          reason: "somebody cancelled the policy generation; the next round tries again",
        }
      : {
          kind: "failed",
          code: "analysis-deadline",
          reason:
            "the policy generation did not end within six hours and was cancelled; the next round tries again",
        };
  }
  const code = result.error?.code ?? "UNKNOWN";
  const said = result.error?.message ?? "AWS gave no reason";
  if (code === "SERVICE_QUOTA_EXCEEDED_ERROR") {
    if (!/file|size|GB|bytes/i.test(said)) return { kind: "wait", ...(await again(look, state, part)) };
    return (await split(look, part))
      ? { kind: "wait", seconds: 1 }
      : {
          kind: "failed",
          code: "window-too-large",
          reason: `one hour of the trail is too much for one policy generation: ${said}`,
        };
  }
  if (code === "SERVICE_ERROR" && part.attempt < MOST_ATTEMPTS)
    return { kind: "wait", ...(await again(look, state, part)) };
  return {
    kind: "failed",
    code: `analysis-${code.toLowerCase().replaceAll("_", "-")}`,
    reason: `Access Analyzer failed (${code}): ${said}`,
  };
}

/** A job that failed for want of quota, or by AWS's fault, is started afresh when the lane allows it. */
async function again(look: Look, state: RunState, part: RunPart): Promise<{ readonly seconds: number }> {
  const outcome = await begin(look, state, { ...part, job: null });
  return { seconds: outcome.kind === "wait" ? Math.max(outcome.seconds, RETRY_WAIT) : RETRY_WAIT };
}

async function recordStart(look: Look, part: RunPart, job: string, startedAt: string): Promise<void> {
  const stream = runStream(look.run);
  const attempt = part.attempt + 1;
  await commit<RunEvent, RunState>(look.ports.store, {
    stream,
    fold: foldRun,
    decide: (current) => startAnalysis(current, { job, part: part.window, attempt, startedAt }, look.cause),
    commitId: commitId(
      look.cause.causationId,
      stream,
      `start ${part.window.from} ${part.window.to} ${attempt}`,
    ),
  });
}

async function split(look: Look, part: RunPart): Promise<boolean> {
  const stream = runStream(look.run);
  const { state } = await commit<RunEvent, RunState>(look.ports.store, {
    stream,
    fold: foldRun,
    decide: (current) => splitAnalysis(current, part.window, look.cause),
    commitId: commitId(look.cause.causationId, stream, `split ${part.window.from} ${part.window.to}`),
  });
  return !state.parts.some(({ window }) => window.from === part.window.from && window.to === part.window.to);
}
