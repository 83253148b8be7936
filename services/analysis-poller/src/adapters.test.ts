import { setTimeout as pause } from "node:timers/promises";
import { assumedSessions } from "@plp/clients";
import { parseSettings, systemClock } from "@plp/runtime";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openLogArchive } from "../../../packages/local-cloud/src/archive/index.ts";
import { awsEndpoint } from "../../../packages/local-cloud/src/aws/endpoint.ts";
import { type RunningServer, serve } from "../../../packages/local-cloud/src/aws/http.ts";
import { openIam } from "../../../packages/local-cloud/src/aws/iam/state.ts";
import { openJobs } from "../../../packages/local-cloud/src/aws/policy-generation-jobs.ts";
import { s3 } from "../../../packages/local-cloud/src/aws/s3.ts";
import { archiveBucket } from "../../../packages/local-cloud/src/aws/s3-buckets.ts";
import { hubCredentials, localCredentials } from "../../../packages/local-cloud/src/aws/signature.ts";
import {
  account,
  organization,
  otherAccount,
  roleArn,
  shopFiles,
  temporaryFolder,
  writeFiles,
} from "../../../packages/local-cloud/src/testing/logs.ts";
import { accessAnalyzer } from "./access-analyzer.ts";
import { iamLastAccessed } from "./last-accessed.ts";
import { readUsage } from "./read-usage.ts";
import { trailFiles } from "./trail-files.ts";

const settings = parseSettings({
  trail: { arn: `arn:aws:cloudtrail:eu-central-1:${account}:trail/organization`, bucket: "logs" },
  roles: { reader: "plp-reader", analyzer_service_role: "plp/analyzer" },
  repositories: [{ url: "http://127.0.0.1:1", project: "iam/roles" }],
});
const lane = { accountId: account, region: "eu-central-1" };
const window = { from: "2026-03-02T00:00:00.000Z", to: "2026-03-02T12:00:00.000Z" };

let folder: ReturnType<typeof temporaryFolder>;
let aws: RunningServer;
let storage: RunningServer;
let fault: "throttled" | "internal" | null;
let generationMs: number;

beforeEach(async () => {
  folder = temporaryFolder();
  fault = null;
  generationMs = 0;
  writeFiles(folder.path, shopFiles);
  const archive = await openLogArchive(folder.path);
  const credentials = localCredentials(systemClock);
  aws = await serve(
    awsEndpoint({
      archive,
      state: openIam({ folder: `${folder.path}/iam`, roles: organization.roles, clock: systemClock }),
      managementRole: "iam-management",
      jobs: openJobs(`${folder.path}/state/jobs.state`, systemClock),
      credentials,
      readerRole: "plp-reader",
      now: () => systemClock.now(),
      duration: () => generationMs,
      fault: () => fault,
    }),
    0,
  );
  storage = await serve(s3({ credentials, buckets: new Map([["logs", archiveBucket(archive)]]) }), 0);
  // The adapters make their own clients, as on AWS: these variables are how an SDK finds another endpoint.
  vi.stubEnv("AWS_ENDPOINT_URL_ACCESSANALYZER", aws.url);
  vi.stubEnv("AWS_ENDPOINT_URL_IAM", aws.url);
  vi.stubEnv("AWS_ENDPOINT_URL_S3", storage.url);
  vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await aws.stop();
  await storage.stop();
  folder.remove();
});

const sessions = () =>
  assumedSessions({
    region: "eu-central-1",
    readerRole: "plp-reader",
    credentials: hubCredentials,
    endpoint: aws.url,
  });
const analyzer = () => accessAnalyzer(sessions(), settings);
const job = (clientToken = "token-1") => ({ principalArn: roleArn, window, clientToken });

