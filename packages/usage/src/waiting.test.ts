import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDynalite, type TableServer } from "../../../test/support/tables.ts";
import { NEVER, type WaitingLine, type WaitingRole } from "./waiting.ts";
import { dynamoWaitingLine } from "./waiting-dynamo.ts";
import { memoryWaitingLine } from "./waiting-memory.ts";

const HOUR = 3_600_000;
let server: TableServer;
beforeAll(async () => {
  server = await startDynalite();
});
afterAll(() => server.stop());

let at = Date.parse("2026-11-23T04:00:00.000Z");
const now = () => new Date(at);
const lines: Readonly<Record<string, () => Promise<WaitingLine>>> = {
  memory: async () => memoryWaitingLine({ now }),
  dynalite: async () => dynamoWaitingLine({ client: server.client(), table: await server.freshTable(), now }),
};

const lane = "111122223333";
const role = (name: string, day: number, run = `run-${name}`): WaitingRole => ({
  role: `role#arn:aws:iam::${lane}:role/ci/${name}#AROA`,
  since: `2026-11-${String(day).padStart(2, "0")}T00:00:00.000Z`,
  run,
});
const runs = async (line: WaitingLine, count = 9) => (await line.first(lane, count)).map(({ run }) => run);

describe.each(Object.entries(lines))("A waiting line on %s", (_, make) => {
  it("has the longest unanalysed first, each role once, as many as are asked for", async () => {
    const line = await make();
    expect(await runs(line)).toEqual([]);
    for (const one of [role("b", 12), role("c", 13), role("a", 11), role("b", 12)])
      await line.join(lane, one);
    expect(await line.first(lane, 9)).toEqual([role("a", 11), role("b", 12), role("c", 13)]);
    expect(await runs(line, 2)).toEqual(["run-a", "run-b"]);
    await line.join(lane, { ...role("new", 20), since: NEVER });
    expect(await runs(line, 2)).toEqual(["run-new", "run-a"]);
    expect(await line.first("444455556666", 9)).toEqual([]);
  });

  it("keeps the place of who joins again for a newer run", async () => {
    const line = await make();
    await line.join(lane, role("a", 11));
    await line.join(lane, role("b", 12));
    await line.join(lane, role("a", 11, "run-newer"));
    expect(await runs(line)).toEqual(["run-newer", "run-b"]);
  });

  it("forgets who left, also twice, and who was never there", async () => {
    const line = await make();
    await line.join(lane, role("a", 11));
    for (const one of [role("a", 11), role("a", 11), role("z", 20)]) await line.leave(lane, one);
    expect(await runs(line)).toEqual([]);
    await line.join(lane, role("a", 11));
    expect(await runs(line)).toEqual(["run-a"]);
  });

  it("forgets who did not join again for thirty hours", async () => {
    const line = await make();
    await line.join(lane, role("gone", 11));
    at += 25 * HOUR;
    await line.join(lane, role("here", 12));
    expect(await runs(line)).toEqual(["run-gone", "run-here"]);
    at += 6 * HOUR;
    expect(await runs(line)).toEqual(["run-here"]);
  });

  it("finds the first behind any number that left", async () => {
    const line = await make();
    for (let i = 0; i < 120; i += 1) await line.leave(lane, role(`gone-${i}`, 1));
    await line.join(lane, role("here", 2));
    expect(await runs(line, 1)).toEqual(["run-here"]);
  });
});
