import { expect, it } from "vitest";
import { needsSharedData, sharedData } from "../../../../test/shared-data.ts";
import { skipUnless } from "../../../../test/support/skip.ts";
import { generatedPolicy } from "../aws/generated-policy.ts";
import { openLogArchive } from "./index.ts";

skipUnless(needsSharedData("cloudtrail-derived", "invictus"))("over real logs", () => {
  it("finds the roles, the newest event and what each role called", async () => {
    const archive = await openLogArchive(sharedData("cloudtrail-derived", "invictus") ?? "");
    expect(await archive.objects()).toHaveLength(12);
    expect(await archive.newestEvent()).toBe("2023-07-10T12:37:50Z");
    const activity = await archive.activity();
    const names = activity.roles().map(({ arn, events }) => `${arn.split("/").at(-1)} ${events > 100}`);
    expect(names).toEqual([
      "analyst-benjamin true",
      "deploy-stratus-warmup true",
      "operator-bert-jan true",
      "stratus-detonation true",
    ]);
    expect(archive.bad()).toEqual([]);
  });

  it("makes policies of them that each fit into a managed policy and name no data event and no PassRole", async () => {
    const archive = await openLogArchive(sharedData("cloudtrail-derived", "invictus") ?? "");
    const activity = await archive.activity();
    for (const { arn, firstSeen, lastSeen } of activity.roles()) {
      const used = activity.used(arn, firstSeen, lastSeen).map(({ action }) => action);
      const { policies } = generatedPolicy(used, "aws", {
        resourcePlaceholders: true,
        serviceLevelTemplate: false,
      });
      expect(policies.length).toBeGreaterThan(0);
      for (const policy of policies) expect(policy.replace(/\s/g, "").length).toBeLessThanOrEqual(6144);
      expect(policies.join()).not.toMatch(/iam:PassRole|\$\{Partition\}/);
    }
  });
});

skipUnless(needsSharedData("cloudtrail"))("over odd logs of many sources", () => {
  it("reads them all and loses no file", async () => {
    const archive = await openLogArchive(sharedData("cloudtrail") ?? "");
    const activity = await archive.activity();
    expect((await archive.objects()).length).toBeGreaterThan(400);
    expect(activity.roles().length).toBeGreaterThan(20);
    const reasons = archive.bad().map(({ reason }) => reason);
    expect(
      reasons.filter((reason) => !/records have no usable account, Region or time/.test(reason)),
    ).toEqual([]);
  });
});
