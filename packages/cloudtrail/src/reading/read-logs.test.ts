import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fc, test as propertyTest } from "@fast-check/vitest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Scope } from "../counting/take.ts";
import { createUsage, rolesOf } from "../counting/usage.ts";
import { callBy } from "../testing.ts";
import { deliveredAt, readLogFile } from "./files.ts";
import { readLogs } from "./read-logs.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "plp-read-"));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const shop = "arn:aws:iam::111122223333:role/ci/shop-prod";
let files = 0;

function write(content: string): string {
  files += 1;
  const name = `111122223333_CloudTrail_eu-central-1_20260302T1005Z_${String(files).padStart(16, "0")}.json.gz`;
  const path = join(dir, name);
  writeFileSync(path, gzipSync(content));
  return path;
}

/** By whole parses, in one go. */
function parsed(contents: readonly string[], paths: readonly string[], scope: Scope) {
  const usage = createUsage(scope);
  const bad = contents.flatMap((content, index) => {
    const path = paths[index] ?? "";
    const file = readLogFile(new TextEncoder().encode(content), path);
    usage.add(file.records, { deliveredAt: deliveredAt(path) });
    return file.bad;
  });
  return { counts: usage.counts(), roles: usage.roles(), bad };
}

async function read(paths: readonly string[], scope: Scope, threads = 1) {
  const { tally, bad } = await readLogs(paths, scope, { threads });
  return { counts: tally.counts, roles: rolesOf(tally), bad };
}

