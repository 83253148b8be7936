import { growAdditions, limitAdditions, type ProposedPolicy } from "@plp/domain";
import { type MergeResult, mergePolicy } from "@plp/iam-policy";
import { permanent } from "@plp/runtime";
import { backtestOf } from "./backtest.ts";
import { type Ground, proposalOn } from "./ground.ts";
import { type ChangedFiles, changedFiles } from "./policy-files.ts";
import { risksOfAdditions } from "./risks.ts";

/** What was used, as an addition to the policy that stands there. Without anything new it changes nothing. */
export async function growProposal(ground: Ground): Promise<ProposedPolicy> {
  const { look, known, scope, files, findings, joined } = ground;
  const { settings, clock } = look.ports;
  const grown = growAdditions(known, findings.additions, clock.now(), settings.rejection_days);
  const { additions, forbidden, questions } = limitAdditions(grown.additions, files.policy, settings);
  const merged = mergePolicy({ old: files.policy, additions, protectedSids: scope.protectedSids });
  refuseWider(merged);
  const isChanged = merged.added.length > 0;
  const changed: ChangedFiles = isChanged
    ? changedFiles(files, merged.policy, scope)
    : { policy: merged.policy, files: [], questions: [] };
  const tested = isChanged ? await testOf(ground, changed) : { backtest: null, questions: [] };
  return proposalOn(ground, "grow", changed.policy, {
    ...(joined.length > 0 ? { joined } : {}),
    files: changed.files,
    added: merged.added,
    heldBack: grown.heldBack,
    denied: findings.denied,
    ...(forbidden.length > 0 ? { forbidden } : {}),
    questions: [
      ...findings.questions,
      ...questions,
      ...merged.questions,
      ...changed.questions,
      ...tested.questions,
    ],
    risks: risksOfAdditions(changed.policy, merged.added, look.requested.role),
    backtest: tested.backtest,
  });
}

async function testOf(
  ground: Ground,
  { policy }: ChangedFiles,
): Promise<Pick<ProposedPolicy, "backtest" | "questions">> {
  const boundary = await ground.boundary();
  const { calls, questions } = await ground.recorded();
  return {
    backtest: calls && backtestOf(policy, boundary.policy, calls, { later: false }),
    questions: [...boundary.questions, ...questions],
  };
}

/** Fails closed: what would allow more than was asked for is never proposed. */
export function refuseWider({ proof }: MergeResult): void {
  if (!proof.wider) return;
  const [witness] = proof.outside;
  throw permanent(
    "merge-wider",
    `the merged policy would allow ${witness?.action ?? "something"} on ${witness?.resource ?? "a resource"}, which nothing asked for; nothing is proposed, report this with the policy file`,
  );
}
