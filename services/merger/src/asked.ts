import { isRefused, limitAdditions } from "@plp/domain";
import { type Addition, allowingStatement } from "@plp/iam-policy";
import { backtestOf } from "./backtest.ts";
import { type Ground, type Outcome, proposalOn } from "./ground.ts";
import { mergeWhatFits } from "./merge-what-fits.ts";
import { risksOfAdditions } from "./risks.ts";

/**
 * What an enforced role was refused for want of an identity policy, and never allowed since: a request of its own, for
 * nobody has seen it used. What another kind of policy refused is told, and adding it here would change nothing.
 */
export async function askedProposal(ground: Ground): Promise<Outcome> {
  const { look, known, scope, files } = ground;
  const { settings, clock } = look.ports;
  const drop = (reason: string): Outcome => ({ kind: "drop", of: "asked", reason });
  if (scope.mode !== "enforce") return drop("the initial policy answers again");
  const { calls } = await ground.recorded();
  if (calls === null) return drop("the recorded calls cannot be read");
  const wanted = calls.refusals
    .map((refusal): Addition => ({ ...refusal, basis: "asked", widened: false }))
    .filter((addition) => allowingStatement(files.policy, addition) === null);
  const refused = (addition: Addition) => isRefused(known, addition, clock.now(), settings.rejection_days);
  const limited = limitAdditions(
    wanted.filter((one) => !refused(one)),
    files.policy,
    settings,
  );
  const merged = mergeWhatFits(ground, limited.additions);
  const { policy, added } = merged;
  if (added.length === 0) return drop(merged.aboutFiles[0]?.detail ?? "nothing is left to ask");
  const boundary = await ground.boundary();
  const { forbidden } = limited;
  const proposed = proposalOn(ground, "asked", policy, {
    files: merged.files,
    added,
    heldBack: wanted.filter(refused),
    ...(forbidden.length > 0 ? { forbidden } : {}),
    questions: [...limited.questions, ...merged.questions, ...merged.aboutFiles, ...boundary.questions],
    risks: risksOfAdditions(policy, added, look.role),
    backtest: backtestOf(policy, boundary.policy, calls, { later: true }),
  });
  return { kind: "propose", proposed };
}
