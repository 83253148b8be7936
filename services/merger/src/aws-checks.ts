import type { AwsCheck, AwsChecks, AwsFinding, ProposedPolicy } from "@plp/domain";
import { failureOf, messageOf } from "@plp/runtime";
import type { Ground, Outcome } from "./ground.ts";

/** AWS takes so many actions at once. */
const MOST_ACTIONS = 100;
/** After so many deliveries a check that AWS does not answer holds a proposal up no longer. */
const MOST_TRIES = 3;

/**
 * What AWS's own checks say of a proposal, as far as the settings ask for them. They cost, so the same policy is asked
 * about once: what an open proposal says of it is taken over. A check that cannot be made is told, and holds nothing up.
 */
export async function checked(ground: Ground, proposed: ProposedPolicy): Promise<ProposedPolicy> {
  const { settings } = ground.look.ports;
  const wanted = settings.aws_checks;
  const { files, kind, added, removed } = proposed;
  if (files.length === 0 && added.length === 0 && removed.length === 0) return proposed;
  const open = ground.known.open.get(kind);
  const known = open?.policyHash === proposed.policyHash ? (open.awsChecks ?? {}) : {};
  const isAsked = (check: AwsCheck | undefined) => check !== undefined && check.result !== "not-made";
  const awsChecks: AwsChecks = {
    ...(wanted.validate_policy
      ? {
          validatePolicy: isAsked(known.validatePolicy)
            ? known.validatePolicy
            : await validation(ground, files),
        }
      : {}),
    ...(wanted.no_new_access && kind === "reduce"
      ? { noNewAccess: isAsked(known.noNewAccess) ? known.noNewAccess : await noNewAccess(ground, proposed) }
      : {}),
    ...(wanted.not_granted && settings.never.length > 0
      ? { notGranted: isAsked(known.notGranted) ? known.notGranted : await notGranted(ground, proposed) }
      : {}),
  };
  return Object.keys(awsChecks).length === 0 ? proposed : { ...proposed, awsChecks };
}

/** The same of another kind's outcome; what AWS finds to be no reduction is none. */
export async function checkedOutcome(ground: Ground, outcome: Outcome): Promise<Outcome> {
  if (outcome.kind === "drop") return outcome;
  const proposed = await checked(ground, outcome.proposed);
  const verdict = proposed.awsChecks?.noNewAccess;
  if (verdict?.result !== "fail") return { kind: "propose", proposed };
  const reason = `AWS's CheckNoNewAccess finds that it would allow something new: ${verdict.reasons.join(" ")}`;
  ground.look.ports.log.error("a reduction is no reduction to AWS; nothing is proposed", {
    role: ground.look.role,
    reason,
  });
  return { kind: "drop", of: proposed.kind, reason };
}

type Validation = NonNullable<AwsChecks["validatePolicy"]>;

/** Each file is a managed policy of its own, and AWS judges it as such. */
async function validation(ground: Ground, files: ProposedPolicy["files"]): Promise<Validation> {
  const findings: AwsFinding[] = [];
  const check = await made(ground, async (checks, at) => {
    for (const { content } of files)
      if (content !== null) findings.push(...(await checks.validatePolicy(at, content)));
    const errors = findings.filter(({ type }) => type === "ERROR");
    return errors.length === 0
      ? { result: "pass" }
      : { result: "fail", reasons: errors.map(({ detail }) => detail) };
  });
  return { ...check, findings: check.result === "not-made" ? [] : findings };
}

function noNewAccess(ground: Ground, { policy }: ProposedPolicy): Promise<AwsCheck> {
  const old = {
    Version: ground.files.policy.version ?? "2008-10-17",
    Statement: ground.files.policy.statements.map(({ verbatim }) => verbatim),
  };
  return made(ground, (checks, at) => checks.noNewAccess(at, JSON.stringify(old), JSON.stringify(policy)));
}

function notGranted(ground: Ground, { policy }: ProposedPolicy): Promise<AwsCheck> {
  const { never } = ground.look.ports.settings;
  return made(ground, async (checks, at) => {
    const reasons: string[] = [];
    for (let from = 0; from < never.length; from += MOST_ACTIONS) {
      const actions = never.slice(from, from + MOST_ACTIONS);
      const check = await checks.notGranted(at, JSON.stringify(policy), actions);
      if (check.result === "fail") reasons.push(...check.reasons);
    }
    return reasons.length === 0 ? { result: "pass" } : { result: "fail", reasons: [...new Set(reasons)] };
  });
}

type Checks = Ground["look"]["ports"]["checks"];

/** Tried again while that may help; then told as not made. */
async function made(
  { look, scope }: Ground,
  work: (checks: Checks, at: { readonly accountId: string; readonly region: string }) => Promise<AwsCheck>,
): Promise<AwsCheck> {
  const { accountId, region } = scope;
  try {
    return await work(look.ports.checks, { accountId, region });
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null || (failure.retryable && look.receiveCount < MOST_TRIES)) throw error;
    look.ports.log.warn("a check of AWS could not be made", { role: look.role, error });
    return { result: "not-made", reason: messageOf(error) };
  }
}
