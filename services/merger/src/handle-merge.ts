import {
  type Analysis,
  type Cause,
  commitId,
  digest,
  editPolicy,
  endRun,
  foldRole,
  foldRun,
  growAdditions,
  joinAnalysis,
  type ProposedPolicy,
  proposePolicy,
  type RequestedAnalysis,
  type RoleEvent,
  type RoleState,
  type RunEvent,
  type RunState,
  roleStream,
  runStream,
  service,
} from "@plp/domain";
import { commit, isStoreError } from "@plp/event-store";
import { isPolicyError, mergePolicy, policyHash, toDocument } from "@plp/iam-policy";
import type { MergeMessage } from "@plp/messaging";
import { isFault, permanent } from "@plp/runtime";
import { changedFiles, type PolicyFiles, readPolicyFiles } from "./policy-files.ts";
import type { MergePorts, PolicyRepository } from "./ports.ts";

type RunEnding = Parameters<typeof endRun>[1];

interface Look {
  readonly run: string;
  readonly requested: RequestedAnalysis;
  readonly repository: PolicyRepository;
  readonly cause: Cause;
  readonly ports: MergePorts;
}

/**
 * Merges what a run found into the role's generated policy as it stands in Git now. A repeat on the same base comes to
 * the same proposal and writes nothing; another base gives a new one. What fails for good ends the run with a reason.
 */
export async function handleMerge({ run }: MergeMessage, ports: MergePorts): Promise<void> {
  const state = foldRun((await ports.store.load<RunEvent>(runStream(run))).events);
  const { requested } = state;
  if (requested === null || state.observed === null) {
    return ports.log.warn("a run without an analysis, or one that was forgotten", { run });
  }
  const { application } = requested;
  const repository = ports.repositories.find(({ project }) => project === application.project);
  if (repository === undefined)
    return ports.log.warn("a run of a project that the settings do not name", { run, ...application });
  const cause: Cause = {
    occurredAt: ports.clock.now().toISOString(),
    actor: service("merger"),
    correlationId: requested.round,
    causationId: digest("merge", run),
  };
  const look: Look = { run, requested, repository, cause, ports };
  const ending = await merge(look);
  await end(look, ending);
  // The publisher asked for a merge on a newer base, and it failed: told again, it would only ask again, for ever.
  if (ending.kind === "failed" && state.end !== null && state.end.kind !== "failed") return;
  await ports.send.publish({ v: 1, type: "publish", ...application }, application);
}

async function merge(look: Look): Promise<RunEnding> {
  try {
    return await propose(look);
  } catch (error) {
    if (isPolicyError(error)) {
      return {
        kind: "failed",
        code: "policy-unreadable",
        reason: `the generated policy cannot be read: ${error.message}; mend the file`,
      };
    }
    if (!(isFault(error) || isStoreError(error)) || error.retryable) throw error;
    return { kind: "failed", code: error.code, reason: error.message };
  }
}

async function propose(look: Look): Promise<RunEnding> {
  const { run, requested, repository, cause, ports } = look;
  const stream = roleStream(requested.role);
  const known = foldRole((await ports.store.load<RoleEvent>(stream)).events);
  const observed = known.observations.get(run);
  if (known.scope === null || observed === undefined) {
    throw permanent(
      "history-incomplete",
      `the history of ${requested.role.arn} does not hold run ${run}; verify it with: plp verify`,
    );
  }
  if (known.retired || !known.scope.generate) return { kind: "nothing-new", questions: 0, denied: 0 };
  const files = await readPolicyFiles(repository, known.scope);
  const edit = {
    policy: toDocument(files.policy),
    policyHash: policyHash(files.policy),
    commit: await lastCommitOf(repository, files),
  };
  const proposed = await proposalOf(look, known, files);
  const { state } = await commit<RoleEvent, RoleState>(ports.store, {
    stream,
    fold: foldRole,
    decide: (current) => [...editPolicy(current, edit, cause), ...proposePolicy(current, proposed, cause)],
    commitId: commitId(
      cause.causationId,
      stream,
      digest("propose", edit.policyHash, JSON.stringify(proposed), String(known.version)),
    ),
  });
  const open = state.open.get(proposed.kind);
  if (open !== undefined) return { kind: "proposed", request: open.kind, proposal: open.version };
  return { kind: "nothing-new", questions: proposed.questions.length, denied: proposed.denied.length };
}

async function proposalOf(
  { run, ports }: Look,
  known: RoleState,
  files: PolicyFiles,
): Promise<ProposedPolicy> {
  const { scope } = known;
  const observed = known.observations.get(run);
  if (scope === null || observed === undefined)
    throw permanent("history-incomplete", `run ${run} is not in the history`);
  const findings = joinAnalysis(await readAnalysis(observed.evidence, ports), scope);
  const { additions, heldBack } = growAdditions(
    known,
    findings.additions,
    ports.clock.now(),
    ports.settings.rejection_days,
  );
  const merged = mergePolicy({ old: files.policy, additions });
  if (merged.proof.wider) {
    const [witness] = merged.proof.outside;
    throw permanent(
      "merge-wider",
      `the merged policy would allow ${witness?.action ?? "something"} on ${witness?.resource ?? "a resource"}, which nothing asked for; nothing is proposed, report this with the policy file`,
    );
  }
  return {
    run,
    kind: "grow",
    window: observed.window,
    base: { commit: files.commit, files: files.base },
    policy: toDocument(merged.policy),
    policyHash: policyHash(merged.policy),
    files: changedFiles(files, merged.policy, scope),
    added: merged.added,
    removed: [],
    heldBack,
    denied: findings.denied,
    questions: [...findings.questions, ...merged.questions],
    risks: [],
    backtest: null,
    evidence: observed.evidence,
    withoutTrail: findings.withoutTrail,
  };
}

async function readAnalysis(hash: string | null, ports: MergePorts): Promise<Analysis> {
  if (hash === null)
    throw permanent("evidence-missing", "the analysis has no evidence; the next round makes a new one");
  const analysis = JSON.parse(Buffer.from(await ports.blobs.get(hash)).toString("utf8")) as Analysis;
  if (analysis.schemaVersion !== 1) {
    throw permanent(
      "evidence-version",
      `evidence ${hash} has schema version ${analysis.schemaVersion}; update PLP, then start a round`,
    );
  }
  return analysis;
}

async function lastCommitOf(repository: PolicyRepository, files: PolicyFiles) {
  const [first] = files.parts;
  return first === undefined
    ? { sha: files.commit, author: null }
    : repository.lastCommit(first.path, files.commit);
}

async function end({ run, cause, ports }: Look, ending: RunEnding): Promise<void> {
  const stream = runStream(run);
  await commit<RunEvent, RunState>(ports.store, {
    stream,
    fold: foldRun,
    decide: (current) => endRun(current, ending, cause),
    commitId: commitId(cause.causationId, stream, "end"),
  });
  if (ending.kind === "failed") ports.log.warn("merge failed", { run, ...ending });
}
