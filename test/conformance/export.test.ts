import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportLines } from "../../packages/audit/src/export.ts";
import { day, roleOf, written } from "../../packages/audit/src/testing.ts";
import { historyLine, roleStream } from "../../packages/domain/src/index.ts";
import { addition } from "../../packages/domain/src/testing.ts";

const dir = mkdtempSync(join(tmpdir(), "plp-export-"));
afterAll(() => rmSync(dir, { recursive: true }));
const checker = join(import.meta.dirname, "check-export.mjs");

interface Checked {
  readonly streams: number;
  readonly commits: number;
  readonly events: number;
  readonly wrong: readonly string[];
}

/** What the small program that shares no code with PLP says of an export. */
function check(lines: string, seen?: string): Promise<Checked> {
  const file = join(dir, "export.jsonl");
  const other = join(dir, "messages.txt");
  writeFileSync(file, lines);
  writeFileSync(other, seen ?? "");
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [checker, file, ...(seen === undefined ? [] : [other])], (error, out) => {
      try {
        const said = JSON.parse(out) as Checked;
        expect(error === null).toBe(said.wrong.length === 0);
        resolve(said);
      } catch (unreadable) {
        reject(error ?? unreadable);
      }
    });
  });
}

const [shop, crm] = [roleOf("shop"), roleOf("crm")];
const history = written();

beforeAll(async () => {
  for (const id of [shop, crm]) {
    const folder = id === shop ? "shop" : "crm";
    await history.plan(folder, day(1), [id]);
    await history.discover(id, day(2), folder);
    await history.edit(
      id,
      day(3),
      [{ Effect: "Allow", Action: ["s3:Get*"], Resource: "*" }],
      "Zoë \u{1f511}",
    );
    await history.propose(id, day(4), [addition("sqs:CreateQueue")]);
    await history.approve(id, day(5), 58);
  }
});

async function* everything() {
  const names: string[] = [];
  for await (const name of history.store.streams()) names.push(name);
  yield* names.sort();
}

async function exported(span: Parameters<typeof exportLines>[1] = {}): Promise<string> {
  let text = "";
  for await (const line of exportLines(everything(), span, { scan: history.store, at: day(9) })) text += line;
  return text;
}

describe("an export, checked by a program that knows only its description", () => {
  it("is whole and true", async () => {
    expect(await check(await exported())).toEqual({ streams: 4, commits: 10, events: 10, wrong: [] });
  });

  it("of a span has the commits from the first to the last event in it, and still a chain", async () => {
    const some = await check(await exported({ since: day(3), until: day(4) }));
    expect(some).toEqual({ streams: 2, commits: 4, events: 4, wrong: [] });
    expect(await check(await exported({ since: day(20) }))).toMatchObject({ commits: 0, wrong: [] });
  });

  it("is found wrong wherever one character of it was changed", async () => {
    const text = await exported();
    for (let at = 5; at < text.length; at += 617) {
      const other = text[at] === "0" ? "1" : "0";
      const { wrong } = await check(text.slice(0, at) + other + text.slice(at + 1)).catch(() => ({
        wrong: ["unreadable"],
      }));
      expect(wrong, `character ${at}`).not.toEqual([]);
    }
  });

  it("is found wrong where lines are missing, moved or added", async () => {
    const lines = (await exported()).trimEnd().split("\n");
    const text = (some: readonly string[]) => `${some.join("\n")}\n`;
    const without = (at: number) => lines.filter((_, i) => i !== at);
    for (const at of lines.keys()) expect((await check(text(without(at)))).wrong).not.toEqual([]);
    expect((await check(text([...lines, lines[1] ?? ""]))).wrong).not.toEqual([]);
    expect((await check(text(lines.toSpliced(3, 2, lines[4] ?? "", lines[3] ?? "")))).wrong).not.toEqual([]);
  });

  it("bears out what Git saw, and contradicts what it did not", async () => {
    const { events } = await history.store.load(roleStream(shop));
    const proposed = events.find(({ type }) => type === "PolicyProposed");
    if (proposed === undefined) throw new Error("nothing was proposed");
    const line = historyLine(shop, proposed);
    const text = await exported();
    expect((await check(text, `shop: allow 1 permission\n\n${line}\n`)).wrong).toEqual([]);
    const other = historyLine(shop, { ...proposed, hash: "0".repeat(64) });
    expect((await check(text, other)).wrong).toHaveLength(1);
  });

  it("is described where it says that it is", () => {
    const docs = readFileSync(join(import.meta.dirname, "..", "..", "docs", "export.md"), "utf8");
    for (const member of [
      "stream",
      "version",
      "lastVersion",
      "commitId",
      "recordedAt",
      "previous",
      "hash",
      "events",
    ])
      expect(docs).toContain(`\`${member}\``);
  });
});
