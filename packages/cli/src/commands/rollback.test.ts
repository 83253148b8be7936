import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { type Confirm, confirmAt } from "../confirm.ts";
import { failureOf } from "../exit.ts";
import { plainStyle } from "../output.ts";
import type { Api } from "../state/api.ts";
import { pipe, plp } from "../testing/terminal.ts";
import { askForRollback } from "./rollback.ts";

const tag = { action: "sqs:TagQueue", resource: "arn:aws:sqs:eu-central-1:1:shop", condition: null };
const purge = { ...tag, action: "sqs:PurgeQueue" };
const mergeRequest = { iid: 87, url: "https://gitlab.example/87" };
const answer = {
  ...{ roleArn: "arn:aws:iam::111122223333:role/ci/shop-prod", application: "shop", environment: "prod" },
  ...{ version: 12, only: null, added: [tag], removed: [purge], forbidden: [], questions: [] },
  refusedBefore: [{ ...tag, at: "2026-10-12T08:00:00Z", by: "rita", mergeRequest }],
  proof: { holds: true, outside: [], lost: [] },
  waitsFor: { kind: "grow", iid: 90, url: "https://gitlab.example/90" },
};

function answering(): Api & { readonly asked: object[] } {
  const asked: object[] = [];
  return {
    asked,
    get: async () => null,
    post: async (path, body) => {
      asked.push({ path, ...body });
      return { ...answer, order: "dryRun" in body ? null : "order-1" };
    },
  };
}

const wish = { to: 12, only: [] };
const asking = (api: Api, confirm: Confirm | null, more: object = {}) =>
  askForRollback(api, "shop-prod", { ...wish, ...more }, confirm);

describe("plp rollback", () => {
  it("shows what would change, and asks for it when the person wants it", async () => {
    const api = answering();
    let shown = "";
    const done = await asking(api, async (preview) => {
      shown = preview(plainStyle);
      return true;
    });
    expect(shown).toContain(
      "Back to version 12: 1 permission returns, 1 goes; nothing else changes (proved).",
    );
    expect(shown).toMatch(/\+ +sqs:TagQueue +shop/);
    expect(shown).toMatch(/- +sqs:PurgeQueue +shop/);
    expect(shown).toContain("refused before  sqs:TagQueue on shop, by rita in !87");
    expect(shown).toContain("waits  until !90 (grow) is decided");
    expect(api.asked).toMatchObject([
      { path: "/api/rollbacks", dryRun: true },
      { role: "shop-prod", version: 12 },
    ]);
    expect(done.json).toMatchObject({ order: "order-1" });
    expect(done.people(plainStyle)).toMatch(/^Asked for/);
  });

  it("asks for nothing when the person does not, nor on a dry run", async () => {
    const api = answering();
    expect((await asking(api, async () => false)).people(plainStyle)).toBe("Nothing was asked for.");
    expect((await asking(api, null, { dryRun: true })).people(plainStyle)).toContain("Back to version 12");
    expect(api.asked).toMatchObject([{ dryRun: true }, { dryRun: true }]);
  });

  it("in a script wants --yes or --json, and then asks for it at once", async () => {
    const api = answering();
    const failure = await asking(api, async () => null).catch(failureOf);
    expect(failure).toMatchObject({ exit: 2, message: expect.stringContaining("--yes") });
    const done = await asking(api, null, { only: ["sqs:TagQueue"] });
    expect(api.asked.slice(1)).toEqual([
      { path: "/api/rollbacks", role: "shop-prod", version: 12, only: ["sqs:TagQueue"] },
    ]);
    expect(done.people(plainStyle)).toContain("sqs:PurgeQueue");
  });

  it.each([
    ["without a version", ["rollback", "shop-prod"], "--to"],
    ["with a version that is no number", ["rollback", "shop-prod", "--to", "last"], "whole number"],
  ])("%s is bad usage", async (_, args, says) => {
    const { exit, err } = await plp(args);
    expect([exit, err]).toEqual([2, expect.stringContaining(says)]);
  });
});

describe("The question before an act", () => {
  const terminalOf = (isTTY: boolean) => {
    const { terminal, text } = pipe();
    Object.assign(terminal.err, { isTTY });
    const input = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.ReadStream;
    return { input, text, ask: confirmAt(terminal, input, "Open it?") };
  };

  it.each([
    ["y\n", true],
    ["Yes\n", true],
    ["\n", false],
    ["no, yes\n", false],
    ["", false],
  ])("answered with %j is %s", async (said, wanted) => {
    const { input, text, ask } = terminalOf(true);
    const answered = ask(() => "the preview");
    (input as unknown as PassThrough).end(said);
    expect(await answered).toBe(wanted);
    expect(text().err).toContain("the preview\n\nOpen it? [y/N] ");
  });

  it("is not asked where nobody could answer", async () => {
    expect(await terminalOf(false).ask(() => "x")).toBeNull();
  });
});
