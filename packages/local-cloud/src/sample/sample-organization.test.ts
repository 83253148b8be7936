import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MadeOrganization, makeGeneratedOrganization, makeSampleOrganization } from "./index.ts";

const end = new Date("2026-11-23T05:00:00Z");
const folders: string[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "plp-sample-"));
  folders.push(made);
  return made;
}

const filesOf = (logs: string) =>
  readdirSync(logs, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json.gz"))
    .sort();

function fingerprint(made: MadeOrganization): string {
  const hash = createHash("sha256");
  for (const name of filesOf(made.logs)) hash.update(name).update(readFileSync(join(made.logs, name)));
  const { logs: _, ...rest } = made;
  return hash.update(JSON.stringify({ ...rest, files: [...made.files] })).digest("hex");
}

interface Logged {
  readonly eventID: string;
  readonly eventTime: string;
  readonly awsRegion: string;
  readonly recipientAccountId: string;
  readonly errorCode?: string;
  readonly sharedEventID?: string;
  readonly userIdentity: { readonly type: string };
}

const stampOf = (name: string) =>
  (/_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_[A-Z0-9]{16}\.json\.gz$/.exec(name) ?? []).slice(1).map(Number);

function deliveredAt(name: string): number {
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0] = stampOf(name);
  return Date.UTC(year, month - 1, day, hours, minutes, 59);
}

let sample: MadeOrganization;
const records: { readonly file: string; readonly record: Logged }[] = [];

beforeAll(async () => {
  sample = await makeSampleOrganization({ seed: "test", end, directory: folder() });
  for (const file of filesOf(sample.logs)) {
    if (file === sample.damagedFile) continue;
    const { Records } = JSON.parse(gunzipSync(readFileSync(join(sample.logs, file))).toString()) as {
      Records: Logged[];
    };
    for (const record of Records) records.push({ file, record });
  }
}, 60_000);

afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

