import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { plp } from "./testing/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "plp-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  const isText = typeof content === "string" || content instanceof Uint8Array;
  writeFileSync(path, isText ? content : JSON.stringify(content));
  return path;
}

const allow = (...actions: string[]) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: actions, Resource: "arn:aws:s3:::shop" }],
});
const narrow = file("narrow.json", allow("s3:ListBucket"));
const wide = file("wide.json", allow("s3:ListBucket", "s3:GetBucketPolicy"));
const noJson = file("no.json", "{ nope");
const missing = join(folder, "missing.json");

const record = (eventName: string, more: object = {}) => ({
  eventVersion: "1.08",
  eventID: `id-${eventName}`,
  eventTime: "2026-03-03T10:00:00Z",
  eventSource: "s3.amazonaws.com",
  eventName,
  awsRegion: "eu-central-1",
  recipientAccountId: "111122223333",
  eventType: "AwsApiCall",
  userIdentity: {
    type: "AssumedRole",
    principalId: "AROAEXAMPLE:ci",
    arn: "arn:aws:sts::111122223333:assumed-role/shop-prod/ci",
    accountId: "111122223333",
    sessionContext: {
      sessionIssuer: {
        type: "Role",
        principalId: "AROAEXAMPLE",
        arn: "arn:aws:iam::111122223333:role/ci/shop-prod",
        accountId: "111122223333",
        userName: "shop-prod",
      },
    },
  },
  requestParameters: { bucketName: "shop" },
  ...more,
});

describe("bad usage", () => {
  it.each<[string, string[], string]>([
    ["an unknown command", ["rols"], "unknown command 'rols'"],
    ["an unknown option", ["roles", "--nope"], "unknown option '--nope'"],
    ["a missing argument", ["replay"], "missing required argument 'role'"],
    ["a missing option", ["analyze"], "required option '--cloudtrail <dir>' not specified"],
    ["a number that is none", ["fit", narrow, "--max", "0"], "--max"],
    ["a time that is none", ["history", "x", "--since", "yesterday"], '--since "yesterday" is no time'],
    ["a day that does not exist", ["replay", "x", "--at", "2026-02-30"], '--at "2026-02-30" is no time'],
    ["a missing file", ["diff", narrow, missing], `${missing}: there is no such file`],
    ["a folder in place of a file", ["diff", narrow, folder], `${folder}: it is a folder, not a file`],
    ["a file that is not JSON", ["explain", noJson], `${noJson} is not JSON`],
    ["a policy that is not JSON", ["fit", noJson], noJson],
    ["a policy that is none", ["fit", file("array.json", "[1]")], "array.json"],
    ["a folder of logs that is not there", ["analyze", "--cloudtrail", missing], missing],
    [
      "a state directory without a history",
      ["roles", "--state", missing],
      `there is no history in ${missing}`,
    ],
    ["an act without a running system", ["status", "--state", missing], `nothing runs on ${missing}`],
    ["a round without a running system", ["round", "--state", folder], `nothing runs on ${folder}`],
  ])("%s is one clear sentence, and exit 2", async (_, args, sentence) => {
    const { exit, out, err } = await plp(args);
    expect(err).toContain(sentence);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    expect(out).toBe("");
    expect(exit).toBe(2);
  });

  it("shows where an error came from only with --debug", async () => {
    expect((await plp(["fit", missing])).err).not.toContain("    at ");
    expect((await plp(["fit", missing, "--debug"])).err).toContain("    at ");
  });

  it("lets no name steer the terminal", async () => {
    const { err } = await plp(["fit", `${folder}/\u001b[2J\u202egone.json`]);
    expect(err).toContain("\\u001b[2J\\u202egone.json");
  });
});

describe("help", () => {
  it("has an example for every command", async () => {
    const { out, exit } = await plp(["help"]);
    expect(exit).toBe(0);
    const names = [...out.matchAll(/^ {2}([a-z-]+) .*/gm)]
      .map(([, name]) => name ?? "")
      .filter((name) => !name.startsWith("-") && name !== "help");
    expect(names).toEqual(expect.arrayContaining(["up", "roles", "replay", "analyze"]));
    for (const name of names) {
      const help = await plp([name, "--help"]);
      expect(help.out, name).toContain(`$ npx plp ${name}`);
      expect(help.exit).toBe(0);
    }
  });
});

