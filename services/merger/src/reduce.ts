import { backtestTotals, coversRetention, replayRole, unusedPermissions } from "@plp/domain";
import { policyHash, reducePolicy } from "@plp/iam-policy";
import { backtestOf } from "./backtest.ts";
import { type Ground, type Outcome, proposalOn } from "./ground.ts";
import { lastAccessedOf } from "./last-accessed.ts";
import { changedFiles } from "./policy-files.ts";
import type { RecordedCalls } from "./recorded.ts";

const DAY = 86_400_000;

/** What nobody used for as long as it is to be kept, taken out of PLP's own statements. */
export async function reduceProposal(ground: Ground): Promise<Outcome> {
  const { known, scope, files, look } = ground;
  const { settings, log } = look.ports;
  const retentionDays = scope.retentionDays ?? settings.retention_days;
  const drop = (reason: string): Outcome => ({ kind: "drop", of: "reduce", reason });
  if (!coversRetention(known, retentionDays) || known.closedTo === null)
    return drop("its calls are not known without a hole for as long as permissions are to be kept");
  if (known.approved?.policyHash !== policyHash(files.policy)) return drop("the policy is another by now");
  const { calls } = await ground.recorded();
  if (calls === null || calls.isCut) return drop("its recorded calls cannot be read for that long");
  const removals = await unusedIn(ground, calls, retentionDays);
  if (removals.length === 0) return drop("nothing is left to remove");
  const protectedSids = [...scope.protectedSids, ...known.protectedSids];
  const { policy, removed, notRemovable, proof } = reducePolicy({
    old: files.policy,
    removals,
    protectedSids,
  });
  if (removed.length === 0) return drop("nothing is left to remove");
  const boundary = await ground.boundary();
  const [before, after] = [files.policy, policy].map((one) =>
    backtestOf(one, boundary.policy, calls, { later: true }),
  );
  const denies = (one: typeof before) => (one === undefined ? 0 : backtestTotals([one]).denied);
  if (!proof.holds || after === undefined || denies(after) > denies(before)) {
    log.error("a reduction would take more than it says; nothing is proposed", {
      role: look.role,
      proof,
    });
    return drop("the reduction could not be proved");
  }
  const changed = changedFiles(files, policy, scope);
  if (changed.refusal !== null) return drop(changed.refusal.why);
  const to = known.closedTo;
  const proposed = proposalOn(ground, "reduce", changed.policy, {
    window: { from: new Date(Date.parse(to) - retentionDays * DAY).toISOString(), to },
    files: changed.files,
    removed,
    questions: [
      ...notRemovable.map(({ kind, detail }) => ({ kind, detail })),
      ...changed.questions,
      ...boundary.questions,
    ],
    backtest: after,
  });
  return { kind: "propose", proposed };
}

async function unusedIn({ known, events, look }: Ground, calls: RecordedCalls, retentionDays: number) {
  const { settings, clock } = look.ports;
  return unusedPermissions({
    ...{ state: known, permissions: replayRole(events, {}).permissions, retentionDays },
    ...{ recorded: calls.permissions, unmapped: calls.unmapped },
    lastAccessed: await lastAccessedOf(known, look.ports),
    dataEvents: settings.trail.data_events,
    rejectionDays: settings.rejection_days,
    now: clock.now(),
  });
}
