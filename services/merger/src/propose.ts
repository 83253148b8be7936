import {
  type ApplicationEvent,
  applicationStream,
  type Cause,
  commitId,
  digest,
  type EnvironmentScope,
  editPolicy,
  type endRun,
  foldApplication,
  foldRole,
  growAdditions,
  limitAdditions,
  type ProposedPolicy,
  proposePolicy,
  type RequestedAnalysis,
  type RoleEvent,
  type RoleState,
  roleStream,
  type Window,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import { mergePolicy, type Policy, policyHash, type Question, toDocument } from "@plp/iam-policy";
import { permanent, transient } from "@plp/runtime";
import { backtestOf } from "./backtest.ts";
import { readBoundary } from "./boundary.ts";
import { findingsOf, isLasting } from "./findings.ts";
import { type ChangedFiles, changedFiles, type PolicyFiles, readPolicyFiles } from "./policy-files.ts";
import type { MergePorts, PolicyRepository } from "./ports.ts";
import { recordedCalls } from "./recorded.ts";
import { risksOfAdditions } from "./risks.ts";

export interface Look {
  readonly run: string;
  readonly requested: RequestedAnalysis;
  readonly repository: PolicyRepository;
  readonly cause: Cause;
  readonly ports: MergePorts;
}

export interface Merged {
  readonly ending: Parameters<typeof endRun>[1];
  /** Did this merge write anything to the role's history? */
  readonly wrote: boolean;
}

/** Merges what was found into the policy as it stands in Git, and writes what that comes to into the role's history. */
export async function propose(look: Look): Promise<Merged> {
  const { run, requested, repository, cause, ports } = look;
  const stream = roleStream(requested.role);
  const known = foldRole((await ports.store.load<RoleEvent>(stream)).events);
  const { scope } = known;
  if (scope === null || !known.observations.has(run)) {
    throw permanent(
      "history-incomplete",
      `the history of ${requested.role.arn} does not hold run ${run}; verify it with: plp verify`,
    );
  }
  // Nothing is merged, and the run goes on waiting for a merge: the role may come back.
  if (known.retired || !scope.generate)
    return { ending: { kind: "nothing-new", questions: 0, denied: 0 }, wrote: false };
  const files = await readPolicyFiles(repository, scope);
  const edit = {
    policy: toDocument(files.policy),
    policyHash: policyHash(files.policy),
    commit: await lastCommitOf(repository, files),
  };
  const isOurs = await isOursToApprove(look, known, edit.policyHash);
  const proposed = await proposalOf(look, known, scope, files);
  const { state, written } = await commit<RoleEvent, RoleState>(ports.store, {
    stream,
    fold: foldRole,
    decide: (current) => {
      // Made for what was known before: what somebody else proposed meanwhile would be lost.
      if (current.version !== known.version)
        throw transient("role-moved", `${stream} was written meanwhile; it is merged again`);
      const edited = isOurs ? [] : editPolicy(current, edit, cause);
      return [...edited, ...proposePolicy(current, proposed, cause)];
    },
    commitId: commitId(
      cause.causationId,
      stream,
      digest("propose", edit.policyHash, JSON.stringify(proposed), String(known.version)),
    ),
  });
  const wrote = written.length > 0;
  const open = state.open.get(proposed.kind);
  if (open !== undefined)
    return { ending: { kind: "proposed", request: open.kind, proposal: open.version }, wrote };
  const { questions, denied } = proposed;
  return { ending: { kind: "nothing-new", questions: questions.length, denied: denied.length }, wrote };
}

/**
 * Does the default branch hold what a request of ours proposed, and the publisher has not said yet who merged it? Then it
 * is no edit: the approval that the publisher writes says all of it.
 */
async function isOursToApprove(
  { requested: { role, application }, ports }: Look,
  known: RoleState,
  hash: string,
): Promise<boolean> {
  const undecided = [...known.proposals.values()].filter(
    ({ version, policyHash: proposed }) => proposed === hash && known.decided.get(version) !== "approved",
  );
  if (undecided.length === 0) return false;
  const { events } = await ports.store.load<ApplicationEvent>(applicationStream(application));
  return [...foldApplication(events).requests.values()].some(
    ({ status, roles }) =>
      status !== "closed" &&
      roles.some(
        (held) =>
          roleStream(held.role) === roleStream(role) &&
          undecided.some(({ version }) => version === held.proposal),
      ),
  );
}

async function proposalOf(
  look: Look,
  known: RoleState,
  scope: EnvironmentScope,
  files: PolicyFiles,
): Promise<ProposedPolicy> {
  const { run, ports } = look;
  const { findings, joined, window } = await findingsOf(run, known, scope, ports);
  const { settings } = ports;
  const now = ports.clock.now();
  const { additions: wanted, heldBack } = growAdditions(
    known,
    findings.additions,
    now,
    settings.rejection_days,
  );
  const { additions, forbidden, questions } = limitAdditions(wanted, files.policy, settings);
  const merged = mergePolicy({ old: files.policy, additions, protectedSids: scope.protectedSids });
  if (merged.proof.wider) {
    const [witness] = merged.proof.outside;
    throw permanent(
      "merge-wider",
      `the merged policy would allow ${witness?.action ?? "something"} on ${witness?.resource ?? "a resource"}, which nothing asked for; nothing is proposed, report this with the policy file`,
    );
  }
  const isChanged = merged.added.length > 0;
  const changed: ChangedFiles = isChanged
    ? changedFiles(files, merged.policy, scope)
    : { policy: merged.policy, files: [], questions: [] };
  const tested = isChanged
    ? await test(look, scope, files, merged.policy, mergedWindow(known, [run, ...joined], window))
    : { backtest: null, questions: [] };
  return {
    run,
    ...(joined.length > 0 ? { joined } : {}),
    kind: "grow",
    window,
    base: { commit: files.commit, files: files.base },
    policy: toDocument(changed.policy),
    policyHash: policyHash(changed.policy),
    files: changed.files,
    added: merged.added,
    removed: [],
    heldBack,
    denied: findings.denied,
    ...(forbidden.length > 0 ? { forbidden } : {}),
    questions: [
      ...findings.questions,
      ...questions,
      ...merged.questions,
      ...changed.questions,
      ...tested.questions,
    ],
    risks: risksOfAdditions(merged.policy, merged.added, look.requested.role),
    backtest: tested.backtest,
    evidence: known.observations.get(run)?.evidence ?? null,
    withoutTrail: findings.withoutTrail,
  };
}

/** The policy held against the recorded calls; what cannot be read is a question, and holds no merge up. */
async function test(
  { requested, repository, ports }: Look,
  scope: EnvironmentScope,
  { commit: at }: PolicyFiles,
  policy: Policy,
  merged: Window,
): Promise<{ readonly backtest: ProposedPolicy["backtest"]; readonly questions: readonly Question[] }> {
  const boundary = await readBoundary(repository, scope, at);
  try {
    const recorded = await recordedCalls(requested.role, scope, merged, ports);
    return {
      backtest: recorded && backtestOf(policy, boundary.policy, recorded, { later: false }),
      questions: boundary.questions,
    };
  } catch (error) {
    if (!isLasting(error)) throw error;
    ports.log.error("recorded calls cannot be read; the backtest was not made", {
      role: requested.role,
      error,
    });
    const detail = `The recorded calls cannot be read, so no backtest was made: ${error.message}`;
    return { backtest: null, questions: [...boundary.questions, { kind: "unreadable", detail }] };
  }
}

/** From the first to the last moment that merges of this role have taken up, this one included. */
function mergedWindow(known: RoleState, runs: readonly string[], window: Window): Window {
  const waiting = new Set(known.unmerged.filter((run) => !runs.includes(run)));
  const to = [...known.observations]
    .filter(([run]) => !waiting.has(run))
    .map(([, observed]) => observed.window.to)
    .reduce((a, b) => (a > b ? a : b), window.to);
  return { from: window.from, to };
}

async function lastCommitOf(repository: PolicyRepository, files: PolicyFiles) {
  const [first] = files.parts;
  return first === undefined
    ? { sha: files.commit, author: null }
    : repository.lastCommit(first.path, files.commit);
}
