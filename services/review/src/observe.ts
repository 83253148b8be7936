import {
  digest,
  type Expectation,
  type FoundOnRole,
  observePolicy,
  type RoleId,
  type RoleReading,
  type RoleState,
  readRole,
} from "@plp/domain";
import { isPlpSid, isPolicyError, type Policy, parsePolicy, policyHash } from "@plp/iam-policy";
import { type CausedLook, changeRole, loadRole, rolesOf } from "./caused-look.ts";
import { readPolicyAt } from "./merged-policy.ts";

/** Seconds until it is worth a look again; null: all has been seen. */
export type Soon = number | null;

/** How long IAM may show what was there before (it is eventually consistent). */
const SETTLES_MS = 5 * 60_000;
const AGAIN_SECONDS = 60;

interface Occasion {
  readonly after: RoleReading["after"];
  /** What an apply job was to bring; in a round what was applied last counts. */
  readonly brought: { readonly policy: Policy; readonly parts: readonly Policy[] } | null;
  /** When that job ended. */
  readonly endedAt: string | null;
}

/** Every role of the application is read once in a round. */
export async function observeRound(
  round: string,
  look: CausedLook & { readonly application: Parameters<typeof rolesOf>[0] },
): Promise<void> {
  const occasion: Occasion = { after: { kind: "round", round }, brought: null, endedAt: null };
  for (const role of rolesOf(look.application)) await observe(role, occasion, look);
}

/**
 * Reads what a role really has and holds it against what it should have: confirmed, or drift that names the difference.
 * A role that cannot be read is told in the log; nothing is known of it then.
 */
export async function observe(role: RoleId, occasion: Occasion, look: CausedLook): Promise<Soon> {
  const { ports } = look;
  const state = await loadRole(role, look);
  if (state.scope === null || state.retired) return null;
  if (occasion.after.kind === "apply" && state.readAfter.has(occasion.after.job)) return null;
  const found = await ports.roles.read(state.scope.accountId, role);
  if (found.kind === "unavailable") {
    ports.log.warn("a role cannot be read", { role: role.arn, reason: found.reason });
    return null;
  }
  const reading = readRole(found.on, await expectationOf(found.on, state, occasion, look));
  if (reading.drift.length > 0 && isFresh(occasion, ports.clock.now())) return AGAIN_SECONDS;
  if (reading.drift.length > 0)
    ports.log.warn("a role has drifted", { role: role.arn, drift: reading.drift });
  const step = digest(JSON.stringify(reading), String(state.version));
  await changeRole(role, ["observe", step], look, (current) => observePolicy(current, reading, look.cause));
  return null;
}

function isFresh({ endedAt }: Occasion, now: Date): boolean {
  return endedAt !== null && now.getTime() - Date.parse(endedAt) < SETTLES_MS;
}

async function expectationOf(
  found: FoundOnRole,
  state: RoleState,
  { after, brought }: Occasion,
  look: CausedLook,
): Promise<Expectation> {
  const expected = brought ?? (await appliedLast(found, state, look));
  return {
    after,
    expected:
      expected === null || expected.policy.statements.length === 0
        ? null
        : { ...expected, policyHash: policyHash(expected.policy) },
    initialHash: await initialHashOf(state, look),
    baseline: state.baseline,
  };
}

/**
 * Where no apply was heard of and PLP's policy is there all the same, it is the approved one that should be; where nothing
 * was ever approved, people may have applied what they wrote into the generated policy themselves.
 */
async function appliedLast(
  { policies }: FoundOnRole,
  { applied, approved, scope }: RoleState,
  { gitlab }: CausedLook,
): Promise<Occasion["brought"]> {
  if (applied?.job && scope !== null) {
    const at = await readPolicyAt(gitlab, scope, applied.job.commit);
    if (!("unreadable" in at)) return at;
  }
  const isThere = policies.some(({ policy }) => policy?.statements.some(({ sid }) => isPlpSid(sid)));
  const last = applied ?? (isThere ? approved : null);
  if (last === null) return scope === null ? null : asMerged(policies, scope, gitlab);
  const policy = parsePolicy(last.policy, "the history");
  return { policy, parts: [policy] };
}

/** The policy as the default branch holds it, if that is what the role has. */
async function asMerged(
  policies: FoundOnRole["policies"],
  scope: NonNullable<RoleState["scope"]>,
  gitlab: CausedLook["gitlab"],
): Promise<Occasion["brought"]> {
  const merged = await readPolicyAt(gitlab, scope, await gitlab.head());
  if ("unreadable" in merged) return null;
  const hashes = new Set(policies.map(({ hash }) => hash));
  return merged.parts.every((part) => hashes.has(policyHash(part))) ? merged : null;
}

/** Where the role is to go without its initial policy. */
async function initialHashOf({ scope }: RoleState, { gitlab }: CausedLook): Promise<string | null> {
  if (scope === null || scope.mode !== "enforce" || scope.initialPolicyPath === null) return null;
  const path = `${scope.application.folder}/${scope.initialPolicyPath}`;
  const file = await gitlab.file(path, await gitlab.head());
  if (file === null) return null;
  try {
    return policyHash(parsePolicy(file.content, path));
  } catch (error) {
    if (isPolicyError(error)) return null;
    throw error;
  }
}
