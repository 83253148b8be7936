import {
  claim,
  claimStream,
  discoverRole,
  emptyRole,
  foldRole,
  type ObservedUsage,
  observeUsage,
  roleStream,
} from "@plp/domain";
import { causeAt, history, scopeOf } from "@plp/domain/testing";
import { memoryEventStore, type NewEvent } from "@plp/event-store";
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
  let [reading, mostAtOnce] = [0, 0];
  let now = Date.parse("2026-11-23T03:00:00.000Z");
  const merges: string[] = [];
  const store = memoryEventStore({ clock: { now: () => new Date(now) } });
  let denied = false;
  const look = (receiveCount = 1) =>
    handleTrail(
      { v: 1, type: "trail", ...at },
      {
        ...{ usage, store },
        send: {
          merge: async ({ run }) => {
            merges.push(run);
          },
        },
        files: {
          list: async () => {
            if (fails !== null) throw fails;
            return [...files].map(([key, text]) => ({ key, etag: text }));
          },
          read: async (_, key) => {
            reads += 1;
            reading += 1;
            mostAtOnce = Math.max(mostAtOnce, reading);
            await new Promise((next) => setImmediate(next));
            reading -= 1;
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
                ...(denied
                  ? { authorized: 0, failed: 0, denied: 2, deniedBy: "identity" as const }
                  : { authorized: 1, failed: 0, denied: 0, deniedBy: null }),
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
      { receiveCount },
    );
  return {
    look,
    merges,
    store,
    refuse: () => {
      denied = true;
    },
    files,
    fail: (error: Error | null) => {
      fails = error;
    },
    pass: () => {
      now += 3_600_000;
    },
    reads: () => reads,
    mostAtOnce: () => mostAtOnce,
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

  it("with many files fetches a few of them together, and all", async () => {
    const hour = begin();
    for (let file = 0; file < 20; file += 1) hour.files.set(`f${file}`, "1");
    await hour.look();
    expect(await hour.actions()).toHaveLength(20);
    expect(hour.reads()).toBe(20);
    expect(hour.mostAtOnce()).toBe(8);
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

describe("What an enforced role was refused for want of a policy", () => {
  const id = { arn: roleArn, uniqueId: "AROAEXAMPLE" };
  const place = { project: "iam/roles", folder: "shop" };
  const cause = causeAt("2026-11-23T01:00:00.000Z");

  async function refused(mode: "observe" | "enforce", claimants = [place]) {
    const hour = begin();
    const write = async <E extends NewEvent>(stream: string, events: readonly E[]) => {
      const { head } = await hour.store.load<E>(stream);
      await hour.store.append(stream, head, events, { commitId: `${stream}${head.version}` });
    };
    for (const holder of claimants)
      await write(
        claimStream("role", roleArn),
        claim({ holders: new Map() }, { ...holder, uniqueId: id.uniqueId }, cause),
      );
    const found = { scope: scopeOf({ mode }), commit: { sha: "c", author: null }, previousUniqueId: null };
    const window = { from: "2026-11-16T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z" };
    const observed: ObservedUsage = {
      ...{ run: "run-1", window, closed: true, gaps: [], analyzer: "both", complete: null, evidence: "e" },
      ...{ counts: { authorized: 0, denied: 1, failed: 0, permissions: 0 }, top: [] },
    };
    const { state } = history(foldRole).when((now) => discoverRole(now, found, cause));
    await write(roleStream(id), [
      ...discoverRole(emptyRole, found, cause),
      ...observeUsage(state, observed, cause),
    ]);
    hour.refuse();
    hour.files.set("a", "1");
    return hour;
  }

  it("is sent on to the merger, with its last run", async () => {
    const hour = await refused("enforce");
    await hour.look();
    expect(hour.merges).toEqual(["run-1"]);
  });

  it("is sent again when the message comes again, and not when nothing new was delivered", async () => {
    const hour = await refused("enforce");
    await hour.look();
    await hour.look(2);
    expect(hour.merges).toEqual(["run-1", "run-1"]);
    hour.pass();
    await hour.look();
    expect(hour.merges).toHaveLength(2);
  });

  it("is nobody's business while the initial policy answers, or where nobody or two folders claim the role", async () => {
    for (const hour of [
      await refused("observe"),
      await refused("enforce", []),
      await refused("enforce", [place, { ...place, folder: "other" }]),
    ]) {
      await hour.look();
      expect(hour.merges).toEqual([]);
    }
  });
});