const odd = fc.oneof(
  fc.constantFrom(null, "", 7, "\\", '"', "\u2028 é 🦆", "x".repeat(70), {}, []),
  fc.jsonValue(),
);
const ids = fc.constantFrom(
  "11111111-1111-4111-8111-111111111111",
  "11111111-1111-4111-8111-11111111111A",
  "11111111-1111-4111-8111-11111111111a",
  "short",
  7,
  null,
);
const record = fc
  .record({
    call: fc.constantFrom(
      ["s3", "GetBucketTagging"],
      ["s3", "DeleteObjects"],
      ["ec2", "RunInstances"],
      ["lambda", "CreateFunction20150331"],
      ["sts", "GetCallerIdentity"],
      ["nosuch", "Do"],
    ),
    role: fc.constantFrom("ci/shop-prod", "ci/shop-test", "aws-service-role/x/y"),
    fields: fc.record(
      {
        eventID: ids,
        eventTime: fc.constantFrom(
          "2026-03-02T10:00:00Z",
          "2026-03-31T10:00:00Z",
          "2026-02-31T10:00:00Z",
          "2099-01-01T00:00:00Z",
          "10:00",
          null,
          5,
        ),
        sharedEventID: fc.constantFrom("shared", null),
        recipientAccountId: fc.constantFrom("111122223333", "444455556666", null),
        errorCode: fc.constantFrom("AccessDenied", "NoSuchBucket", null),
        responseElements: fc.oneof(
          fc.constantFrom(null, { errorCode: "AccessDenied" }, { subnetId: "subnet-1" }),
          odd,
        ),
        requestParameters: fc.oneof(
          fc.constantFrom({ bucketName: "shop" }, { role: shop, functionName: "f" }, [
            { eventVersion: "1.08" },
          ]),
          odd,
        ),
        userAgent: fc.constantFrom("terraform", "back\\slash", 5),
        userIdentity: odd,
        more: odd,
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ call: [source, eventName], role, fields }) =>
    callBy({ eventSource: `${source}.amazonaws.com`, eventName, ...fields }, role),
  );
const content = fc
  .tuple(
    fc.array(fc.oneof({ weight: 9, arbitrary: record }, { weight: 1, arbitrary: odd }), { maxLength: 8 }),
    fc.nat(3),
  )
  .map(([records, form]) =>
    form === 0
      ? JSON.stringify({ Records: records }, null, 2)
      : form === 1
        ? JSON.stringify(records)
        : JSON.stringify({ Records: records }),
  );
const scopes = fc.constantFrom<Scope>(
  {},
  { roles: [shop] },
  { roles: [] },
  { since: Date.parse("2026-03-02T00:00:00Z"), until: Date.parse("2026-03-31T10:00:00Z") },
);

describe("reading log files", () => {
  propertyTest.prop([fc.array(content, { maxLength: 4 }), scopes], { numRuns: 300 })(
    "by skimming tells the same as by parsing",
    async (contents, scope) => {
      const paths = contents.map(write);
      expect(await read(paths, scope)).toEqual(parsed(contents, paths, scope));
    },
    // Seconds; a machine with much else to do needs many times of that.
    120_000,
  );

  propertyTest.prop(
    [
      fc.array(record, { minLength: 1, maxLength: 6 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    ],
    { numRuns: 200 },
  )("of any bytes never throws, and counts no more records than there are", async (records, changes) => {
    const bytes = Buffer.from(JSON.stringify({ Records: records }));
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    files += 1;
    const path = join(dir, `${files}.json`);
    writeFileSync(path, bytes);
    const { counts, bad } = await read([path], {});
    expect(bad.every((one) => one.path === path && one.reason !== "")).toBe(true);
    if (bad.length === 0) expect(counts.records + counts.unreadable).toBeGreaterThan(0);
    expect(counts.matched).toBeLessThanOrEqual(counts.records);
  });

  test("several threads tell what one does", async () => {
    const role = (index: number) => `ci/shop-${index % 3}`;
    const contents = Array.from({ length: 12 }, (_, file) =>
      JSON.stringify({
        Records: Array.from({ length: 20 }, (_, index) =>
          callBy(
            {
              // Every fifth record stands in the next file, too.
              eventID: `id-${index % 5 === 0 ? Math.floor(file / 2) : file}-${index}`,
              requestParameters: { bucketName: `shop-${index % 7}` },
              ...(index % 6 === 0
                ? { sharedEventID: `act-${index}`, recipientAccountId: `${index % 4}`.repeat(12) }
                : {}),
            },
            role(index),
          ),
        ),
      }),
    );
    const paths = contents.map(write);
    const alone = await read(paths, {});
    expect(alone).toEqual(parsed(contents, paths, {}));
    expect(alone.counts.duplicates).toBe(24);
    expect(await read(paths, {}, 3)).toEqual(alone);
  });

  test("an example has the agent and the address of its own event, however many there are", async () => {
    const calls = Array.from({ length: 5_000 }, (_, index) =>
      callBy({
        eventID: `id-${index}`,
        requestParameters: { bucketName: `shop-${index}` },
        userAgent: index % 7 === 0 ? "x".repeat(600 + (index % 5)) : `agent/${index % 700}`,
        sourceIPAddress: index % 11 === 0 ? "y".repeat(600 + (index % 3)) : `2001:db8::${index % 900}`,
      }),
    );
    const content = JSON.stringify({ Records: calls });
    const paths = [write(content)];
    expect(await read(paths, {})).toEqual(parsed([content], paths, {}));
  });

  test("a call that tells no answer counts beside those whose answers matter", async () => {
    const run = (eventID: string, responseElements?: unknown) =>
      callBy({
        ...{ eventID, eventSource: "ec2.amazonaws.com", eventName: "RunInstances", responseElements },
        requestParameters: { instancesSet: { items: [{ imageId: "ami-0123456789abcdef0" }] } },
      });
    const subnet = { instancesSet: { items: [{ subnetId: "subnet-0123456789abcdef0" }] } };
    const content = JSON.stringify({ Records: [run("1", subnet), run("2"), run("3", null)] });
    const paths = [write(content)];
    const { counts, roles } = await read(paths, {});
    expect(counts.matched).toBe(3);
    expect({ counts, roles, bad: [] }).toEqual(parsed([content], paths, {}));
  });

  test("what stands inside of a record passes for none, however it is written", async () => {
    const forged = callBy({ eventID: "forged", eventName: "DeleteBucket" });
    const inside = callBy({
      userIdentity: { type: "IAMUser" },
      requestParameters: {
        list: [{ a: 1 }, forged, forged, { a: 1 }],
        text: `},${JSON.stringify(forged)},{`,
      },
    });
    const path = write(JSON.stringify({ Records: [inside, callBy({ eventID: "2" })] }));
    for (const scope of [{}, { roles: [shop] }]) {
      const { counts, roles } = await read([path], scope);
      expect(counts).toMatchObject({ records: 2, matched: 1 });
      expect(roles[0]?.permissions.map(({ action }) => action)).toEqual(["s3:GetBucketTagging"]);
    }
  });

  test("a member that stands there twice counts as a parse would count it", async () => {
    const [first, second] = [JSON.stringify(callBy()), '"eventName":"DeleteBucket"'];
    const path = write(
      `{"Records":[${first.slice(0, -1)},${second}},${first.slice(0, -1)},"event\\u004eame":"GetBucketAcl","eventID":"3"}]}`,
    );
    const { roles } = await read([path], {});
    expect(roles[0]?.permissions.map(({ action }) => action)).toEqual(["s3:DeleteBucket", "s3:GetBucketAcl"]);
  });

  test("a record that is no JSON is told, and the others count", async () => {
    const one = JSON.stringify(callBy());
    const path = write(`{"Records":[${one},${one.replace('{"bucketName":"shop"}', "nul")}]}`);
    const { counts, bad } = await read([path], {});
    expect(counts.matched).toBe(1);
    expect(bad).toEqual([{ path, reason: expect.stringMatching(/^record 2 is not JSON/) }]);
  });

  test("a duplicate is found in whichever file it lies, written in whichever order", async () => {
    const one = callBy();
    const reordered = Object.fromEntries(Object.entries(one).reverse());
    const paths = [[one], [one], [reordered], [{ ...one, eventName: "GetBucketAcl" }]].map((records) =>
      write(JSON.stringify({ Records: records })),
    );
    mkdirSync(join(dir, "x"));
    const list = join(dir, "x", "list.json");
    writeFileSync(list, JSON.stringify([one]));
    expect((await read([...paths, list], {})).counts).toMatchObject({
      records: 5,
      duplicates: 3,
      matched: 2,
    });
  });
});
