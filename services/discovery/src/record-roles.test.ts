import { describe, expect, it } from "vitest";
import { arnOf, begin, environment, outputs, project } from "./testing/discovery.ts";

const first = outputs("shop", {
  dev: environment("dev"),
  test: environment("test"),
  prod: environment("prod"),
});
/** dev is gone, test left scope, prod was made again. */
const second = outputs("shop", { test: environment("test", { generate: false }), prod: environment("prod") });

async function afterTwoRounds(crashAfter: number | null) {
  const world = begin();
  world.folders.set("shop", first);
  await world.look("shop");
  world.nextRound();
  world.folders.set("shop", second);
  world.uniqueIds.set(arnOf("prod"), "AROASECOND");
  let crashed = false;
  if (crashAfter !== null) {
    world.crashAfter(crashAfter);
    crashed = await world.look("shop").then(
      () => false,
      () => true,
    );
    world.crashAfter(Number.POSITIVE_INFINITY);
  }
  const sent = await world.look("shop");
  const types = async (name: string, id?: string) => (await world.role(name, id)).types;
  const histories = {
    dev: await types("dev"),
    test: await types("test"),
    prod: await types("prod"),
    again: await types("prod", "AROASECOND"),
  };
  return { crashed, histories, sent: sent.filter((text) => !text.startsWith("trail")) };
}

describe("The histories of an application's roles", () => {
  it("say who left, who left scope, and who was made again", async () => {
    const { histories } = await afterTwoRounds(null);
    expect(histories).toEqual({
      dev: ["RoleDiscovered", "RoleRetired"],
      test: ["RoleDiscovered", "RoleRescoped"],
      prod: ["RoleDiscovered", "RoleRetired"],
      again: ["RoleRecreated", "RoleDiscovered"],
    });
  });

  it("say the same after a crash at any append", async () => {
    const undisturbed = await afterTwoRounds(null);
    let crashes = 0;
    for (let appends = 0; ; appends++) {
      const { crashed, ...rest } = await afterTwoRounds(appends);
      if (!crashed) break;
      crashes += 1;
      expect(rest, `crash at append ${appends}`).toEqual({
        histories: undisturbed.histories,
        sent: undisturbed.sent,
      });
    }
    expect(crashes).toBeGreaterThan(5);
  });

  it("of a role that moved to another folder go on in its new home", async () => {
    const world = begin();
    world.folders.set("a", outputs("a", { prod: environment("prod") }));
    await world.look("a");
    world.nextRound();
    world.folders.set("a", outputs("a", {}));
    world.folders.set("b", outputs("b", { prod: environment("prod") }));
    await world.look("b", "a");
    const { types, state } = await world.role("prod");
    expect(types).toEqual(["RoleDiscovered", "RoleRescoped"]);
    expect(state.scope?.application.folder).toBe("b");
  });
});

describe("A message of an older round", () => {
  it("plans nothing behind a newer one", async () => {
    const world = begin();
    world.folders.set("shop", first);
    world.nextRound();
    await world.look("shop");
    world.nextRound(-7);
    expect(await world.look("shop")).toEqual([]);
    expect((await world.application("shop")).round?.round).toBe("round-2");
  });
});

describe("Hours of the trail", () => {
  const hour = "2026-11-20T10";
  const at = { accountId: "111122223333", region: "eu-central-1", hour, files: [] };
  const asksFor = async (mark: {
    readonly readAt: string;
    readonly bad: { key: string; reason: string }[];
  }) => {
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    await world.usage.putHour({ ...at, ...mark }, []);
    return (await world.look("shop")).includes(`trail eu-central-1 ${hour}`);
  };

  it("that were read whole are not asked for again", async () => {
    expect(await asksFor({ readAt: "2026-11-20T12:00:00.000Z", bad: [] })).toBe(false);
  });

  it("that could not be read, or were read too early, are asked for again", async () => {
    expect(
      await asksFor({ readAt: "2026-11-20T12:00:00.000Z", bad: [{ key: "k", reason: "access denied" }] }),
    ).toBe(true);
    expect(await asksFor({ readAt: "2026-11-20T10:30:00.000Z", bad: [] })).toBe(true);
  });
});

describe("A round over several repositories", () => {
  it("goes on past one that cannot be read, and then says so", async () => {
    const world = begin();
    world.folders.set("shop", first);
    const broken = {
      project: "iam/broken",
      head: async () => Promise.reject(new Error("no such branch")),
      folders: async () => [],
      outputs: async () => null,
      tokenEnds: async () => null,
    };
    const message = { v: 1, type: "tick", at: "2026-11-23T04:00:00Z" } as const;
    const sent: object[] = [];
    await expect(world.fanOut(message, [broken], sent)).rejects.toThrow("no such branch");
    expect(sent).toEqual([expect.objectContaining({ project, folder: "shop" })]);
  });
});
