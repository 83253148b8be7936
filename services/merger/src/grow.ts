import { growAdditions, limitAdditions, type ProposedPolicy } from "@plp/domain";
import type { Policy } from "@plp/iam-policy";
import { backtestOf } from "./backtest.ts";
import { type Ground, proposalOn } from "./ground.ts";
import { mergeWhatFits } from "./merge-what-fits.ts";
import { risksOfAdditions } from "./risks.ts";

/** What was used, as an addition to the policy that stands there. Without anything new it changes nothing. */
export async function growProposal(ground: Ground): Promise<ProposedPolicy> {
  const { look, known, files, findings, joined } = ground;
  const { settings, clock } = look.ports;
  const grown = growAdditions(known, findings.additions, clock.now(), settings.rejection_days);
  const { additions, forbidden, questions } = limitAdditions(grown.additions, files.policy, settings);
  const merged = mergeWhatFits(ground, additions);
  const { policy, added, waiting } = merged;
  const tested = added.length > 0 ? await testOf(ground, policy) : { backtest: null, questions: [] };
  return proposalOn(ground, "grow", policy, {
    ...(joined.length > 0 ? { joined } : {}),
    files: merged.files,
    added,
    heldBack: grown.heldBack,
    denied: findings.denied,
    ...(forbidden.length > 0 ? { forbidden } : {}),
    ...(waiting.length > 0 ? { waiting } : {}),
    questions: [
      ...findings.questions,
      ...questions,
      ...merged.questions,
      ...merged.aboutFiles,
      ...tested.questions,
    ],
    risks: risksOfAdditions(policy, added, look.role),
    backtest: tested.backtest,
  });
}

async function testOf(
  ground: Ground,
  policy: Policy,
): Promise<Pick<ProposedPolicy, "backtest" | "questions">> {
  const boundary = await ground.boundary();
  const { calls, questions } = await ground.recorded();
  return {
    backtest: calls && backtestOf(policy, boundary.policy, calls, { later: false }),
    questions: [...boundary.questions, ...questions],
  };
}
