import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  analyzeFolder,
  createUsage,
  deliveredAt,
  type Evidence,
  type HourUsage,
  listLogFiles,
  mapRecord,
  parseRecord,
  readFolder,
  readLogFile,
  readRecord,
  type TrailRecord,
} from "@plp/cloudtrail";
import { findAction } from "@plp/iam-policy";
import type { HourUsage as StoredUsage } from "@plp/usage";
import { describe, expect, it } from "vitest";
import { writeLogs } from "../bench/logs.ts";
import { needsSharedData, sharedData } from "../shared-data.ts";
import { skipUnless } from "../support/skip.ts";

interface Labelled {
  readonly eventSource: string;
  readonly eventName: string;
  readonly action: string;
  readonly resource?: string | null;
  readonly requestParameters?: Readonly<Record<string, unknown>> | null;
  readonly awsRegion?: string;
  readonly accountId?: string;
  readonly note?: string;
}

function path(...parts: readonly string[]): string {
  const whole = sharedData(...parts);
  if (whole === undefined) throw new Error(`../shared/data/${parts.join("/")} is missing.`);
  return whole;
}

function labelled(name: string): readonly Labelled[] {
  return JSON.parse(readFileSync(path("conformance", name), "utf8")) as readonly Labelled[];
}

function recordOf(fields: object): TrailRecord {
  const record = parseRecord(fields);
  if (record === null) throw new Error("The entry is no object.");
  return record;
}

function actionsOf(fields: object): readonly string[] {
  const mapping = mapRecord(recordOf(fields));
  return mapping.kind === "actions" ? mapping.actions.map(({ action }) => action) : [];
}

function evidenceOf(fields: object): readonly Evidence[] {
  const reading = readRecord(recordOf(fields));
  return reading.kind === "call" ? reading.evidence : [];
}

/**
 * Is it the thing that the message of a denial names? Account ids were replaced one by one; AWS names a thing that
 * is not there (or may not be told) by its type and a star, or by two stars where it stopped before looking for it.
 */
function isNamedBy(resource: string, named: string): boolean {
  const [thing, other] = [resource, named].map((arn) => arn.split(":").slice(5).join(":"));
  const [kind, wanted] = [thing, other].map((text) => text?.split("/")[0]);
  return other === "*/*" || (other?.endsWith("/*") === true ? kind === wanted : thing === other);
}

async function recordsBelow(...parts: readonly string[]): Promise<readonly unknown[]> {
  const { files } = await listLogFiles(path(...parts));
  return files.flatMap((file) => readLogFile(readFileSync(file), file).records);
}