describe("Access Analyzer", () => {
  it("starts a generation of the window, lists it, and hands out AWS's documents as they are", async () => {
    const started = await analyzer().start(lane, job());
    if (started.kind !== "started") throw new Error(started.kind);
    expect(await analyzer().list(lane)).toMatchObject([{ job: started.job, principalArn: roleArn }]);
    const result = await analyzer().get(lane, started.job);
    expect(result).toMatchObject({ status: "SUCCEEDED", window, error: null });
    expect(result.endedAt).not.toBeNull();
    expect(result.policies.join()).toContain("ec2:RunInstances");
    expect(result.policies.join()).toContain("ec2:GetPasswordData");
  });

  it("starts nothing twice under one token", async () => {
    const [first, second] = [await analyzer().start(lane, job()), await analyzer().start(lane, job())];
    expect(second).toEqual(first);
    expect(await analyzer().list(lane)).toHaveLength(1);
  });

  it("says busy, not failed, while another generation runs; and sees a cancelled one", async () => {
    generationMs = 3_600_000;
    const started = await analyzer().start(lane, job());
    expect(["busy", "quota"]).toContain((await analyzer().start(lane, job("token-2"))).kind);
    if (started.kind !== "started") throw new Error(started.kind);
    expect(await analyzer().get(lane, started.job)).toMatchObject({
      status: "IN_PROGRESS",
      endedAt: null,
      window,
    });
    await analyzer().cancel(lane, started.job);
    expect(await analyzer().get(lane, started.job)).toMatchObject({ status: "CANCELED" });
  });

  it("says quota, not failed, when the day's generations are used up", async () => {
    for (let i = 0; i < 50; i++) await analyzer().start(lane, job(`token-${i}`));
    expect(await analyzer().start(lane, job("one-more"))).toEqual({ kind: "quota" });
    expect(await analyzer().list(lane)).toHaveLength(50);
  });

  it("throws a transient fault when AWS throttles or fails, a permanent one for what it does not know", async () => {
    const real = analyzer();
    await real.list(lane);
    fault = "throttled";
    await expect(real.list(lane)).rejects.toMatchObject({ retryable: true, retryAfterSeconds: 2 });
    fault = "internal";
    await expect(real.list(lane)).rejects.toMatchObject({ retryable: true });
    fault = null;
    await expect(real.get(lane, "00000000-0000-0000-0000-000000000000")).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining("cannot read policy generation"),
    });
  });

  it("says which account has no reader, and what to do", async () => {
    await expect(
      analyzer().list({ accountId: "999999999999", region: "eu-central-1" }),
    ).rejects.toMatchObject({
      code: "aws-session",
      retryable: false,
      message: expect.stringContaining("deploy the account's stack"),
    });
  });
});

describe("IAM's services last accessed", () => {
  it("are generated and read within one session", async () => {
    const found = await iamLastAccessed(sessions(), pause).services(lane, roleArn);
    if (found === "not-ready") throw new Error(found);
    const names = found.map(({ service }) => service);
    expect(names).toContain("s3");
    expect(new Set(names).size).toBe(names.length);
    expect(found.find(({ service }) => service === "s3")?.lastAuthenticated).toMatch(/^2026-03-02T/);
  });

  it("that are not ready in time are for the next delivery", async () => {
    expect(await iamLastAccessed(sessions(), async () => undefined).services(lane, roleArn)).toBe(
      "not-ready",
    );
  });

  it("of a role that is gone are a permanent fault that names it", async () => {
    const gone = `arn:aws:iam::${account}:role/gone`;
    await expect(
      iamLastAccessed(sessions(), async () => undefined).services(lane, gone),
    ).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining(gone),
    });
  });
});

describe("The trail's files", () => {
  const files = () => trailFiles(sessions(), settings.trail);

  it("of one hour are those whose name says so, and are read as usage", async () => {
    const hour = { accountId: account, region: "eu-central-1", hour: "2026-03-02T10" };
    const listed = await files().list(hour);
    expect(listed.map(({ key }) => key)).toEqual([expect.stringContaining("_20260302T1005Z_")]);
    const [file] = listed;
    const bytes = await files().read(account, file?.key ?? "");
    const usage = readUsage([{ key: file?.key ?? "", bytes }]);
    expect(usage.bad).toEqual([]);
    expect(usage.roles).toMatchObject([{ roleArn }]);
    expect(await files().list({ ...hour, hour: "2026-03-02T09" })).toEqual([]);
  });

  it("that are damaged are told, and the others still count", async () => {
    const [good] = await files().list({ accountId: account, region: "eu-central-1", hour: "2026-03-02T10" });
    const bytes = await files().read(account, good?.key ?? "");
    const usage = readUsage([
      { key: good?.key ?? "", bytes },
      { key: good?.key.replace("T1005Z", "T1006Z") ?? "", bytes: bytes.slice(0, 20) },
    ]);
    expect(usage.bad).toHaveLength(1);
    expect(usage.roles).toHaveLength(1);
  });

  it("of another account are refused by the bucket, for good", async () => {
    const [file] = await files().list({ accountId: account, region: "eu-central-1", hour: "2026-03-02T10" });
    await expect(files().read(otherAccount, file?.key ?? "")).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining("cannot read logs/AWSLogs/"),
    });
  });
});
