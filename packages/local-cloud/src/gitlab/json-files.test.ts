import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { byNumber, openJsonFolder } from "./json-files.ts";
import { temporaryFolder } from "./test-gitlab.ts";

const schema = z.object({ n: z.number() });

/** What is in memory, and what the next start would find. */
async function after(work: (folder: Awaited<ReturnType<typeof opened>>) => Promise<unknown>) {
  const folder = await temporaryFolder();
  const files = await opened(folder.path);
  await work(files);
  const again = await opened(folder.path);
  await folder.remove();
  return { memory: [...files.items.values()], disk: [...again.items.values()] };
}

const opened = (path: string) => openJsonFolder(join(path, "items"), schema, byNumber);

describe("A folder of JSON files", () => {
  it("takes writes of one item that come at once, and the last one stands", async () => {
    const { memory, disk } = await after(({ put }) =>
      Promise.all(Array.from({ length: 20 }, (_, n) => put(1, { n }))),
    );
    expect(memory).toEqual([{ n: 19 }]);
    expect(disk).toEqual(memory);
  });

  it("keeps what memory holds when its turn has come, and never goes back to what was held before", async () => {
    const { memory, disk } = await after(async ({ hold, keep }) => {
      hold(1, { n: 1 });
      const first = keep(1);
      hold(1, { n: 2 });
      await Promise.all([first, keep(1)]);
    });
    expect(memory).toEqual([{ n: 2 }]);
    expect(disk).toEqual(memory);
  });

  it("goes on with an item whose write failed", async () => {
    const { disk } = await after(async ({ put }) => {
      const circle: { n: number; self?: unknown } = { n: 1 };
      circle.self = circle;
      await expect(put(1, circle)).rejects.toThrow();
      await put(1, { n: 2 });
    });
    expect(disk).toEqual([{ n: 2 }]);
  });

  it("forgets an item that is removed while it is written", async () => {
    const { memory, disk } = await after(({ put, remove }) => Promise.all([put(1, { n: 1 }), remove(1)]));
    expect([memory, disk]).toEqual([[], []]);
  });
});
