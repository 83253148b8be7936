import { parsePolicy, policyHash } from "@plp/iam-policy";
import { expect } from "vitest";
import { history } from "../../packages/cli/src/commands/history.ts";
import { replay } from "../../packages/cli/src/commands/replay.ts";
import { roles } from "../../packages/cli/src/commands/roles.ts";
import { withHistory } from "../../packages/cli/src/state/open-history.ts";
import type { Told } from "./support.ts";

interface Replayed {
  readonly proposed: unknown;
  readonly approved: unknown;
  readonly applied: unknown;
  readonly hashes: Readonly<Record<"proposed" | "approved" | "applied", string | null>>;
}

/** Which policy an event says. */
const SAYS = {
  PolicyProposed: "proposed",
  ProposalApproved: "approved",
  PolicyEdited: "approved",
  PolicyApplied: "applied",
} as const;

/**
 * Replays every role of a history at every version, and expects at each what was written there: the event's own policy, and
 * of what is approved the last that an event said. Answers how many policies were held against their events, by type.
 */
export async function expectReplaysAsWritten(state: string): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  await withHistory({ state, env: {} }, async (opened) => {
    for (const { roleArn } of (await roles(opened, undefined)).json as { roleArn: string }[]) {
      const events = (await history(opened, roleArn, {})).json as readonly (Told & {
        readonly hash: string;
      })[];
      let approved: unknown = null;
      for (const [n, { type, data, hash }] of events.entries()) {
        const version = n + 1;
        const at = (await replay(opened, roleArn, { version })).json as Replayed;
        expect(at).toMatchObject({ version, hash });
        const which = type in SAYS ? SAYS[type as keyof typeof SAYS] : null;
        if (which === "approved") approved = data.policy;
        expect(at.approved, `${roleArn} ${version}`).toEqual(approved);
        if (which === null) continue;
        expect(at[which], `${roleArn} ${version}`).toEqual(data.policy);
        expect(at.hashes[which]).toBe(data.policyHash);
        expect(policyHash(parsePolicy(at[which], "replayed"))).toBe(data.policyHash);
        counts[type] = (counts[type] ?? 0) + 1;
      }
    }
  });
  return counts;
}