describe("a command on files", () => {
  it("diff says what is wider, and exits 1 for it alone", async () => {
    const wider = await plp(["diff", narrow, wide, "--json"]);
    expect(JSON.parse(wider.out)).toEqual({
      verdict: "wider",
      added: [{ action: "s3:GetBucketPolicy", resource: "arn:aws:s3:::shop", condition: null }],
      removed: [],
    });
    expect(wider.exit).toBe(1);
    expect((await plp(["diff", wide, narrow])).exit).toBe(0);
    expect((await plp(["diff", wide, wide])).out).toContain("is equal");
  });

  it("fit cuts a policy into parts that hold all of it", async () => {
    const { out, exit } = await plp(["fit", wide, "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      exact: true,
      parts: [{ policy: allow("s3:ListBucket", "s3:GetBucketPolicy") }],
    });
    expect(exit).toBe(0);
  });

  it("fit divides what is too large, of whatever kind, and proves that it says the same", async () => {
    const actions = Array.from({ length: 90 }, (_, at) => `s3:Action${at}`);
    const large = file("large.json", {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: actions, Resource: "*" },
    });
    const { out, exit } = await plp(["fit", large, "--max", "500", "--json"]);
    const { parts, exact, rewritten } = JSON.parse(out);
    expect([exact, rewritten, exit]).toEqual([true, true, 0]);
    const sizes = parts.map(({ policy }: { policy: unknown }) => JSON.stringify(policy).length);
    expect(parts.map(({ size }: { size: number }) => size)).toEqual(sizes);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
    const pieces = parts.flatMap(({ policy }: { policy: { Statement: unknown[] } }) => policy.Statement);
    const held = pieces.flatMap((piece: { Action: string[] }) => piece.Action);
    expect(held.toSorted()).toEqual(actions.toSorted());
    expect((await plp(["fit", large, "--max", "500"])).out).toContain("proved to allow the same");
  });

  it("fit exits 1 with numbers when it does not fit", async () => {
    const odd = file("not-action.json", {
      Version: "2012-10-17",
      Statement: { Sid: "Most", Effect: "Allow", NotAction: ["iam:*", "sts:AssumeRole"], Resource: "*" },
    });
    const { out, exit } = await plp(["fit", odd, "--max", "100", "--json"]);
    const size = JSON.stringify(JSON.parse(out).parts[0].policy).length;
    expect([exit, JSON.parse(out)]).toMatchObject([
      1,
      {
        exact: false,
        rewritten: false,
        questions: [{ kind: "too-large", detail: expect.stringContaining(`"Most" ${size}`) }],
      },
    ]);
    expect((await plp(["fit", odd, "--max", "100"])).out).toContain("It does not fit: the policy has");
  });

  it("merge takes all parts of a policy, and changes only the one that grows", async () => {
    const queue = "arn:aws:sqs:eu-central-1:111122223333:shop";
    const part = (name: string, action: string) =>
      file(name, {
        Version: "2012-10-17",
        Statement: [{ Sid: `PlpPart${action.length}`, Effect: "Allow", Action: [action], Resource: queue }],
      });
    const existing = [part("prod.json", "sqs:SendMessage"), part("prod.2.json", "sqs:TagQueue")];
    const answer = (
      await plp(["merge", "--existing", ...existing, "--generated", existing[0] ?? "", "--json"])
    ).out;
    expect(JSON.parse(answer)).toMatchObject({
      ...{ kept: 1, added: [] },
      parts: [{ name: "prod.json" }, { name: "prod.2.json" }],
    });
  });

  it("merge adds what was generated, fills the environment's placeholders and asks about the rest", async () => {
    const generated = file("generated.json", {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sqs:CreateQueue",
          Resource: "arn:aws:sqs:${Region}:${Account}:${QueueName}",
        },
        { Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::shop" },
      ],
    });
    const environment = file("environment.json", {
      account_id: "111122223333",
      region: "eu-central-1",
      role_arn: "arn:aws:iam::111122223333:role/ci/shop-prod",
      policy_path: "policies/prod.json",
      generate: true,
    });
    const args = ["merge", "--existing", narrow, "--generated", generated, "--environment", environment];
    const { out, exit } = await plp([...args, "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      added: [
        { action: "sqs:CreateQueue", resource: "arn:aws:sqs:eu-central-1:111122223333:*", condition: null },
      ],
      removed: [],
      kept: 1,
      parts: [{ name: "policies/prod.json" }],
      questions: [{ kind: "placeholder" }],
      proof: { wider: false, outside: [] },
    });
    expect(exit).toBe(0);
  });

  it("merge names the field of an environment that is wrong", async () => {
    const environment = file("wrong.json", { account_id: "1111222233", region: "eu-central-1" });
    const args = ["merge", "--existing", narrow, "--generated", wide, "--environment", environment];
    expect(await plp(args)).toMatchObject({
      exit: 2,
      err: `plp: ${environment}: account_id must be 12 digits\n`,
    });
  });

  it("explain says which action a record is, and what is no record", async () => {
    const records = file("records.json", { Records: [record("ListBuckets"), 7, null] });
    const { out, exit } = await plp(["explain", records, "--json"]);
    expect(JSON.parse(out)).toMatchObject([
      {
        outcome: "authorized",
        roleArn: "arn:aws:iam::111122223333:role/ci/shop-prod",
        actions: [{ action: "s3:ListAllMyBuckets" }],
      },
      { outcome: "not-a-call" },
      { outcome: "not-a-call" },
    ]);
    expect(exit).toBe(0);
  });

  it("analyze reads past a damaged file, names it, exits 1 and keeps stdout one document", async () => {
    const logs = join(folder, "logs");
    file("logs/a.json.gz", gzipSync(JSON.stringify({ Records: [record("ListBuckets")] })));
    file("logs/b\u001b[31m.json.gz", gzipSync("x".repeat(500)).subarray(0, 20));
    file("logs/deep.json", "[".repeat(100_000));
    const { out, exit } = await plp(["analyze", "--cloudtrail", logs, "--json"]);
    const analysis = JSON.parse(out);
    expect(analysis).toMatchObject({
      events: { matched: 1 },
      roles: [
        {
          roleArn: "arn:aws:iam::111122223333:role/ci/shop-prod",
          actions: [{ action: "s3:ListAllMyBuckets" }],
        },
      ],
    });
    expect(analysis.files.bad).toHaveLength(2);
    expect(exit).toBe(1);
    const forPeople = await plp(["analyze", "--cloudtrail", logs]);
    expect(forPeople.out).toContain("2 files left out");
    expect(forPeople.out).not.toContain("\u001b");
  });

  it("risks says what could be misused, the worst first, with the statements and a public page", async () => {
    const policy = file("risky.json", {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "sqs:SendMessage", Resource: "*" },
        { Effect: "Allow", Action: "ssm:GetParameter*", Resource: "*" },
        { Effect: "Allow", Action: "iam:PutRolePolicy", Resource: "arn:aws:iam::*:role/ci/*" },
      ],
    });
    const { out, exit } = await plp(["risks", policy, "--json"]);
    expect(JSON.parse(out).risks).toMatchObject([
      {
        ...{ id: "iam-005", severity: "high", kind: "escalation", actions: ["iam:PutRolePolicy"] },
        ...{ statements: [2], reference: "https://pathfinding.cloud/paths/iam-005" },
        ...{ title: expect.any(String), why: expect.any(String), harmless: expect.any(String) },
      },
      { id: "parameters", severity: "medium", statements: [1] },
    ]);
    expect(exit).toBe(0);
    const people = await plp(["risks", policy]);
    expect(people.out).toMatch(/2 risks: 1 high, 1 medium\..*HIGH +Write a policy into a role \(iam-005\)/s);
    expect((await plp(["risks", narrow])).out).toContain("No risk of our table.");
    expect((await plp(["risks", policy, "--role", "shop"])).exit).toBe(2);
  });

  it("backtest says which recorded calls a policy would deny, and exits 1 for those alone", async () => {
    const logs = join(folder, "calls");
    const denied = { errorCode: "AccessDenied", errorMessage: "no" };
    const Records = [
      record("ListObjects", { eventID: "1" }),
      record("ListObjects", { eventID: "2", eventTime: "2026-03-04T10:00:00Z" }),
      record("GetBucketPolicy"),
      record("DeleteBucket", denied),
      record("NoSuchCallOfS3"),
    ];
    file("calls/a.json.gz", gzipSync(JSON.stringify({ Records })));
    const role = "arn:aws:iam::111122223333:role/ci/shop-prod";
    const args = ["backtest", "--cloudtrail", logs, "--role", role, "--policy"];
    const { out, exit } = await plp([...args, narrow, "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      ...{ calls: 4, allowed: 2 },
      wouldBeDenied: [
        { action: "s3:GetBucketPolicy", resource: "arn:aws:s3:::shop", count: 1, reason: "no-allow" },
      ],
      undecided: [{ action: "s3.amazonaws.com NoSuchCallOfS3", count: 1, lastSeen: null }],
      files: { read: 1, bad: [] },
    });
    expect(exit).toBe(1);
    expect(await plp([...args, wide])).toMatchObject({
      exit: 0,
      out: expect.stringContaining("0 of 4 calls would have been denied. 1 call cannot be decided."),
    });
    // The same in two parts, under a boundary that does not let it pass.
    const parts = await plp([...args, narrow, wide, "--boundary", narrow, "--json"]);
    expect(JSON.parse(parts.out)).toMatchObject({ wouldBeDenied: [{ reason: "boundary" }] });
  });

  it("backtest needs the ARN of a role, names a damaged log file and exits 1 for it", async () => {
    const logs = join(folder, "logs");
    const args = ["backtest", "--policy", wide, "--cloudtrail", logs, "--role"];
    expect(await plp([...args, "shop-prod"])).toMatchObject({
      exit: 2,
      err: expect.stringContaining('--role "shop-prod" is not the ARN of a role'),
    });
    const nobody = await plp([...args, "arn:aws:iam::111122223333:role/nobody"]);
    expect(nobody.out).toContain("0 of 0 calls would have been denied.");
    expect(nobody.out).toContain("2 files left out");
    expect(nobody.err).toContain("no call of arn:aws:iam::111122223333:role/nobody");
    expect(nobody.exit).toBe(1);
  });

  it("analyze says of a role that is not in the logs that it is not", async () => {
    const logs = join(folder, "logs");
    const arn = "arn:aws:iam::111122223333:role/nobody";
    const { out, err } = await plp(["analyze", "--cloudtrail", logs, "--role", arn, "--json"]);
    expect(JSON.parse(out).roles).toEqual([]);
    expect(err).toContain(`no call of ${arn}`);
  });
});
