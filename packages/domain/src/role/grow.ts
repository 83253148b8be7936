import { type Addition, type Permission, permissionKey } from "@plp/iam-policy";
import type { RoleState } from "./state.ts";

const DAY = 86_400_000;

/**
 * What a `grow` merge is to add: what this analysis found, what a proposal holds that no reviewer has decided yet, open
 * or withdrawn, and what had no room (nothing used is lost because one window did not see it again). What a reviewer
 * refused is held back until `rejectionDays` have passed; null: for ever.
 */
export function growAdditions(
  state: RoleState,
  found: readonly Addition[],
  now: Date,
  rejectionDays: number | null,
): { readonly additions: readonly Addition[]; readonly heldBack: readonly Addition[] } {
  const wanted = new Map<string, Addition>();
  const open = state.open.get("grow")?.added ?? [];
  const undecided = [...(state.kept?.additions ?? []), ...state.waiting, ...open];
  for (const addition of [...undecided, ...found]) {
    const key = permissionKey(addition);
    const known = wanted.get(key);
    wanted.set(key, known === undefined ? addition : newer(known, addition));
  }
  const all = [...wanted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, addition]) => addition);
  const refused = (addition: Addition) => isRefused(state, addition, now, rejectionDays);
  return { additions: all.filter((addition) => !refused(addition)), heldBack: all.filter(refused) };
}

/** Counts are those of the newer analysis, and of calls before what was inferred; the span is that of both. */
function newer(known: Addition, found: Addition): Addition {
  const { basis, calls } = known.basis === "seen" && found.basis !== "seen" ? known : found;
  return {
    ...found,
    basis,
    widened: known.widened && found.widened,
    calls: calls ?? known.calls,
    firstSeen: earliest(known.firstSeen, found.firstSeen),
    lastSeen: latest(known.lastSeen, found.lastSeen),
  };
}

function earliest(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

function latest(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

/** Has a reviewer refused this permission, and not merged it since? `rejectionDays` null: a refusal lasts for ever. */
export function isRefused(
  state: RoleState,
  permission: Permission,
  now: Date,
  rejectionDays: number | null,
): boolean {
  const rejection = state.rejected.get(permissionKey(permission));
  if (rejection === undefined) return false;
  return rejectionDays === null || now.getTime() < Date.parse(rejection.at) + rejectionDays * DAY;
}
