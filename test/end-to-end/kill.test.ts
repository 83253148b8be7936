import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { finish, momentOfKill, type Outcome, startAndKill } from "./killing.ts";
import { type Fixture, makeFixture, temporaryFolder } from "./support.ts";

const TIMES = 3;
const folder = temporaryFolder();

describe("plp up that is killed (kill -9) and started again", () => {
  let fixture: Fixture;
  let undisturbed: Outcome;
  let length = 0;

  beforeAll(async () => {
    fixture = await makeFixture(folder.path, { roles: 3, accounts: 2, eventsPerRole: 120 });
    const began = performance.now();
    undisturbed = await finish(join(folder.path, "undisturbed"), fixture.options);
    length = performance.now() - began;
  }, 300_000);
  afterAll(() => folder.remove());

  it("has something to lose", () => {
    expect(undisturbed).toMatchObject({ code: 0, deadLetters: 0, errors: 0, brokenHistories: [] });
    expect(undisturbed.requests.length).toBeGreaterThan(1);
  });

  it.each(Array.from({ length: TIMES }, (_, n) => n))(
    "comes to the same requests, each once (moment %i)",
    async (n) => {
      const state = join(folder.path, `killed-${n}`);
      const after = momentOfKill("end to end", n, TIMES, length);
      await startAndKill(state, fixture.options, after);
      expect(await finish(state, fixture.options), `killed after ${after} ms`).toEqual(undisturbed);
    },
  );
});