describe("the sample organization", () => {
  it("is the same to the byte for the same seed and end", async () => {
    const again = await makeSampleOrganization({ seed: "test", end, directory: folder() });
    expect(fingerprint(again)).toBe(fingerprint(sample));
  });

  it("has fourteen roles in four accounts, ten of them in scope and one in enforce", () => {
    const environments = [...sample.files]
      .filter(([path]) => path.endsWith("/plp.outputs.json"))
      .flatMap(
        ([, content]) =>
          Object.values(JSON.parse(content).plp.value.environments) as Record<string, unknown>[],
      );
    expect(environments).toHaveLength(14);
    expect(environments.filter((it) => it.generate === true)).toHaveLength(10);
    expect(environments.filter((it) => it.mode === "enforce")).toHaveLength(1);
    expect(new Set(environments.map((it) => it.account_id)).size).toBe(4);
    expect(new Set(environments.map((it) => it.role_arn))).toEqual(new Set(sample.roles.map((it) => it.arn)));
  });

  it("attaches the initial policy to every role but the one in enforce, as the files say", () => {
    for (const role of sample.roles) {
      const [, application, environment] = /role\/ci\/(\w+)-(\w+)$/.exec(role.arn) ?? [];
      const attached = Object.fromEntries(role.policies.map(({ name, document }) => [name, document]));
      const file = (path: string) =>
        JSON.parse(sample.files.get(`${application}/policies/${path}`) ?? "null");
      const isEnforced = role.arn.endsWith("/search-prod");
      expect(attached[`ci/${application}-${environment}-initial`] ?? null).toEqual(
        isEnforced ? null : file(`initial/${environment}.json`),
      );
      expect(attached[`ci/${application}-${environment}-generated`] ?? null).toEqual(
        file(`${environment}.json`),
      );
    }
  });

  it("delivers its logs as CloudTrail does: in its layout, after the events, some minutes late", () => {
    expect(sample.logFiles).toBeGreaterThan(250);
    expect(sample.logEvents).toBeGreaterThan(35_000);
    let late = 0;
    const misplaced = new Set<string>();
    for (const { file, record } of records) {
      const { recipientAccountId: account, awsRegion: region } = record;
      const day = new Date(deliveredAt(file)).toISOString().slice(0, 10).replaceAll("-", "/");
      const place = `AWSLogs/${account}/CloudTrail/${region}/${day}/${account}_CloudTrail_${region}_`;
      if (!file.startsWith(place)) misplaced.add(file);
      const age = deliveredAt(file) - Date.parse(record.eventTime);
      if (age < 0 || deliveredAt(file) > end.getTime() + 60_000) misplaced.add(file);
      if (age > 30 * 60_000) late++;
    }
    expect([...misplaced]).toEqual([]);
    expect(late).toBeGreaterThan(0);
    const times = records.map(({ record }) => Date.parse(record.eventTime));
    const days = (Math.max(...times) - Math.min(...times)) / 86_400_000;
    expect(days).toBeGreaterThan(8);
    expect(days).toBeLessThan(9.5);
  });

  it("repeats some records, each with the same content, and damages one file", () => {
    const byId = new Map<string, string>();
    let repeated = 0;
    const changed: string[] = [];
    for (const { record } of records) {
      const text = JSON.stringify(record);
      const known = byId.get(record.eventID);
      if (known !== undefined) repeated++;
      if (known !== undefined && known !== text) changed.push(record.eventID);
      byId.set(record.eventID, text);
    }
    expect(repeated).toBeGreaterThan(5);
    expect(changed).toEqual([]);
    expect(byId.size).toBe(sample.logEvents);
    const damaged = readFileSync(join(sample.logs, sample.damagedFile ?? ""));
    expect(() => gunzipSync(damaged)).toThrow(/unexpected end of file/);
  });

  it("has others than pipelines in its logs, and acts that two accounts recorded", () => {
    const types = new Set(records.map(({ record }) => record.userIdentity.type));
    expect([...types].sort()).toEqual([
      "AWSAccount",
      "AWSService",
      "AssumedRole",
      "IAMUser",
      "WebIdentityUser",
    ]);
    const shared = new Map<string, Set<string>>();
    for (const { record } of records) {
      if (record.sharedEventID === undefined) continue;
      const accounts = shared.get(record.sharedEventID) ?? new Set();
      shared.set(record.sharedEventID, accounts.add(record.recipientAccountId));
    }
    expect(shared.size).toBeGreaterThan(10);
    expect([...shared.values()].filter((accounts) => accounts.size === 2).length).toBeGreaterThan(10);
  });

  it("names no account but those of documentation, and no secret", () => {
    const accounts = new Set<string | undefined>();
    const tokens = new Set<string | undefined>();
    for (const file of new Set(records.map((it) => it.file))) {
      const text = gunzipSync(readFileSync(join(sample.logs, file))).toString();
      for (const [, id] of text.matchAll(/:(\d{12}):/g)) accounts.add(id);
      for (const [, token] of text.matchAll(/"sessionToken":"([^"]*)"/g)) tokens.add(token);
    }
    expect([...accounts].sort()).toEqual(["111122223333", "222233334444", "444455556666", "777788889999"]);
    expect([...tokens]).toEqual(["EXAMPLE"]);
  });
});

describe("a generated organization", () => {
  const options = { seed: "test", roles: 41, accounts: 7, end, eventsPerRole: 120 };

  it("has as many roles and accounts as asked for, applications of one to three roles, and logs of each role", async () => {
    const made = await makeGeneratedOrganization({ ...options, directory: folder() });
    expect(made.roles).toHaveLength(41);
    expect(made.accounts).toBe(7);
    expect(made.roles.every((role) => role.lastUsed !== null)).toBe(true);
    const sizes = [...made.files]
      .filter(([path]) => path.endsWith("/plp.outputs.json"))
      .map(([, content]) => Object.keys(JSON.parse(content).plp.value.environments).length);
    expect([...new Set(sizes)].sort()).toEqual([1, 2, 3]);
    expect(made.logEvents / 41).toBeGreaterThan(60);
    expect(made.logEvents / 41).toBeLessThan(240);
  });

  it("is the same to the byte for the same options, and another for another seed", async () => {
    const one = await makeGeneratedOrganization({ ...options, directory: folder() });
    const two = await makeGeneratedOrganization({ ...options, directory: folder() });
    const other = await makeGeneratedOrganization({ ...options, seed: "other", directory: folder() });
    expect(fingerprint(two)).toBe(fingerprint(one));
    expect(fingerprint(other)).not.toBe(fingerprint(one));
  });
});
