import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { callerOf, type Evidence, parseRecord, readRecord } from "@plp/cloudtrail";
import { emptyPolicy, evaluate, type Policy, parsePolicy, printPolicy, type Verdict } from "@plp/iam-policy";
import { matchesGlob } from "@plp/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MadeOrganization, makeGeneratedOrganization, makeSampleOrganization } from "./index.ts";

const end = new Date("2026-11-23T05:00:00Z");
const folders: string[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "plp-consistent-"));
  folders.push(made);
  return made;
}

interface Refusal {
  readonly roleArn: string;
  readonly action: string;
  readonly resource: string;
}

interface Used {
  readonly evidence: ReadonlyMap<string, { readonly roleArn: string; readonly evidence: Evidence }>;
  readonly refused: ReadonlyMap<string, Refusal>;
  readonly unmapped: ReadonlySet<string>;
}

type Raw = Record<"eventSource" | "eventName" | "requestParameters" | "errorMessage", unknown>;

/** What the logs say of the organization's own roles, each kind of call once. */
function read(made: MadeOrganization): Used {
  const own = new Set(made.roles.map((role) => role.arn));
  const seen = new Set<string>();
  const evidence = new Map<string, { roleArn: string; evidence: Evidence }>();
  const refused = new Map<string, Refusal>();
  const unmapped = new Set<string>();
  for (const name of readdirSync(made.logs, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".json.gz") || name === made.damagedFile) continue;
    const { Records } = JSON.parse(gunzipSync(readFileSync(join(made.logs, name))).toString()) as {
      Records: readonly Raw[];
    };
    for (const raw of Records) {
      const record = parseRecord(raw);
      const roleArn = record === null ? undefined : callerOf(record)?.roleArn;
      if (record === null || roleArn === undefined || !own.has(roleArn)) continue;
      const kind = JSON.stringify([
        roleArn,
        raw.eventSource,
        raw.eventName,
        raw.requestParameters,
        raw.errorMessage,
      ]);
      if (seen.has(kind)) continue;
      seen.add(kind);
      const reading = readRecord(record);
      if (reading.kind === "unmapped") unmapped.add(`${raw.eventSource} ${raw.eventName}`);
      if (reading.kind !== "call") continue;
      for (const one of reading.evidence) {
        evidence.set(JSON.stringify([roleArn, one.action, one.resource, one.condition, one.outcome]), {
          roleArn,
          evidence: one,
        });
      }
      const message = typeof raw.errorMessage === "string" ? raw.errorMessage : "";
      const [, action, resource] =
        /not authorized to perform: (\S+) on resource: (\S+) because no identity-based policy/.exec(
          message,
        ) ?? [];
      if (action !== undefined && resource !== undefined) refused.set(kind, { roleArn, action, resource });
    }
  }
  return { evidence, refused, unmapped };
}

function attached(made: MadeOrganization, roleArn: string): readonly Policy[] {
  const role = made.roles.find((it) => it.arn === roleArn);
  return (role?.policies ?? []).map(({ name, document }) => parsePolicy(document, name));
}

function verdicts(
  policies: readonly Policy[],
  { action, resource, condition }: Evidence,
): readonly Verdict[] {
  const context = Object.fromEntries(
    Object.values(condition ?? {}).flatMap((keys) =>
      Object.entries(keys).map(([key, values]) => [key.toLowerCase(), values] as const),
    ),
  );
  return policies.map((policy) => evaluate(policy, { action, resource: resource ?? "*", context }));
}

/** For a call whose record does not tell the resource: does some Allow speak of the action at all? */
function allowsSomewhere(policies: readonly Policy[], action: string): boolean {
  return policies
    .flatMap((policy) => policy.statements)
    .filter((statement) => statement.effect === "Allow")
    .some((statement) =>
      (statement.actions ?? []).some((it) => matchesGlob(it.toLowerCase(), action.toLowerCase())),
    );
}

