import {
  type ApplicationEvent,
  applicationStream,
  commitId,
  digest,
  dropProposal,
  editPolicy,
  type endRun,
  foldApplication,
  foldRole,
  proposePolicy,
  type RoleEvent,
  type RoleState,
  roleStream,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import { policyHash, toDocument } from "@plp/iam-policy";
import { permanent, transient } from "@plp/runtime";
import { askedProposal } from "./asked.ts";
import { checked, checkedOutcome } from "./aws-checks.ts";
import { enforceProposal } from "./enforce.ts";
import { findingsOf } from "./findings.ts";
import { groundOf } from "./ground.ts";
import { growProposal } from "./grow.ts";
import type { Look } from "./look.ts";
import { type PolicyFiles, readPolicyFiles } from "./policy-files.ts";
import type { PolicyRepository } from "./ports.ts";
import { reduceProposal } from "./reduce.ts";

export interface Merged {
  readonly ending: Parameters<typeof endRun>[1];
  /** Did this merge write anything to the role's history? */
  readonly wrote: boolean;
}

/** Merges what was found into the policy as it stands in Git, and writes what that comes to into the role's history. */
export async function propose(look: Look): Promise<Merged> {
  const { run, role, repository, cause, ports } = look;
  const stream = roleStream(role);
  const { events } = await ports.store.load<RoleEvent>(stream);
  const known = foldRole(events);
  const { scope } = known;
  if (scope === null || !known.observations.has(run)) {
    throw permanent(
      "history-incomplete",
      `the history of ${role.arn} does not hold run ${run}; verify it with: plp verify`,
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
  const found = await findingsOf(run, known, scope, ports);
  const protectedSids = [...scope.protectedSids, ...known.protectedSids];
  const ground = groundOf({ look, known, events, scope: { ...scope, protectedSids }, files, ...found });
  const grow = await checked(ground, await growProposal(ground));
  const asked = await checkedOutcome(ground, await askedProposal(ground));
  const reduce = await checkedOutcome(ground, await reduceProposal(ground));
  const { readiness, outcome } = await enforceProposal(ground, grow);
  const enforce = await checkedOutcome(ground, outcome);
  const proposed = readiness === null ? grow : { ...grow, readiness };
  const others = [asked, reduce, enforce];
  const { state, written } = await commit<RoleEvent, RoleState>(ports.store, {
    stream,
    fold: foldRole,
    decide: (current) => {
      // Made for what was known before: what somebody else proposed meanwhile would be lost.
      if (current.version !== known.version)
        throw transient("role-moved", `${stream} was written meanwhile; it is merged again`);
      const edited = isOurs ? [] : editPolicy(current, edit, cause);
      return [
        ...edited,
        ...proposePolicy(current, proposed, cause),
        ...others.flatMap((outcome) =>
          outcome.kind === "propose"
            ? proposePolicy(current, outcome.proposed, cause)
            : dropProposal(current, outcome.of, outcome.reason, cause),
        ),
      ];
    },
    commitId: commitId(
      cause.causationId,
      stream,
      digest("propose", edit.policyHash, JSON.stringify([proposed, ...others]), String(known.version)),
    ),
  });
  const wrote = written.length > 0;
  const open = state.open.get("grow") ?? [...state.open.values()][0];
  if (open !== undefined)
    return { ending: { kind: "proposed", request: open.kind, proposal: open.version }, wrote };
  const { questions, denied, waiting } = proposed;
  if (waiting !== undefined) {
    const reason = questions.find(({ kind }) => kind === "too-large")?.detail ?? "";
    return { ending: { kind: "failed", code: "policy-too-large", reason }, wrote };
  }
  return { ending: { kind: "nothing-new", questions: questions.length, denied: denied.length }, wrote };
}

/**
 * Does the default branch hold what a request of ours proposed, and the publisher has not said yet who merged it? Then it
 * is no edit: the approval that the publisher writes says all of it. What a reviewer refused was written there by somebody
 * else, even where its request was opened again.
 */
async function isOursToApprove(
  { role, application, ports }: Look,
  known: RoleState,
  hash: string,
): Promise<boolean> {
  const undecided = [...known.proposals.values()].filter(
    ({ version, policyHash: proposed }) => proposed === hash && !known.decided.has(version),
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

async function lastCommitOf(repository: PolicyRepository, files: PolicyFiles) {
  const [first] = files.parts;
  return first === undefined
    ? { sha: files.commit, author: null }
    : repository.lastCommit(first.path, files.commit);
}
