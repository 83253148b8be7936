import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fixture, makeFixture, plp, type Round, temporaryFolder, upOnce } from "./support.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

describe("A folder of logs that is none", () => {
  const file = join(folder.path, "file.json");
  const empty = join(folder.path, "empty");
  const once = ["up", "--once", "--json", "--port", "0", "--state", join(folder.path, "none")];
  mkdirSync(empty);
  writeFileSync(file, "{}");

  it.each([
    ["is missing", join(folder.path, "nowhere")],
    ["is empty", empty],
    // As root nothing is forbidden, so the folder that cannot be read lies below a file.
    ["cannot be opened", join(file, "below")],
  ])("that %s: exit 2, and one sentence that names it", async (_, logs) => {
    const { code, out, err } = await plp([...once, "--cloudtrail", logs]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(logs);
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it("that was not given, beside a repository: exit 2, and what to give", async () => {
    const { code, out, err } = await plp([...once, "--repo", empty]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^plp: --repo .* --cloudtrail DIR.*\n$/);
  });
});

interface Spoiled {
  readonly environment: string;
  readonly reason: RegExp;
}

/** An application that somebody made: what is wrong with it, and what the round must say of it. */
const OUTPUTS: Readonly<Record<string, readonly [output: string, said: Spoiled]>> = {
  "bad-json": ["{ not json", { environment: "", reason: /not JSON/ }],
  "bad-account": [
    outputs("bad-account", { account_id: "12345678901" }),
    { environment: "prod", reason: /12 digits/ },
  ],
  "bad-name": [outputs("../../etc", {}), { environment: "", reason: /no usable name/ }],
  "bad-other-account": [
    outputs("bad-other-account", { role_arn: "arn:aws:iam::999988887777:role/ci/theirs" }),
    { environment: "prod", reason: /999988887777|account/ },
  ],
  "bad-partition": [
    outputs("bad-partition", { role_arn: "arn:aws-cn:iam::100011011011:role/ci/x" }),
    { environment: "prod", reason: /partition|aws-cn/ },
  ],
  "bad-path": [
    outputs("bad-path", { policy_path: "../bad-json/prod.json" }),
    { environment: "prod", reason: /policy_path|leaves|inside/ },
  ],
};

function outputs(application: string, more: Readonly<Record<string, unknown>>): string {
  const prod = {
    account_id: "100011011011",
    region: "eu-central-1",
    role_arn: `arn:aws:iam::100011011011:role/ci/${application.replaceAll(/[^a-z-]/g, "")}-prod`,
    policy_path: "policies/prod.json",
    generate: true,
    mode: "observe",
    ...more,
  };
  const value = { application, environments: { prod } };
  return `${JSON.stringify({ plp: { sensitive: false, type: "dynamic", value } }, null, 2)}\n`;
}

describe("A repository in which much is wrong", () => {
  let fixture: Fixture;
  let round: Round;
  let again: Round;
  /** Good ones first; of the third and fourth one thing is spoiled below. */
  let names: string[] = [];
  const name = (index: number) => names[index] ?? "";

  beforeAll(async () => {
    const place = join(folder.path, "much");
    fixture = await makeFixture(place, { roles: 7, accounts: 2, eventsPerRole: 120 }, (files) => {
      names = [...files.keys()].flatMap((path) => /^([^/]+)\/plp\.outputs\.json$/.exec(path)?.[1] ?? []);
      for (const [folderName, [output]] of Object.entries(OUTPUTS))
        files.set(`${folderName}/plp.outputs.json`, output);
      // Every policy of the second application is no JSON; the fourth's role is claimed by a stranger as well.
      for (const environment of ["prod", "test"])
        files.set(`${name(1)}/policies/${environment}.json`, "{ no policy");
      const arn = /"role_arn": "(arn:[^"]+)"/.exec(files.get(`${name(3)}/plp.outputs.json`) ?? "")?.[1] ?? "";
      const account = arn.split(":")[4] ?? "";
      files.set("bad-claim/plp.outputs.json", outputs("bad-claim", { role_arn: arn, account_id: account }));
    });
    const state = join(place, "state");
    round = await upOnce(state, fixture.options);
    again = await upOnce(state, fixture.options);
  }, 600_000);

  it("is not one that holds no commit: exit 2, and one sentence that names it", async () => {
    const none = join(folder.path, "no-repository");
    mkdirSync(none);
    const state = join(folder.path, "none-either");
    const once = ["up", "--once", "--json", "--port", "0", "--state", state];
    const { code, out, err } = await plp([...once, "--cloudtrail", fixture.logs, "--repo", none]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(none);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  const errorsOf = (application: string) =>
    round.summary.errors.filter((error) => error.application === application);

  it.each(Object.entries(OUTPUTS))("says what is wrong with %s, and where", (application, [, said]) => {
    const errors = errorsOf(application);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.environment).toBe(said.environment);
    expect(errors[0]?.reason).toMatch(said.reason);
  });

  it("refuses both applications that claim one role, and names the role", () => {
    const arn = fixture.applications.get(name(3))?.[0] ?? "";
    for (const application of [name(3), "bad-claim"]) {
      const reasons = errorsOf(application).map(({ reason }) => reason);
      expect(reasons.join("\n"), application).toContain(arn);
    }
  });

  it("names the policy file that is not JSON, for each environment", () => {
    const errors = errorsOf(name(1));
    expect(errors.map(({ environment }) => environment).sort()).toEqual(["prod", "test"]);
    for (const { environment, reason } of errors) expect(reason).toContain(`policies/${environment}.json`);
  });

  it("goes on with the rest: the others' requests are there", () => {
    const shown = round.summary.mergeRequests.map(({ application }) => application);
    expect([...shown].sort()).toEqual([name(0), name(2)].sort());
    expect(round.summary.deadLetters).toBe(0);
  });

  it("is exit 1, and says the same when asked again", () => {
    expect(round.code).toBe(1);
    expect(again.code).toBe(1);
    const sorted = ({ summary }: Round) => summary.errors.map((error) => JSON.stringify(error)).sort();
    expect(sorted(again)).toEqual(sorted(round));
  });
});
