import { isFault } from "@plp/runtime";
import { describe, expect, it } from "vitest";
import { organizationFromLogs, type RoleInLogs } from "./organization-from-logs.ts";

const seen = (arn: string, more: Partial<RoleInLogs> = {}): RoleInLogs => ({
  arn,
  uniqueId: "AROAEXAMPLEEXAMPLE012",
  firstSeen: "2026-11-14T05:00:00Z",
  lastSeen: "2026-11-20T05:00:00Z",
  regions: [{ region: "eu-central-1", lastSeen: "2026-11-20T05:00:00Z" }],
  ...more,
});

const role = (name: string, account = "111122223333") => `arn:aws:iam::${account}:role/${name}`;

const folders = (files: ReadonlyMap<string, string>) =>
  [...files.keys()].filter((path) => path.endsWith("/plp.outputs.json")).map((path) => path.split("/")[0]);

const environmentOf = (files: ReadonlyMap<string, string>, folder: string) =>
  JSON.parse(files.get(`${folder}/plp.outputs.json`) ?? "null").plp.value.environments.prod;

describe("organizationFromLogs", () => {
  it("makes one application for each role, observed, without a policy", () => {
    const made = organizationFromLogs({
      roles: [seen(role("ci/shop")), seen(role("billing"))],
      title: "logs",
    });
    expect(folders(made.files)).toEqual(["billing", "shop"]);
    expect(environmentOf(made.files, "shop")).toEqual({
      account_id: "111122223333",
      generate: true,
      mode: "observe",
      policy_path: "policies/prod.json",
      region: "eu-central-1",
      regions: ["eu-central-1"],
      role_arn: role("ci/shop"),
    });
    expect([...made.files.keys()].some((path) => path.includes("policies/"))).toBe(false);
    expect(made.roles.map(({ arn, uniqueId }) => [arn, uniqueId])).toEqual([
      [role("billing"), "AROAEXAMPLEEXAMPLE012"],
      [role("ci/shop"), "AROAEXAMPLEEXAMPLE012"],
    ]);
  });

  it("gives roles of one name names of their own, also where case does not count", () => {
    const roles = [
      seen(role("deploy", "111122223333")),
      seen(role("deploy", "444455556666")),
      seen(role("a/Deploy", "444455556666")),
      seen(role("b/deploy", "444455556666")),
    ];
    const { files } = organizationFromLogs({ roles, title: "logs" });
    const names = folders(files).map((name) => name?.toLowerCase());
    expect(new Set(names).size).toBe(4);
    expect(names).toContain("deploy-111122223333");
  });

  it("makes names from hostile role names that are safe folders", () => {
    const hostile = [
      "..",
      "...",
      "-rf",
      "@,=+",
      ".git",
      "a..b",
      "=@=",
      "x".repeat(64),
      "a+b",
      "a=b",
      "a.lock.",
    ];
    const { files, roles } = organizationFromLogs({
      roles: hostile.map((it) => seen(role(it))),
      title: "logs",
    });
    expect(roles).toHaveLength(hostile.length);
    const names = folders(files);
    expect(new Set(names).size).toBe(hostile.length);
    for (const name of names) {
      expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
      expect(name).not.toContain("..");
    }
  });

  it("leaves out and names what IAM could not hold", () => {
    const bad = [
      role("ci/../../etc\nx"),
      role("<script>"),
      "arn:aws:iam::12345:role/x",
      role(""),
      role("a//b"),
    ];
    const made = organizationFromLogs({
      roles: [seen(role("good")), ...bad.map((it) => seen(it))],
      title: "logs",
    });
    expect(folders(made.files)).toEqual(["good"]);
    expect(made.leftOut.map(({ arn }) => arn).sort()).toEqual([...bad].sort());
  });

  it("narrows by a glob on the ARN, the path or the name", () => {
    const roles = [seen(role("ci/shop-prod")), seen(role("ci/shop-test")), seen(role("admin"))];
    const narrowed = (glob: string) => folders(organizationFromLogs({ roles, glob, title: "logs" }).files);
    expect(narrowed("shop-*")).toEqual(["shop-prod", "shop-test"]);
    expect(narrowed("ci/*-test")).toEqual(["shop-test"]);
    expect(narrowed("arn:aws:iam::*:role/admin")).toEqual(["admin"]);
  });

  it("says which roles there are when none fits", () => {
    const attempt = () => organizationFromLogs({ roles: [seen(role("ci/shop"))], glob: "x*", title: "logs" });
    expect(attempt).toThrow(/"x\*" fits none of the 1 roles.*ci\/shop/);
    let thrown: unknown;
    try {
      organizationFromLogs({ roles: [], title: "logs" });
    } catch (error) {
      thrown = error;
    }
    expect(isFault(thrown, "no-roles")).toBe(true);
  });

  it("keeps service-linked roles out of generation", () => {
    const arn = role("aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig");
    const { files } = organizationFromLogs({ roles: [seen(arn)], title: "logs" });
    expect(environmentOf(files, "AWSServiceRoleForConfig").generate).toBe(false);
  });

  it("takes only Regions of the role's own partition, the busiest first", () => {
    const at = (region: string) => ({ region, lastSeen: "2026-11-20T05:00:00Z" });
    const regions = [at("ap-westeast-2r"), at("cn-north-1"), at("us-east-1"), at("eu-west-1")];
    const china = "arn:aws-cn:iam::111122223333:role/china";
    const { files } = organizationFromLogs({
      roles: [seen(role("shop"), { regions }), seen(china, { regions: [at("us-east-1")] })],
      title: "logs",
    });
    expect(environmentOf(files, "shop")).toMatchObject({
      region: "us-east-1",
      regions: ["us-east-1", "eu-west-1"],
    });
    expect(environmentOf(files, "china")).toMatchObject({ region: "cn-north-1" });
  });

  it("gives the same bytes in whatever order the roles come, and a unique id where no record tells it", () => {
    const roles = [seen(role("b"), { uniqueId: null }), seen(role("a"), { uniqueId: null }), seen(role("c"))];
    const first = organizationFromLogs({ roles, title: "logs" });
    const second = organizationFromLogs({ roles: [...roles].reverse(), title: "logs" });
    expect([...second.files]).toEqual([...first.files]);
    expect(second.roles).toEqual(first.roles);
    const ids = first.roles.map(({ uniqueId }) => uniqueId);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^AROA[A-Z0-9]{17}$/);
  });
});
