import {
  policyAt,
  type RefusedRestore,
  type RestoreOutcome,
  type RoleEvent,
  type RoleState,
  refusedBefore,
  restoreWithin,
} from "@plp/domain";
import type { RecordedEvent } from "@plp/event-store";
import { parsePolicy } from "@plp/iam-policy";
import { analyzerFor } from "@plp/runtime";
import { checked } from "./aws-checks.ts";
import { backtestOf } from "./backtest.ts";
import { groundOf, proposalOn } from "./ground.ts";
import type { Look } from "./look.ts";
import { changedFiles, readPolicyFiles } from "./policy-files.ts";
import { risksOfAdditions } from "./risks.ts";

export type RestoreAsked = Omit<RefusedRestore, "reason">;

const refuse = (reason: string): RestoreOutcome => ({ kind: "refuse", reason });

/** An earlier policy as a change of the one that stands in Git, or why it is none. */
export async function restoreProposal(
  base: Omit<Look, "run">,
  asked: RestoreAsked,
  { known, events }: { readonly known: RoleState; readonly events: readonly RecordedEvent<RoleEvent>[] },
): Promise<RestoreOutcome> {
  const { role, repository, ports } = base;
  const { settings } = ports;
  const { version, only } = asked;
  const earlier = policyAt(events, version);
  if (earlier.kind === "no-version") return refuse(`the history ends at version ${earlier.last}`);
  if (earlier.kind === "no-policy") return refuse(`no policy was approved by version ${version}`);
  const last = [...known.observations.values()].at(-1);
  if (known.scope === null || known.retired || !known.scope.generate || last === undefined)
    return refuse("the role is not in scope");
  const protectedSids = [...known.scope.protectedSids, ...known.protectedSids];
  const scope = { ...known.scope, protectedSids };
  const files = await readPolicyFiles(repository, scope);
  const restored = restoreWithin({
    ...{ old: files.policy, to: parsePolicy(earlier.policy, `version ${version}`), only, protectedSids },
    limits: settings,
  });
  if (!restored.proof.holds) {
    ports.log.error("going back would change more than it says; nothing is proposed", {
      role: role.arn,
      proof: restored.proof,
    });
    return refuse("it could not be proved that nothing else would change");
  }
  const { added, removed, forbidden } = restored;
  if (added.length === 0 && removed.length === 0)
    return refuse("the policy as it stands has all of it already");
  const withoutTrail = analyzerFor(settings, scope.accountId) === "access-analyzer";
  const look = { ...base, run: last.run };
  const ground = groundOf({
    ...{ look, known, events, scope, files, joined: [], window: last.window },
    findings: { additions: [], denied: [], questions: [], withoutTrail },
  });
  const changed = changedFiles(files, restored.policy, scope);
  if (changed.refusal !== null) return refuse(changed.refusal.why);
  const boundary = await ground.boundary();
  const { calls, questions } = await ground.recorded();
  const proposed = proposalOn(ground, "restore", changed.policy, {
    ...{ files: changed.files, added, removed },
    ...(forbidden.length > 0 ? { forbidden } : {}),
    questions: [...restored.questions, ...changed.questions, ...boundary.questions, ...questions],
    risks: risksOfAdditions(changed.policy, added, role),
    backtest: calls && backtestOf(changed.policy, boundary.policy, calls, { later: true }),
    restore: { ...asked, refused: refusedBefore(known, added) },
  });
  return { kind: "propose", proposed: await checked(ground, proposed) };
}
