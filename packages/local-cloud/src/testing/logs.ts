import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { LocalOrganization, LocalRole } from "../organization.ts";

export const account = "111122223333";
export const otherAccount = "444455556666";
export const roleArn = `arn:aws:iam::${account}:role/ci/shop-prod`;

/** An empty folder that is gone after the test. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "plp-local-cloud-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

let events = 0;

/** A record of a call by the role, as CloudTrail writes it. */
export function record(call: string, eventTime: string, more: Readonly<Record<string, unknown>> = {}) {
  const [service = "", eventName = ""] = call.split(":");
  events += 1;
  return {
    eventVersion: "1.09",
    eventID: `00000000-0000-4000-8000-${String(events).padStart(12, "0")}`,
    eventTime,
    eventSource: `${service}.amazonaws.com`,
    eventName,
    eventType: "AwsApiCall",
    eventCategory: "Management",
    managementEvent: true,
    awsRegion: "eu-central-1",
    recipientAccountId: account,
    userIdentity: {
      type: "AssumedRole",
      principalId: "AROAEXAMPLESHOPPROD01:pipeline",
      arn: `arn:aws:sts::${account}:assumed-role/shop-prod/pipeline`,
      accountId: account,
      sessionContext: {
        sessionIssuer: {
          type: "Role",
          principalId: "AROAEXAMPLESHOPPROD01",
          arn: roleArn,
          accountId: account,
          userName: "shop-prod",
        },
      },
    },
    requestParameters: null,
    responseElements: null,
    ...more,
  };
}

/** Writes files, compressed when their name ends with .gz; a value is written as JSON, a string as it is. */
export function writeFiles(dir: string, files: Readonly<Record<string, unknown>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    mkdirSync(dirname(path), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
  }
}

export const delivered = (stamp: string, unique = "AbCdEfGhIjKlMnOp", region = "eu-central-1") =>
  `AWSLogs/${account}/CloudTrail/${region}/${stamp.slice(0, 4)}/${stamp.slice(4, 6)}/${stamp.slice(6, 8)}/${account}_CloudTrail_${region}_${stamp}_${unique}.json.gz`;

/** One day of the role: two services, a denied call, an object's event, a service without action detail. */
export const shopFiles = {
  [delivered("20260302T1005Z")]: {
    Records: [
      record("s3:GetBucketPolicy", "2026-03-02T10:00:01Z", { requestParameters: { bucketName: "shop" } }),
      record("ec2:RunInstances", "2026-03-02T10:01:00Z"),
      record("ec2:DescribeInstances", "2026-03-02T10:02:00Z"),
      record("ec2:GetPasswordData", "2026-03-02T10:03:00Z", { errorCode: "Client.UnauthorizedOperation" }),
      record("s3:GetObject", "2026-03-02T10:04:00Z", { managementEvent: false, eventCategory: "Data" }),
    ],
  },
  [delivered("20260302T1105Z")]: {
    Records: [
      record("route53:GetChange", "2026-03-02T11:00:00Z"),
      record("s3:ListBuckets", "2026-03-02T11:01:00Z"),
    ],
  },
};

export const shopRole: LocalRole = {
  arn: roleArn,
  uniqueId: "AROAEXAMPLESHOPPROD01",
  createdAt: "2025-01-01T00:00:00Z",
  lastUsed: { at: "2026-03-02T11:01:00Z", region: "eu-central-1" },
  policies: [
    {
      name: "shop/initial",
      document: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: ["s3:*", "sqs:*"], Resource: "*" }],
      },
    },
  ],
};

export const organization: LocalOrganization = {
  title: "test",
  files: new Map(),
  users: [],
  roles: [
    shopRole,
    { ...shopRole, arn: `arn:aws:iam::${otherAccount}:role/ci/other`, uniqueId: "AROAEXAMPLEOTHER00001" },
  ],
};

/** A clock that a test turns. */
export function handClock(start = "2026-03-02T12:00:00Z") {
  let now = Date.parse(start);
  return {
    now: () => new Date(now),
    forward: (ms: number) => {
      now += ms;
    },
  };
}