describe("generated logs of a week's pipelines", () => {
  it("tell by skimming, in several threads, what they tell by parsing", async () => {
    const dir = mkdtempSync(join(tmpdir(), "plp-generated-"));
    try {
      const options = { dir, files: 60, recordsPerFile: 120, roles: 10, seed: 7 };
      const records = writeLogs(options);
      const usage = createUsage();
      const { files } = await listLogFiles(dir);
      for (const file of files) {
        usage.add(readLogFile(readFileSync(file), file).records, { deliveredAt: deliveredAt(file) });
      }
      const read = await readFolder({ dir });
      expect(read.usage.counts()).toEqual(usage.counts());
      expect(read.usage.roles()).toEqual(usage.roles());
      expect(usage.counts()).toMatchObject({ records, shared: 0, unreadable: 0 });
      expect(usage.counts().duplicates).toBeGreaterThan(0);
      const [one] = usage.roles();
      const roles = [one?.roleArn ?? ""];
      expect((await readFolder({ dir, roles })).usage.roles()).toEqual([one]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe("the shapes of packages that may not import each other", () => {
  it("a usage is what the usage store takes", () => {
    const usage: HourUsage = { roleArn: "arn:aws:iam::111122223333:role/x", permissions: [], unmapped: [] };
    const stored: StoredUsage = usage;
    expect(stored).toBe(usage);
  });
});

skipUnless(needsSharedData("conformance"))("calls whose action others have named", () => {
  it("maps every denial that names its action", () => {
    const all = labelled("denied-event-to-action.json");
    expect(all).toHaveLength(110);
    expect(all.filter((entry) => !actionsOf(entry).includes(entry.action))).toEqual([]);
  });

  it("finds the resource of denials that have parameters, and tells none where there are none", () => {
    const misses: string[] = [];
    let scored = 0;
    for (const entry of labelled("denied-event-to-action.json")) {
      const { action, resource, requestParameters, accountId } = entry;
      const found = evidenceOf({ ...entry, recipientAccountId: accountId });
      const resources = found.filter((one) => one.action === action).map((one) => one.resource);
      const types = findAction(action)?.resourceTypes ?? [];
      if (requestParameters === null || requestParameters === undefined) {
        expect(resources, action).toEqual([types.length === 0 ? "*" : null]);
      } else if (resource?.startsWith("arn:") && types.length > 0) {
        scored += 1;
        if (!resources.some((one) => one !== null && isNamedBy(one, resource))) {
          misses.push(`${action}: ${resource}, not ${resources.join(", ")}`);
        }
      }
    }
    expect(misses).toEqual([]);
    expect(scored).toBeGreaterThanOrEqual(15);
  });

  it("maps what others labelled, but for two calls that need no permission", () => {
    const all = labelled("labelled-event-to-action.json").filter(
      ({ note }) => !note?.includes("do not score"),
    );
    const misses = all
      .filter((entry) => !actionsOf(entry).includes(entry.action))
      .map(({ action }) => action);
    expect(all.length).toBeGreaterThan(200);
    expect(misses).toEqual(["sts:GetCallerIdentity", "sts:GetSessionToken"]);
  });
});

interface SdkMap {
  readonly sdk_service_mappings: Readonly<Record<string, string>>;
  readonly sdk_method_iam_mappings: Readonly<Record<string, readonly { readonly action: string }[]>>;
}

/** Where the map's prefix is not the one whose name the calls are logged under. */
const sources: Readonly<Record<string, string>> = {
  ApiGatewayManagementApi: "execute-api",
  IoTWireless: "iotwireless",
};

/** Calls whose actions depend on what the request holds; unit tests cover them. */
const byParameters = [
  "ExecuteStatement",
  "BatchExecuteStatement",
  "ExecuteTransaction",
  "TransactWriteItems",
  "TagResource",
];

skipUnless(needsSharedData("conformance"))("SDK methods whose action is not their name", () => {
  it("maps at least 95 % of those whose own name is no action", () => {
    const text = readFileSync(path("conformance", "sdk-method-to-actions.json"), "utf8");
    const { sdk_service_mappings, sdk_method_iam_mappings } = JSON.parse(text) as SdkMap;
    const misses: string[] = [];
    let scored = 0;
    for (const [method, entries] of Object.entries(sdk_method_iam_mappings)) {
      const [service = "", eventName = ""] = method.split(".");
      const prefix = sdk_service_mappings[service] ?? service.toLowerCase();
      const wanted = entries
        .map(({ action }) => findAction(action)?.action)
        .filter((action) => action !== undefined);
      const own = wanted.filter((action) => !action.startsWith("iam:"));
      if (
        findAction(`${prefix}:${eventName}`) !== undefined ||
        own.length === 0 ||
        byParameters.includes(eventName)
      )
        continue;
      scored += 1;
      const actions = actionsOf({ eventSource: `${sources[service] ?? prefix}.amazonaws.com`, eventName });
      if (!own.some((action) => actions.includes(action))) misses.push(`${method}: ${own.join(", ")}`);
    }
    expect(scored).toBeGreaterThanOrEqual(200);
    // A query needs several actions on several tables, and no record says which.
    expect(misses).toEqual([expect.stringContaining("TimestreamQuery.Query")]);
  });
});

/**
 * What nobody can map, and why. The first is a call of the Marketplace's own pages: "Actions, resources, and condition
 * keys for AWS Marketplace Discovery" lists every operation of that source with its action, and not this one.
 */
const withoutAction: Readonly<Record<string, string>> = {
  "discovery-marketplace.amazonaws.com GetListingView": "AWS tells actions of nine other operations",
};

/** In records that were written by hand for the tests of rules: the call, and the real one of that name or nearest to it. */
const invented: Readonly<Record<string, string>> = {
  "cloudtrail.amazonaws.com DeleteRule": "events:DeleteRule",
  "cloudtrail.amazonaws.com DescribeTrail": "cloudtrail:DescribeTrails",
  "iam.amazonaws.com DescribePolicy": "organizations:DescribePolicy",
  "iam.amazonaws.com NotCreateUser": "iam:CreateUser",
  "iam.amazonaws.com PutPolicy": "iam:PutRolePolicy",
  "s3.amazonaws.com SetQueueAttributes": "sqs:SetQueueAttributes",
};

skipUnless(needsSharedData("conformance"))("calls that are said to be invented", () => {
  it("are no method of any SDK of their service", () => {
    const text = readFileSync(path("conformance", "sdk-method-to-actions.json"), "utf8");
    const { sdk_service_mappings, sdk_method_iam_mappings } = JSON.parse(text) as SdkMap;
    const methods = new Set(
      Object.keys(sdk_method_iam_mappings).map((method) => {
        const [service = "", name = ""] = method.split(".");
        return `${sdk_service_mappings[service] ?? service.toLowerCase()}.amazonaws.com ${name}`;
      }),
    );
    for (const real of ["cloudtrail.amazonaws.com DescribeTrails", "iam.amazonaws.com CreateUser"]) {
      expect(methods).toContain(real);
    }
    expect(Object.keys(invented).filter((call) => methods.has(call))).toEqual([]);
  });

  it("are no action of AWS's list under their own name, and resemble one that is", () => {
    for (const [call, real] of Object.entries(invented)) {
      expect(findAction(call.replace(".amazonaws.com ", ":"))).toBeUndefined();
      expect(findAction(real)?.action).toBe(real);
    }
    expect(findAction("aws-marketplace:GetListing")).toBeDefined();
    expect(findAction("aws-marketplace:GetListingView")).toBeUndefined();
  });
});

/** With the members of every object in one order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}

skipUnless(needsSharedData("cloudtrail"))("over all recorded logs", () => {
  it("reads every file, and emits only actions of AWS's list", async () => {
    const { usage, files } = await readFolder({ dir: path("cloudtrail") });
    expect(files.bad).toEqual([]);
    expect(files.read).toBeGreaterThan(400);
    expect(usage.counts()).toMatchObject({ unreadable: 0, outsideWindow: 0 });
    expect(usage.counts().records).toBeGreaterThan(3_800);
    for (const { action } of usage.roles().flatMap(({ permissions }) => permissions)) {
      expect(findAction(action)?.action).toBe(action);
    }
  });

  it("counts every record that differs from all others, also where they share an id", async () => {
    const different = new Set<string>();
    const byId = new Map<string, Set<string>>();
    let withoutId = 0;
    for (const raw of await recordsBelow("cloudtrail")) {
      const { eventID } = raw as { readonly eventID?: unknown };
      const text = JSON.stringify(inOrder(raw));
      if (typeof eventID !== "string" || eventID === "") withoutId += 1;
      else {
        different.add(text);
        byId.set(eventID, (byId.get(eventID) ?? new Set()).add(text));
      }
    }
    const { usage } = await readFolder({ dir: path("cloudtrail") });
    const { records, duplicates } = usage.counts();
    expect(records - duplicates).toBe(different.size + withoutId);
    const sharing = [...byId.values()]
      .filter(({ size }) => size > 1)
      .reduce((sum, { size }) => sum + size, 0);
    expect(sharing).toBeGreaterThanOrEqual(207);
  });

  it("leaves unmapped one call for which AWS's list has no action, and six that AWS does not have", async () => {
    const { usage } = await readFolder({ dir: path("cloudtrail") });
    const unmapped = usage.roles().flatMap((role) => role.unmapped);
    expect(unmapped.map(({ eventSource, eventName }) => `${eventSource} ${eventName}`).sort()).toEqual(
      Object.keys({ ...withoutAction, ...invented }).sort(),
    );
    expect(unmapped.every(({ count }) => count === 1)).toBe(true);
  });

  it("grants nothing that was only denied", async () => {
    const authorized = new Set<string>();
    for (const raw of await recordsBelow("cloudtrail")) {
      for (const { action, outcome } of evidenceOf(raw as object)) {
        if (outcome !== "denied") authorized.add(action);
      }
    }
    const { roles } = await analyzeFolder({ dir: path("cloudtrail") });
    for (const role of roles) {
      const denied = new Set(role.denied.map(({ action }) => action));
      for (const { action } of role.actions) denied.delete(action);
      const granted = role.policy.Statement.flatMap(({ Action }) => Action as readonly string[]);
      expect(granted.filter((action) => denied.has(action) || !authorized.has(action))).toEqual([]);
    }
  });
});

skipUnless(needsSharedData("cloudtrail-derived", "invictus"))("over deployment roles of one account", () => {
  it("maps every call but two kinds of the console", async () => {
    const { roles, events, files } = await analyzeFolder({ dir: path("cloudtrail-derived", "invictus") });
    expect(files.bad).toEqual([]);
    expect(events).toEqual({ records: 2_748, duplicates: 0, outsideWindow: 0, matched: 2_748 });
    expect(roles.map(({ roleArn }) => roleArn.split("/").at(-1))).toEqual([
      "analyst-benjamin",
      "deploy-stratus-warmup",
      "operator-bert-jan",
      "stratus-detonation",
    ]);
    const unmapped = roles.flatMap((role) => role.unmapped.map(({ eventName }) => eventName));
    expect([...new Set(unmapped)]).toEqual(["GetStorageLensDashboardDataInternal"]);
  });

  it("grants what was used and nothing that was only denied", async () => {
    const { roles } = await analyzeFolder({ dir: path("cloudtrail-derived", "invictus") });
    for (const { actions, denied, policy } of roles) {
      const granted = new Set(policy.Statement.flatMap(({ Action }) => Action as readonly string[]));
      const used = actions.map(({ action }) => action);
      expect([...granted].sort()).toEqual([...new Set(used)].sort());
      expect(denied.filter(({ action }) => granted.has(action) && !used.includes(action))).toEqual([]);
    }
  });
});
