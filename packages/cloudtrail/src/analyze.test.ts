import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { isFault } from "@plp/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { analyzeFolder, type Progress } from "./analyze.ts";
import { callBy } from "./testing.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "plp-logs-"));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function write(path: string, content: string | Uint8Array): string {
  const whole = join(dir, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, content);
  return whole;
}

const delivered = (name: string) =>
  `AWSLogs/111122223333/CloudTrail/eu-central-1/2026/03/02/111122223333_CloudTrail_eu-central-1_20260302T1005Z_${name}.json.gz`;
const packed = (...records: readonly unknown[]) => gzipSync(JSON.stringify({ Records: records }));

describe("analyzing a folder", () => {
  test("says what a role used, what it was refused, and the policy that this needs", async () => {
    const denied = {
      errorCode: "AccessDenied",
      errorMessage: "with an explicit deny in a service control policy",
    };
    write(
      delivered("a"),
      packed(
        callBy({ eventID: "1" }),
        callBy({ eventID: "2", requestParameters: { bucketName: "other" } }),
        callBy({ eventID: "3", requestParameters: { bucketName: "other" }, ...denied }),
        callBy({ eventID: "4", eventName: "DeleteBucket", ...denied }),
        callBy({ eventID: "5", eventName: "NoSuchCall" }),
      ),
    );
    write(delivered("b"), packed(callBy({ eventID: "1" })));
    const { files, events, roles } = await analyzeFolder({ dir });
    expect(files).toMatchObject({ read: 2, bad: [] });
    expect(events).toEqual({ records: 6, duplicates: 1, outsideWindow: 0, matched: 5 });
    expect(roles).toEqual([
      {
        roleArn: "arn:aws:iam::111122223333:role/ci/shop-prod",
        accountId: "111122223333",
        firstSeen: "2026-03-02T10:00:00Z",
        lastSeen: "2026-03-02T10:00:00Z",
        events: 5,
        actions: [
          {
            action: "s3:GetBucketTagging",
            resources: ["arn:aws:s3:::other", "arn:aws:s3:::shop"],
            count: 2,
            firstSeen: "2026-03-02T10:00:00Z",
            lastSeen: "2026-03-02T10:00:00Z",
            inferred: false,
            examples: ["1", "2"].map((eventID) => ({
              eventID,
              eventTime: "2026-03-02T10:00:00Z",
              sessionName: "pipeline-7",
              userAgent: "APN/1.0 HashiCorp/1.0 Terraform/1.9.0",
              sourceIPAddress: "192.0.2.1",
            })),
          },
        ],
        denied: [
          {
            action: "s3:DeleteBucket",
            resources: ["arn:aws:s3:::shop"],
            count: 1,
            lastSeen: "2026-03-02T10:00:00Z",
            reason: "scp",
            examples: [expect.objectContaining({ eventID: "4" })],
          },
        ],
        unmapped: [{ eventSource: "s3.amazonaws.com", eventName: "NoSuchCall", count: 1 }],
        policy: {
          Version: "2012-10-17",
          Statement: expect.arrayContaining([
            expect.objectContaining({
              Effect: "Allow",
              Action: ["s3:GetBucketTagging"],
              Resource: expect.anything(),
            }),
          ]),
        },
      },
    ]);
    expect(JSON.stringify(roles[0]?.policy)).not.toContain("DeleteBucket");
  });

  test("a refusal that tells no resource is not listed when the action was allowed", async () => {
    const refused = { errorCode: "AccessDenied", requestParameters: null };
    write("a.json", JSON.stringify([callBy({ eventID: "1" }), callBy({ eventID: "2", ...refused })]));
    const { roles } = await analyzeFolder({ dir });
    expect(roles[0]?.denied).toEqual([]);
    write("a.json", JSON.stringify([callBy({ eventID: "2", ...refused })]));
    expect((await analyzeFolder({ dir })).roles[0]?.denied).toMatchObject([{ resources: [], count: 1 }]);
  });

  test("an event is one example of an action, on however many resources it was", async () => {
    const run = (eventID: string, imageId: string) =>
      callBy({
        ...{ eventID, eventSource: "ec2.amazonaws.com", eventName: "RunInstances" },
        requestParameters: { instancesSet: { items: [{ imageId }] }, subnetId: "subnet-0123456789abcdef0" },
      });
    write(delivered("a"), packed(run("1", "ami-0123456789abcdef0"), run("2", "ami-0123456789abcdef1")));
    const { roles } = await analyzeFolder({ dir });
    const action = roles[0]?.actions.find((one) => one.action === "ec2:RunInstances");
    expect(action?.resources.length).toBeGreaterThan(3);
    expect(action?.examples.map(({ eventID }) => eventID)).toEqual(["1", "2"]);
  });

  test("the earliest calls are its examples, also where times have fractions", async () => {
    const times = ["10:00:01Z", "10:00:00.500Z", "10:00:00.250Z", "10:00:00Z"];
    write(
      "a.json",
      JSON.stringify(
        times.map((time, index) =>
          callBy({
            ...{ eventID: `${index}`, eventTime: `2026-03-02T${time}` },
            requestParameters: { bucketName: `shop-${index}` },
          }),
        ),
      ),
    );
    const [action] = (await analyzeFolder({ dir })).roles[0]?.actions ?? [];
    expect(action).toMatchObject({ firstSeen: "2026-03-02T10:00:00Z", lastSeen: "2026-03-02T10:00:01Z" });
    expect(action?.examples.map(({ eventID }) => eventID)).toEqual(["3", "2", "1"]);
  });

  test("bad files are reported and the rest is read", async () => {
    write(delivered("a"), packed(callBy()));
    write("x/empty.json", "");
    write("x/cut.json.gz", packed(callBy()).subarray(0, 40));
    write("x/page.json", "<html>");
    write("x/notes.txt", "not a log");
    write("x/CloudTrail-Digest/y.json.gz", "not read");
    const { files, events } = await analyzeFolder({ dir });
    expect(files.read).toBe(4);
    expect(files.bad.map(({ path }) => path)).toEqual(["x/cut.json.gz", "x/empty.json", "x/page.json"]);
    expect(events.matched).toBe(1);
  });

  test("links that go in circles, or nowhere, end", async () => {
    write("logs/a.json", JSON.stringify([callBy()]));
    symlinkSync(dir, join(dir, "logs", "up"));
    symlinkSync(join(dir, "gone"), join(dir, "logs", "gone.json"));
    const { files, events } = await analyzeFolder({ dir });
    expect(files.read).toBe(1);
    expect(files.bad.map(({ path }) => path)).toEqual(["logs/gone.json"]);
    expect(events.records).toBe(1);
  });

  test("a file that may not be read is bad", async () => {
    chmodSync(write("secret.json", JSON.stringify([callBy()])), 0o000);
    const { files } = await analyzeFolder({ dir });
    // An administrator may read everything.
    expect(files.bad.length).toBe(process.getuid?.() === 0 ? 0 : 1);
  });

  test("progress is told file by file", async () => {
    write("a.json", JSON.stringify([callBy()]));
    write("b.json", JSON.stringify([callBy({ eventID: "2" })]));
    const told: Progress[] = [];
    await analyzeFolder({ dir, onProgress: (progress) => told.push(progress) });
    expect(told).toMatchObject([
      { filesRead: 1, files: 2, records: 1 },
      { filesRead: 2, files: 2, records: 2, secondsLeft: 0 },
    ]);
    expect(told.every(({ perSecond }) => perSecond > 0)).toBe(true);
  });

  test("a folder that is none is an error that names it", async () => {
    const missing = analyzeFolder({ dir: join(dir, "nowhere") });
    await expect(missing).rejects.toSatisfy((error) => isFault(error, "logs-missing"));
    await expect(missing).rejects.toThrow("nowhere");
    await expect(analyzeFolder({ dir: write("a.json", "[]") })).rejects.toThrow("is not a folder");
  });
});