function isAllowed(policies: readonly Policy[], evidence: Evidence): boolean {
  if (evidence.resource === null) return allowsSomewhere(policies, evidence.action);
  const found = verdicts(policies, evidence);
  return found.includes("allowed") && !found.includes("denied");
}

/** What was used although nothing attached allows it. */
function contradictions(made: MadeOrganization, used: Used): string[] {
  return [...used.evidence.values()]
    .filter(({ evidence }) => evidence.outcome !== "denied")
    .filter(({ roleArn, evidence }) => !isAllowed(attached(made, roleArn), evidence))
    .map(({ roleArn, evidence }) => `${roleArn} ${evidence.action} ${evidence.resource}`);
}

/** The role's generated policy as the repository has it. */
function generated(made: MadeOrganization, roleArn: string): Policy {
  const [, application, environment] = /role\/ci\/(\w+)-(\w+)$/.exec(roleArn) ?? [];
  const text = made.files.get(`${application}/policies/${environment}.json`);
  return text === undefined ? emptyPolicy : parsePolicy(text, roleArn);
}

let sample: MadeOrganization;
let used: Used;

beforeAll(async () => {
  sample = await makeSampleOrganization({ seed: "test", end, directory: folder() });
  used = read(sample);
}, 120_000);

afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

describe("the sample organization is consistent", () => {
  it("allows every call that was not refused by what is attached to its role", () => {
    expect(used.evidence.size).toBeGreaterThan(500);
    expect(contradictions(sample, used)).toEqual([]);
  });

  it("allows no call that an identity policy refused", () => {
    const roles = new Set<string>();
    for (const { roleArn, action, resource } of used.refused.values()) {
      roles.add(roleArn);
      const answers = attached(sample, roleArn).map((policy) => evaluate(policy, { action, resource }));
      expect(answers, `${roleArn} ${action} ${resource}`).not.toContain("allowed");
      expect(answers, `${roleArn} ${action} ${resource}`).not.toContain("cannot-tell");
    }
    expect(roles.size).toBeGreaterThanOrEqual(5);
  });

  it("has a refusal by a service control policy of what the role's policies allow", () => {
    const scp = [...used.evidence.values()].filter(({ evidence }) => evidence.deniedBy === "scp");
    expect(scp.map(({ evidence }) => evidence.action)).toEqual(["kms:ScheduleKeyDeletion"]);
    for (const { roleArn, evidence } of scp)
      expect(isAllowed(attached(sample, roleArn), evidence)).toBe(true);
  });

  it("calls nothing that cannot be mapped to an action of AWS's list", () => {
    expect([...used.unmapped]).toEqual([]);
  });

  it("gives the role in enforce a complete policy, and leaves every other one in scope something to add", () => {
    const open = new Map<string, number>();
    for (const { roleArn, evidence } of used.evidence.values()) {
      if (evidence.outcome === "denied" || roleArn.endsWith("-sandbox")) continue;
      const missing = isAllowed([generated(sample, roleArn)], evidence) ? 0 : 1;
      open.set(roleArn, (open.get(roleArn) ?? 0) + missing);
    }
    const complete = [...open]
      .filter(([, missing]) => missing === 0)
      .map(([roleArn]) => roleArn.split("/").at(-1));
    expect(open.size).toBe(10);
    expect(complete).toEqual(["search-prod"]);
  });

  it("writes policy files as PLP prints them", () => {
    const policies = [...sample.files].filter(([path]) => /^\w+\/policies\/\w+\.json$/.test(path));
    expect(policies).toHaveLength(7);
    for (const [path, text] of policies) expect(printPolicy(parsePolicy(text, path))).toBe(text);
  });
});

describe("a generated organization is consistent", () => {
  it("allows every call by what is attached to its role", async () => {
    const options = { seed: "test", roles: 40, accounts: 4, eventsPerRole: 150, end };
    const made = await makeGeneratedOrganization({ ...options, directory: folder() });
    expect(contradictions(made, read(made))).toEqual([]);
  }, 60_000);
});
