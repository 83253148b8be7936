import { permanent, silentLog, transient } from "@plp/runtime";
import { memoryUsageStore } from "@plp/usage";
import { describe, expect, it } from "vitest";
import { handleTrail } from "./handle-trail.ts";

const at = { accountId: "111122223333", region: "eu-central-1", hour: "2026-11-23T01" };
const roleArn = "arn:aws:iam::111122223333:role/x";

function begin() {
  const usage = memoryUsageStore();
  const files = new Map<string, string>();
  let fails: Error | null = null;
  let reads = 0;
  let now = Date.parse("2026-11-23T03:00:00.000Z");
  const look = () =>
    handleTrail(
      { v: 1, type: "trail", ...at },
      {
        usage,
        files: {
          list: async () => {
            if (fails !== null) throw fails;
            return [...files].map(([key, text]) => ({ key, etag: text }));
          },
          read: async (_, key) => {
            reads += 1;
            const text = files.get(key) ?? "";
            if (text === "gone") throw permanent("aws-NoSuchKey", `cannot read ${key}`);
            return Buffer.from(text);
          },
        },
        readUsage: (given) => ({
          bad: given
            .filter(({ bytes }) => String(bytes) === "bad")
            .map(({ key }) => ({ key, reason: "no JSON" })),
          roles: [
            {
              roleArn,
              unmapped: [],
              permissions: given.map(({ key }) => ({
                action: `x:${key}`,
                resource: "*",
                condition: null,
                inferred: false,
                authorized: 1,
                failed: 0,
                denied: 0,
                deniedBy: null,
                first: "2026-11-23T01:00:00.000Z",
                last: "2026-11-23T01:00:00.000Z",
                examples: [],
              })),
            },
          ],
        }),
        clock: { now: () => new Date(now) },
        log: silentLog,
      },
    );
  return {
    look,
    files,
    fail: (error: Error | null) => {
      fails = error;
    },
    pass: () => {
      now += 3_600_000;
    },
    reads: () => reads,
    mark: async () => (await usage.marks(at.accountId, at.region, at.hour, at.hour))[0],
    actions: async () =>
      (await usage.usageOf(roleArn, at.hour, at.hour)).flatMap(({ permissions }) =>
        permissions.map(({ action }) => action),
      ),
  };
}

describe("An hour of the trail", () => {
  it("without files is marked as read, because then nothing is missing", async () => {
    const hour = begin();
    await hour.look();
    expect(await hour.mark()).toMatchObject({ files: [], bad: [] });
  });

  it("read again without a new file is not read again", async () => {
    const hour = begin();
    hour.files.set("a", "1");
    await hour.look();
    hour.pass();
    await hour.look();
    expect(hour.reads()).toBe(1);
  });

  it("with a late or changed file is replaced as a whole", async () => {
    const hour = begin();
    hour.files.set("a", "1");
    await hour.look();
    hour.files.set("b", "2");
    hour.pass();
    await hour.look();
    expect(await hour.actions()).toEqual(["x:a", "x:b"]);
    hour.files.set("a", "changed");
    hour.pass();
    await hour.look();
    expect(hour.reads()).toBe(5);
  });

  it("with a file that cannot be read keeps the others and says which, and tries it again the next time", async () => {
    const hour = begin();
    hour.files.set("a", "1").set("b", "gone").set("c", "bad");
    await hour.look();
    expect((await hour.mark())?.bad).toEqual([
      { key: "b", reason: "cannot read b" },
      { key: "c", reason: "no JSON" },
    ]);
    expect(await hour.actions()).toEqual(["x:a", "x:c"]);
    hour.files.set("b", "2").delete("c");
    hour.pass();
    await hour.look();
    expect((await hour.mark())?.bad).toEqual([]);
  });

  it("that may not be listed is marked with the reason, which makes it a gap", async () => {
    const hour = begin();
    hour.fail(permanent("aws-AccessDenied", "the bucket refuses"));
    await hour.look();
    expect((await hour.mark())?.bad).toMatchObject([{ reason: "the bucket refuses" }]);
  });

  it("that cannot be listed now is not marked", async () => {
    const hour = begin();
    hour.fail(transient("aws-SlowDown", "later"));
    await expect(hour.look()).rejects.toMatchObject({ retryable: true });
    expect(await hour.mark()).toBeUndefined();
  });
});
