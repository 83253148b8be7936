import {
  type Analysis,
  type ApplicationId,
  type Cause,
  commitId,
  digest,
  failAnalysis,
  foldRole,
  foldRun,
  type ObservedUsage,
  observeUsage,
  type RoleEvent,
  type RoleState,
  type RunEvent,
  type RunState,
  roleStream,
  runStream,
  service,
  succeedAnalysis,
  sumUsage,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import type { AnalysisMessage } from "@plp/messaging";
import { analyzerFor, failureOf, messageOf } from "@plp/runtime";
import { generate } from "./generate.ts";
import { readTrail, type TrailOfWindow } from "./join-trail.ts";
import type { Look } from "./look.ts";
import type { AnalysisPorts } from "./ports.ts";

export type Outcome = { readonly kind: "done" } | { readonly kind: "wait"; readonly seconds: number };

const DONE: Outcome = { kind: "done" };
const NOT_READY_WAIT = 5;
const MOST_TOP = 10;

/**
 * Brings one run on by what can be done now: start or poll the generation, wait for the trail, then record what was
 * found and send it to the merger. The message is the timer: every wait is its visibility. What cannot succeed any
 * more ends the run with a reason that the request's readers see.
 */
export async function handleAnalysis({ run }: AnalysisMessage, ports: AnalysisPorts): Promise<Outcome> {
  const state = foldRun((await ports.store.load<RunEvent>(runStream(run))).events);
  const { requested } = state;
  if (requested === null) {
    ports.log.warn("a run that nobody requested, or that was forgotten", { run });
    return DONE;
  }
  const cause: Cause = {
    occurredAt: ports.clock.now().toISOString(),
    actor: service("analysis-poller"),
    correlationId: requested.round,
    causationId: digest("analysis", run),
  };
  const look: Look = { run, requested, cause, ports };
  if (state.end === null && state.observed === null) {
    try {
      const wait = await analyse(look, state);
      if (wait !== null) return wait;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null || failure.retryable) throw error;
      await fail(look, failure.code, messageOf(error));
    }
  } else {
    // Looked at, so that a repeat tells of it: a delivery may have died after it wrote there and before it told.
    await ports.store.load<RoleEvent>(roleStream(requested.role));
  }
  return sendOn(look);
}

/** Whatever the run has come to is sent on, whether or not this delivery brought it there. */
async function sendOn({ run, requested, ports }: Look): Promise<Outcome> {
  const state = foldRun((await ports.store.load<RunEvent>(runStream(run))).events);
  if (state.end !== null) await publish(requested.application, ports);
  else if (state.observed !== null) await ports.send.merge({ v: 1, type: "merge", run });
  return DONE;
}

async function analyse(look: Look, state: RunState): Promise<Outcome | null> {
  const { requested, ports } = look;
  const mode = analyzerFor(ports.settings, requested.lane);
  if (requested.idle) {
    await record(look, emptyAnalysis(look), "none");
    return null;
  }
  const generation = mode === "trail" ? null : await generate(look, state);
  if (generation?.kind === "wait") return { kind: "wait", seconds: generation.seconds };
  if (generation?.kind === "later") return DONE;
  if (generation?.kind === "failed") {
    await fail(look, generation.code, generation.reason);
    return null;
  }
  const endedAt = generation?.endedAt ?? requested.at;
  const trail: TrailOfWindow =
    mode === "access-analyzer" ? { kind: "not-read" } : await readTrail(requested, endedAt, ports);
  if (trail.kind === "wait") return { kind: "wait", seconds: trail.seconds };
  const lane = { accountId: requested.lane, region: requested.region };
  const lastAccessed = await ports.lastAccessed.services(lane, requested.role.arn);
  if (lastAccessed === "not-ready") return { kind: "wait", seconds: NOT_READY_WAIT };
  const analysis: Analysis = {
    ...emptyAnalysis(look),
    gaps: trail.kind === "read" ? trail.gaps : [],
    generated: generation === null ? null : { policies: generation.policies, complete: generation.complete },
    trail: trail.kind === "read" ? sumUsage(trail.hours) : null,
    lastAccessed,
  };
  await record(look, analysis, mode);
  return null;
}

function emptyAnalysis({ run, requested }: Look): Analysis {
  const { role, window } = requested;
  return {
    schemaVersion: 1,
    run,
    role,
    window,
    gaps: [],
    generated: null,
    trail: sumUsage([]),
    lastAccessed: null,
  };
}

/** The role's history first, then the run that follows from it. */
async function record(look: Look, analysis: Analysis, analyzer: ObservedUsage["analyzer"]): Promise<void> {
  const { run, requested, cause, ports } = look;
  const evidence = await ports.blobs.put(Buffer.from(JSON.stringify(analysis)));
  const stream = roleStream(requested.role);
  const { state } = await commit<RoleEvent, RoleState>(ports.store, {
    stream,
    fold: foldRole,
    decide: (current) => observeUsage(current, observedOf(analysis, analyzer, evidence), cause),
    commitId: commitId(cause.causationId, stream, "observe"),
  });
  // The history may have gone on since a delivery that died here.
  const observed = state.observations.get(run)?.version ?? state.version;
  const runOf = runStream(run);
  await commit<RunEvent, RunState>(ports.store, {
    stream: runOf,
    fold: foldRun,
    decide: (current) => succeedAnalysis(current, observed, cause),
    commitId: commitId(cause.causationId, runOf, "succeed"),
  });
}

function observedOf(
  analysis: Analysis,
  analyzer: ObservedUsage["analyzer"],
  evidence: string,
): ObservedUsage {
  const permissions = analysis.trail?.permissions ?? [];
  const sum = (count: "authorized" | "denied" | "failed") =>
    permissions.reduce((all, found) => all + found[count], 0);
  const top = permissions
    .filter(({ authorized }) => authorized > 0)
    .sort((a, b) => b.authorized - a.authorized || (a.action < b.action ? -1 : 1))
    .slice(0, MOST_TOP);
  return {
    run: analysis.run,
    window: analysis.window,
    closed: true,
    gaps: analysis.gaps,
    analyzer,
    complete: analysis.generated?.complete ?? null,
    counts: {
      authorized: sum("authorized"),
      denied: sum("denied"),
      failed: sum("failed"),
      permissions: permissions.filter(({ authorized }) => authorized > 0).length,
    },
    evidence,
    top: top.map(({ action, resource, authorized }) => ({ action, resource, calls: authorized })),
  };
}

async function fail({ run, cause, ports }: Look, code: string, reason: string): Promise<void> {
  const stream = runStream(run);
  await commit<RunEvent, RunState>(ports.store, {
    stream,
    fold: foldRun,
    decide: (current) => failAnalysis(current, { code, reason }, cause),
    commitId: commitId(cause.causationId, stream, "fail"),
  });
  ports.log.warn("analysis failed", { run, code, reason });
}

function publish(application: ApplicationId, ports: AnalysisPorts): Promise<void> {
  return ports.send.publish({ v: 1, type: "publish", ...application }, application);
}
