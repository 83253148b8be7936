import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { takeCheckpoint } from "@plp/audit";
import { historyLine, type RoleEvent, roleStream } from "@plp/domain";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { plainStyle } from "../output.ts";
import { day, memoryHistory, role } from "../testing/story.ts";
import { pipe } from "../testing/terminal.ts";
import { exportHistory } from "./export.ts";
import { verify } from "./verify.ts";

const dir = mkdtempSync(join(tmpdir(), "plp-git-"));
afterAll(() => rmSync(dir, { recursive: true }));
const now = new Date(day(9));
const stream = roleStream(role("prod"));

function git(...args: readonly string[]): void {
  const identity = [
    "-c",
    "user.name=plp-bot",
    "-c",
    "user.email=plp@example.com",
    "-c",
    "commit.gpgsign=false",
  ];
  execFileSync("git", ["-C", dir, ...identity, ...args], { stdio: "ignore" });
}

const commit = (message: string) => git("commit", "--allow-empty", "-m", message);

beforeEach(() => {
  rmSync(join(dir, ".git"), { recursive: true, force: true });
  git("init", "-b", "main");
});

/** The story, and the line of Git for its first proposal. */
async function story() {
  const told = await memoryHistory();
  const { events } = await told.store.load<RoleEvent>(stream);
  const proposed = events.find(({ type }) => type === "PolicyProposed");
  if (proposed === undefined) throw new Error("nothing was proposed");
  const { history, store, checkpoints } = told;
  return {
    ...told,
    proposed,
    line: historyLine(role("prod"), proposed),
    checkpoint: () => takeCheckpoint(day(8), { store, index: history.index, checkpoints }),
  };
}

describe("plp verify --git", () => {
  it("holds the lines of PLP's commits on any branch against the history", async () => {
    const { history, line } = await story();
    commit("something of people");
    git("checkout", "-b", "plp-grow/shop");
    commit(`shop: allow 1 permission\n\n${line}`);
    git("checkout", "main");
    const { json, exit, people } = await verify(history, undefined, { git: dir }, now);
    expect(json).toMatchObject({ commits: 1, broken: [] });
    expect(exit).toBe(0);
    expect(people(plainStyle)).toContain("1 commit of PLP in Git: everything is as it was written.");
  });

  it("names the commit that saw something else, and who made it", async () => {
    const { history, proposed } = await story();
    commit(`x\n\n${historyLine(role("prod"), { ...proposed, hash: "0".repeat(64) })}`);
    commit(`x\n\n${historyLine({ ...role("prod"), uniqueId: "AROAGONE" }, proposed)}`);
    commit(`x\n\n${historyLine(role("prod"), { version: 99, hash: proposed.hash })}`);
    commit("x\n\nPlp-History: nobody 1 0123456789abcdef");
    const { json, exit } = await verify(history, undefined, { git: dir }, now);
    const { broken } = json as { broken: { stream: string; version: number; reason: string }[] };
    expect(exit).toBe(1);
    expect(broken.map((one) => [one.stream.replace(/^commit [0-9a-f]{8}/, "commit"), one.version])).toEqual([
      ["commit by plp-bot", 0],
      [stream, 4],
      [stream, 99],
      [`role#${role("prod").arn}#AROAGONE`, 4],
    ]);
    expect(broken[1]?.reason).toMatch(/commit [0-9a-f]{8} by plp-bot saw 0{64}: the chain was written anew$/);
  });

  it("refuses a folder that is no checkout", async () => {
    const { history } = await story();
    await expect(verify(history, undefined, { git: join(dir, "nowhere") }, now)).rejects.toThrow(
      /^--git .*nowhere/,
    );
  });
});

describe("plp verify ROLE", () => {
  it("finds what checkpoints saw of a role of which nothing is left, not even in the list of streams", async () => {
    const { history, store, checkpoint } = await story();
    await checkpoint();
    for (const { pk, sk } of store.table.items()) if (pk === stream) store.table.tamper(pk, sk, () => null);
    await history.index.remove(await keysOf(history));
    const { json, exit } = await verify(history, "shop-prod", {}, now);
    expect(json).toMatchObject({ streams: 0, checkpoints: 1, broken: [{ stream, version: 6 }] });
    expect(exit).toBe(1);
    const other = await verify(history, "shop-test", {}, now);
    expect(other).toMatchObject({ exit: 0, json: { streams: 1 } });
  });
});

async function keysOf({ index }: Awaited<ReturnType<typeof story>>["history"]) {
  const keys = [];
  for await (const key of index.keys()) keys.push(key);
  return keys;
}

describe("plp export", () => {
  it("writes a role's history, or all of it, as JSON Lines", async () => {
    const { history } = await story();
    const lines = async (wanted: string | undefined) => {
      const { terminal, text } = pipe();
      await exportHistory(history, wanted, {}, terminal.out);
      await new Promise((resolve) => setImmediate(resolve));
      return text()
        .out.trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    const role = await lines("shop-prod");
    expect(role.at(0)).toMatchObject({ format: "plp-history", version: 1 });
    expect(role.at(-1)).toMatchObject({ end: true, streams: 1, commits: 6, events: 6 });
    expect(new Set(role.slice(1, -1).map((line) => line.stream))).toEqual(new Set([stream]));
    expect((await lines(undefined)).at(-1)).toMatchObject({ streams: 3, events: 14 });
  });
});
