import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  account,
  delivered,
  record,
  roleArn,
  shopFiles,
  temporaryFolder,
  writeFiles,
} from "../testing/logs.ts";
import { openLogArchive } from "./index.ts";
import { parseLogFile } from "./records.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const keysOf = async (dir: string) => (await (await openLogArchive(dir)).objects()).map(({ key }) => key);

describe("an archive of log files", () => {
  it("serves files of the delivery layout as they are, at any depth and with an organization's id", async () => {
    const key = delivered("20260302T1005Z");
    const other = delivered("20260302T1010Z", "QrStUvWxYz012345");
    const orgKey = other.replace("AWSLogs/", "AWSLogs/o-abc123/");
    writeFiles(folder.path, { [`deep/down/${key}`]: shopFiles[key], [orgKey]: { Records: [] } });
    const archive = await openLogArchive(folder.path);
    expect((await archive.objects()).map((object) => object.key)).toEqual([key, other]);
    const bytes = await archive.get(key);
    expect(await parseLogFile(bytes ?? Buffer.alloc(0))).toHaveLength(5);
    expect(await archive.get("AWSLogs/none")).toBeNull();
  });

  it("splits any other file by account, Region and hour, in the hour of the newest event", async () => {
    writeFiles(folder.path, {
      "all.json": [
        record("s3:ListBuckets", "2026-03-02T10:59:30Z"),
        record("s3:ListBuckets", "2026-03-02T10:10:00Z"),
        record("s3:ListBuckets", "2026-03-02T11:00:10Z"),
        record("s3:ListBuckets", "2026-03-02T10:10:00Z", { awsRegion: "us-east-1" }),
      ],
    });
    const keys = await keysOf(folder.path);
    const places = keys.map((key) => /_CloudTrail_(.*)_[A-Za-z0-9]{16}\.json\.gz$/.exec(key)?.[1]);
    expect(places).toEqual([
      "eu-central-1_20260302T1059Z",
      "eu-central-1_20260302T1101Z",
      "us-east-1_20260302T1010Z",
    ]);
    expect(await keysOf(folder.path)).toEqual(keys);
    const archive = await openLogArchive(folder.path);
    expect(await parseLogFile((await archive.get(keys[0] ?? "")) ?? Buffer.alloc(0))).toHaveLength(2);
  });

  it("reads single records and records a line, and names what it cannot read", async () => {
    writeFiles(folder.path, {
      "one.json": record("s3:ListBuckets", "2026-03-02T10:00:00Z"),
      "lines.json": [1, 2]
        .map(() => JSON.stringify(record("s3:ListBuckets", "2026-03-03T10:00:00Z")))
        .join("\n"),
      "broken.json": "{",
      "other.json": { hello: 1 },
      "nowhere.json": [{ eventName: "X", eventTime: "2026-03-02T10:00:00Z" }],
      [delivered("20260302T1005Z")]: "not json",
    });
    const archive = await openLogArchive(folder.path);
    expect(await archive.objects()).toHaveLength(3);
    await archive.activity();
    expect(
      archive
        .bad()
        .map(({ path }) => path)
        .sort(),
    ).toEqual(["broken.json", delivered("20260302T1005Z"), "nowhere.json", "other.json"].sort());
  });

  it("takes as newest only an event that is not later than its file's delivery", async () => {
    writeFiles(folder.path, {
      [delivered("20260302T1005Z")]: {
        Records: [
          record("s3:ListBuckets", "2026-03-02T10:01:00Z"),
          record("s3:ListBuckets", "2030-01-01T00:00:00Z"),
        ],
      },
    });
    expect(await (await openLogArchive(folder.path)).newestEvent()).toBe("2026-03-02T10:01:00Z");
  });

  it("tells the roles that it shows, counting a repeated event once", async () => {
    const twice = record("s3:ListBuckets", "2026-03-02T10:01:00Z");
    writeFiles(folder.path, {
      [delivered("20260302T1005Z")]: {
        Records: [twice, twice, record("ec2:DescribeVpcs", "2026-03-02T10:02:00Z")],
      },
    });
    const activity = await (await openLogArchive(folder.path)).activity();
    expect(activity.roles()).toEqual([
      {
        arn: roleArn,
        uniqueId: "AROAEXAMPLESHOPPROD01",
        accountId: account,
        firstSeen: "2026-03-02T10:01:00Z",
        lastSeen: "2026-03-02T10:02:00Z",
        events: 2,
        regions: [{ region: "eu-central-1", events: 2, lastSeen: "2026-03-02T10:02:00Z" }],
      },
    ]);
  });

  it("finds what came into the folder since, reads it once, and takes a file that was written anew as it is now", async () => {
    const [first, second] = [delivered("20260302T1005Z"), delivered("20260302T1105Z")];
    const call = record("s3:ListBuckets", "2026-03-02T10:01:00Z");
    writeFiles(folder.path, { [first]: { Records: [call] } });
    const archive = await openLogArchive(folder.path, { staleAfter: 0 });
    const eventsOf = async () => (await archive.activity()).roles().map(({ events }) => events);
    expect(await eventsOf()).toEqual([1]);
    writeFiles(folder.path, { [second]: { Records: [record("s3:ListBuckets", "2026-03-02T11:01:00Z")] } });
    expect((await archive.objects()).map(({ key }) => key)).toEqual([first, second]);
    expect(await eventsOf()).toEqual([2]);
    expect(await eventsOf()).toEqual([2]);
    expect(await archive.newestEvent()).toBe("2026-03-02T11:01:00Z");
    writeFiles(folder.path, {
      [first]: { Records: [call, record("s3:ListBuckets", "2026-03-02T10:02:00Z")] },
    });
    expect((await archive.objects()).map(({ key }) => key)).toEqual([first, second]);
    expect(await eventsOf()).toEqual([3]);
  });

  it("refuses a folder that is missing or holds no logs, naming it", async () => {
    await expect(openLogArchive(`${folder.path}/none`)).rejects.toThrow(/none cannot be read: ENOENT/);
    await expect(openLogArchive(folder.path)).rejects.toThrow(/holds no \.json or \.json\.gz file/);
  });
});
