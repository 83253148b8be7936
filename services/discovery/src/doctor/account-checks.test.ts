import { parseSettings, permanent } from "@plp/runtime";
import { describe, expect, it } from "vitest";
import { type AccountProbe, checkAccount } from "./account-checks.ts";

const settingsOf = (more: object = {}) =>
  parseSettings({
    trail: { arn: "arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization", bucket: "trail-logs" },
    roles: { reader: "plp/reader", analyzer_service_role: "plp/analyzer" },
    repositories: [{ url: "https://gitlab.example.com", project: "iam/roles" }],
    ...more,
  });
const well: AccountProbe = {
  assume: async () => undefined,
  listGenerations: async () => undefined,
  analyzerRole: async () => undefined,
  hasFiles: async () => true,
};
const denied = async () => {
  throw permanent("aws-session", "cannot assume arn:aws:iam::444455556666:role/plp/reader: AccessDenied");
};
const look = async (probe: Partial<AccountProbe>, more: object = {}) =>
  (await checkAccount("444455556666", settingsOf(more), { ...well, ...probe })).map(
    ({ check, status, cause, repair }) => ({ check, status, cause, repair }),
  );

describe("The doctor at an account", () => {
  it("finds nothing where everything is there", async () => {
    expect((await look({})).map(({ status }) => status)).toEqual(["ok", "ok", "ok", "ok"]);
  });

  it("names the cause and the line that repairs it, and looks no further without a session", async () => {
    const alone = await look({ assume: denied });
    expect(alone).toEqual([
      {
        check: "the role plp/reader can be assumed",
        status: "failed",
        cause: expect.stringContaining("AccessDenied"),
        repair: expect.stringContaining("stacks/accounts/member.template.json"),
      },
    ]);
    const [byStackSet] = await look({ assume: denied }, { members: { units: ["r-ab12"] } });
    expect(byStackSet?.repair).toContain("members.units");
  });

  it("asks of each account only what its analyzer needs", async () => {
    const checks = async (analyzer: string) => (await look({}, { analyzer })).map(({ check }) => check);
    expect(await checks("trail")).toEqual([
      "the role plp/reader can be assumed",
      "its own log files can be listed",
    ]);
    expect(await checks("access-analyzer")).not.toContain("its own log files can be listed");
  });

  it("tells an archive without files of the account from one that refuses", async () => {
    const last = async (probe: Partial<AccountProbe>) => (await look(probe)).at(-1);
    expect(await last({ hasFiles: async () => false })).toMatchObject({
      status: "failed",
      cause: "trail-logs has no log file of the account",
      repair: expect.stringContaining("get-trail-status"),
    });
    expect(await last({ hasFiles: denied })).toMatchObject({
      status: "failed",
      cause: expect.stringContaining("AccessDenied"),
    });
  });

  it("takes a mistake of its own for no finding", async () => {
    await expect(
      look({ hasFiles: async () => Promise.reject(new TypeError("x is not a function")) }),
    ).rejects.toThrow(TypeError);
  });
});
