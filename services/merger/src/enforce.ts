import {
  againstNow,
  type EnforcedMode,
  isRefused,
  limitAdditions,
  MODES_FILE,
  type ProposedPolicy,
  quietOf,
  type Readiness,
  type RoleState,
  readinessOf,
  withMode,
} from "@plp/domain";
import {
  type Addition,
  type Carried,
  carryOver,
  isPolicyError,
  type Policy,
  parsePolicy,
  type Question,
} from "@plp/iam-policy";
import { backtestOf } from "./backtest.ts";
import { type Ground, type Outcome, proposalOn } from "./ground.ts";
import { lastAccessedOf } from "./last-accessed.ts";
import { type MergedFiles, mergeWhatFits } from "./merge-what-fits.ts";
import { risksOfAdditions } from "./risks.ts";

export interface Enforced {
  /** Null where there is nothing to enforce any more. */
  readonly readiness: Readiness | null;
  readonly outcome: Outcome;
}

/**
 * The initial policy goes, and what nobody can observe of it comes along: proposed when the role used nothing new for
 * its quiet days, nothing is asked, and no recorded call would be denied.
 */
export async function enforceProposal(ground: Ground, grow: ProposedPolicy): Promise<Enforced> {
  const { known, scope, look } = ground;
  const { settings } = look.ports;
  if (scope.mode === "enforce") return { readiness: null, outcome: drop("the role is enforced") };
  // This merge takes these up.
  const runs = new Set([look.run, ...ground.joined]);
  const waiting = grow.waiting ?? [];
  const state: RoleState = {
    ...known,
    kept: null,
    waiting,
    unmerged: known.unmerged.filter((run) => !runs.has(run)),
  };
  const isGrowing = grow.added.length > 0;
  const quietDays = scope.quietDays ?? settings.quiet_days;
  const early = againstNow({ state, isGrowing, quietDays });
  if (early.length > 0)
    return notReady({ quietDays: quietOf(state)?.days ?? 0, of: quietDays, against: early });
  const initial = await readInitial(ground);
  if ("against" in initial)
    return notReady({ quietDays: quietOf(state)?.days ?? 0, of: quietDays, against: [initial.against] });
  const next = await nextPolicy(ground, initial);
  const boundary = await ground.boundary();
  const { calls, questions } = await ground.recorded();
  const backtest = calls && backtestOf(next.merged.policy, boundary.policy, calls, { later: true });
  const readiness = readinessOf({
    ...{ state, isGrowing, quietDays, backtest, next: next.merged.policy, now: look.ports.clock.now() },
    rejectionDays: settings.rejection_days,
    questions: [...grow.questions, ...next.questions, ...questions, ...boundary.questions],
  });
  if (readiness.against.length > 0) return notReady(readiness);
  const proposed = proposalOn(ground, "enforce", next.merged.policy, {
    base: { ...grow.base, files: [...grow.base.files, ...initial.base] },
    files: next.merged.files,
    added: next.merged.added,
    ...(next.forbidden.length > 0 ? { forbidden: next.forbidden } : {}),
    questions: next.merged.aboutFiles,
    risks: risksOfAdditions(next.merged.policy, next.merged.added, look.role),
    backtest,
    enforce: {
      ...{ modesFile: initial.modesFile, initialPolicy: initial.path },
      carried: next.carried.map(({ stands: _, ...one }) => one),
      quietSince: quietOf(state)?.since ?? grow.window.from,
    },
  });
  return { readiness, outcome: { kind: "propose", proposed } };
}

function drop(reason: string): Outcome {
  return { kind: "drop", of: "enforce", reason };
}

function notReady(readiness: Readiness): Enforced {
  return { readiness, outcome: drop(`it is not ready any more: ${readiness.against.join("; ")}`) };
}

interface Initial extends Pick<EnforcedMode, "modesFile"> {
  readonly path: string;
  readonly policy: Policy;
  /** The files beside the policy on which the proposal stands. */
  readonly base: readonly { readonly path: string; readonly blob: string | null }[];
}

/** The policy that is to go, and the file that says whether it is attached; else why it cannot be told. */
async function readInitial({ scope, files, look }: Ground): Promise<Initial | { readonly against: string }> {
  const { folder } = scope.application;
  if (scope.initialPolicyPath === null)
    return { against: "its initial policy is not named (initial_policy_path of the environment)" };
  const path = `${folder}/${scope.initialPolicyPath}`;
  const file = await look.repository.file(path, files.commit);
  if (file === null) return { against: `its initial policy ${path} is not there` };
  const modes = await look.repository.file(`${folder}/${MODES_FILE}`, files.commit);
  const isOurs = modes !== null && withMode(modes.content, [scope.environment], "enforce") !== null;
  try {
    return {
      path,
      policy: parsePolicy(file.content, path),
      modesFile: isOurs ? `${folder}/${MODES_FILE}` : null,
      base: [
        { path, blob: file.blob },
        { path: `${folder}/${MODES_FILE}`, blob: modes?.blob ?? null },
      ],
    };
  } catch (error) {
    if (!isPolicyError(error)) throw error;
    return { against: `its initial policy cannot be read: ${error.message}` };
  }
}

interface Next {
  readonly forbidden: readonly Addition[];
  readonly carried: readonly Carried[];
  readonly merged: MergedFiles;
  readonly questions: readonly Question[];
}

/** The generated policy with what comes along from the initial one. */
async function nextPolicy(ground: Ground, initial: Initial): Promise<Next> {
  const { known, files, look } = ground;
  const { settings, clock } = look.ports;
  const accessed = await lastAccessedOf(known, look.ports);
  const neverUsed = (accessed ?? []).filter(({ lastAuthenticated }) => lastAuthenticated === null);
  const { carried, questions } = carryOver({
    ...{ from: initial.policy, to: files.policy, dataEvents: settings.trail.data_events },
    neverUsed: new Set(neverUsed.map(({ service }) => service)),
  });
  const wanted = carried
    .filter(({ stands }) => !stands)
    .map(({ action, resource, condition }): Addition => {
      const unknown = { calls: null, firstSeen: null, lastSeen: null };
      return { action, resource, condition, basis: "kept", widened: false, ...unknown };
    })
    .filter((one) => !isRefused(known, one, clock.now(), settings.rejection_days));
  const limited = limitAdditions(wanted, files.policy, settings);
  const merged = mergeWhatFits(ground, limited.additions);
  const [tooLarge] = merged.waiting.length > 0 ? merged.aboutFiles : [];
  const unfit: readonly Question[] =
    tooLarge === undefined
      ? []
      : [{ kind: "unprovable", detail: `What comes along does not fit: ${tooLarge.detail}` }];
  return {
    ...{ carried, forbidden: limited.forbidden, merged },
    questions: [...questions, ...limited.questions, ...merged.questions, ...unfit],
  };
}
