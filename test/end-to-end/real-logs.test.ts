import { join } from "node:path";
import { type Analysis, analyzeFolder } from "@plp/cloudtrail";
import { evaluate, type Policy, parsePolicy, permissionsOf } from "@plp/iam-policy";
import { afterAll, beforeAll, expect, it } from "vitest";
import { replay } from "../../packages/cli/src/commands/replay.ts";
import { withHistory } from "../../packages/cli/src/state/open-history.ts";
import { needsSharedData, sharedData } from "../shared-data.ts";
import { skipUnless } from "../support/skip.ts";
import { type Round, temporaryFolder, upOnce } from "./support.ts";

const data = ["cloudtrail-derived", "invictus"] as const;

skipUnless(needsSharedData(...data))("Logs of a real incident, without a repository", () => {
  const folder = temporaryFolder();
  const state = join(folder.path, "state");
  const logs = sharedData(...data) ?? "";
  let round: Round;
  let usage: Analysis;

  beforeAll(async () => {
    round = await upOnce(state, ["--cloudtrail", logs]);
    usage = await analyzeFolder({ dir: logs });
  }, 300_000);
  afterAll(() => folder.remove());

  /** The policy that was proposed for a role. */
  async function proposedFor(arn: string): Promise<Policy> {
    return withHistory({ state, env: {} }, async (opened) => {
      const { proposed } = (await replay(opened, arn, {})).json as { proposed: unknown };
      return parsePolicy(proposed, `the proposal for ${arn}`);
    });
  }

  it("make one application per role, each with a draft request", () => {
    const { summary, code } = round;
    expect(code).toBe(0);
    expect(summary).toMatchObject({ errors: [], deadLetters: 0, unchanged: 0 });
    const shown = summary.mergeRequests.flatMap(({ roles }) => roles);
    expect([...shown].sort()).toEqual(usage.roles.map(({ roleArn }) => roleArn).sort());
    expect(new Set(summary.mergeRequests.map(({ application }) => application)).size).toBe(shown.length);
    for (const request of summary.mergeRequests) {
      expect(request).toMatchObject({ draft: true, action: "opened", kind: "grow" });
      expect(request.roles).toHaveLength(1);
    }
  });

  it("are allowed by the proposed policies: every call that passed authorization", async () => {
    let checked = 0;
    for (const { roleArn, actions } of usage.roles) {
      const policy = await proposedFor(roleArn);
      const held = new Set(permissionsOf(policy).map(({ action }) => action));
      for (const { action, resources, inferred } of actions) {
        expect(held, `${action} of ${roleArn}`).toContain(action);
        // An inferred permission is bound by a condition that no record tells.
        if (inferred) continue;
        for (const resource of resources) {
          expect(evaluate(policy, { action, resource }), `${action} on ${resource}`).toBe("allowed");
          checked += 1;
        }
      }
    }
    expect(checked).toBeGreaterThan(300);
  });

  it("add nothing that was only refused", async () => {
    let checked = 0;
    for (const { roleArn, denied } of usage.roles) {
      const policy = await proposedFor(roleArn);
      for (const { action, resources } of denied) {
        for (const resource of resources.length > 0 ? resources : ["*"]) {
          expect(evaluate(policy, { action, resource }), `${action} on ${resource}`).toBe("unmatched");
          checked += 1;
        }
      }
    }
    expect(checked).toBeGreaterThan(0);
  });
});
