import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pause, redrive, resume } from "../commands/acts.ts";
import { statusOf } from "../commands/status.ts";
import { failureOf } from "../exit.ts";
import { plainStyle } from "../output.ts";
import { plp } from "../testing/terminal.ts";
import { type Api, apiAt, openApi } from "./api.ts";

const folder = mkdtempSync(join(tmpdir(), "plp-api-"));
afterAll(() => rmSync(folder, { recursive: true }));

const answering = (answers: Readonly<Record<string, unknown>>): Api & { readonly asked: unknown[] } => {
  const asked: unknown[] = [];
  const say = (path: string) => {
    if (!(path in answers)) throw new Error(`nobody asks ${path}`);
    return answers[path];
  };
  return {
    asked,
    get: async (path) => say(path),
    post: async (path, body) => {
      asked.push([path, body]);
      return say(path);
    },
  };
};

describe("acts", () => {
  it("say what they did", async () => {
    const since = "2026-03-01T12:00:00.000Z";
    const api = answering({
      "/api/pause": { paused: true, since, by: "operator-1" },
      "/api/resume": { paused: false, since: null, by: null },
      "/api/redrive": { queue: "merge", sent: 3 },
    });
    expect((await pause(api, "why")).people(plainStyle)).toMatch(
      /^Rounds are paused since 1 Mar.* by operator-1/,
    );
    expect((await resume(api)).json).toEqual({ paused: false, since: null, by: null });
    expect((await redrive(api, "merge")).people(plainStyle)).toMatch(/^3 dead letters of merge sent again/);
    expect(api.asked).toEqual([
      ["/api/pause", { reason: "why" }],
      ["/api/resume", {}],
      ["/api/redrive", { queue: "merge" }],
    ]);
  });

  it("need the running system", async () => {
    for (const act of [
      ["pause"],
      ["resume"],
      ["redrive", "merge"],
      ["rollback", "r", "--to", "2"],
      ["status"],
      ["round"],
      ["rebuild"],
    ]) {
      const { exit, err } = await plp([...act, "--state", join(folder, "none")]);
      expect([act, exit]).toEqual([act, 2]);
      expect(err).toContain("start the system with npm start");
    }
  });
});

describe("plp status", () => {
  it("says first that rounds are paused, by whom and why", async () => {
    const paused = { since: "2026-03-01T12:00:00.000Z", by: "operator-1", reason: "migration" };
    const api = answering({ "/api/status": { queues: [], runs: [], lanes: [], paused } });
    const text = (await statusOf(api)).people(plainStyle);
    expect(text.split("\n")[0]).toMatch(/^Rounds are paused since 1 Mar.* UTC by operator-1: migration/);
  });
});

it("plp status names the requests that wait for others to be decided", async () => {
  const waiting = [{ application: "shop", kind: "grow", since: "2026-03-01T12:00:00.000Z" }];
  const api = answering({ "/api/status": { queues: [], runs: [], lanes: [], waiting, paused: null } });
  const text = (await statusOf(api)).people(plainStyle);
  expect(text).toContain("1 request not opened yet, because as many as limits.open allows wait for people:");
  expect(text).toMatch(/shop +grow +1 Mar/);
});

describe("the API on AWS", () => {
  const answers: Readonly<Record<string, readonly [status: number, body: unknown]>> = {
    "/api/status": [200, { fine: true }],
    "/api/pause": [400, { error: { code: "bad-request", message: "it is not that easy" } }],
    "/api/redrive": [404, { error: { code: "no-such-queue", message: "there is no queue" } }],
    "/api/rounds": [503, { error: { code: "store-unavailable", message: "try again" } }],
    "/api/resume": [500, "<html>"],
  };
  const server = createServer((request, response) => {
    const isKnown = request.headers.authorization === "Bearer token";
    const forbidden = [403, { error: { code: "forbidden", message: "A token is needed." } }] as const;
    const [status, body] = isKnown ? (answers[request.url ?? ""] ?? [404, null]) : forbidden;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  let base = "";
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((done) => server.close(done)));

  it("is named with https, and nothing else will do", async () => {
    const env = (PLP_API: string) => ({ state: undefined, env: { PLP_API, PLP_TOKEN: "token" } });
    await expect(openApi(env("http://api.example.com"))).rejects.toThrow("is no https address");
    await expect(openApi(env("https://api.example.com/"))).resolves.toBeDefined();
    const table = { state: undefined, env: { PLP_TABLE: "plp" } };
    await expect(openApi(table)).rejects.toThrow("PLP_API is not set");
  });

  it("is asked with the token; what it refuses is bad usage, what it cannot do an outside failure", async () => {
    const api = apiAt(base, "token");
    expect(await api.get("/api/status")).toEqual({ fine: true });
    const failure = (work: Promise<unknown>) =>
      work.then(
        () => null,
        (error: unknown) => failureOf(error),
      );
    expect(await failure(api.post("/api/pause", {}))).toEqual({ exit: 2, message: "it is not that easy" });
    expect(await failure(api.post("/api/redrive", {}))).toMatchObject({
      exit: 2,
      message: "there is no queue",
    });
    expect(await failure(api.post("/api/rounds", {}))).toMatchObject({ exit: 3 });
    expect(await failure(api.post("/api/resume", {}))).toMatchObject({ exit: 3 });
    const stranger = await failure(apiAt(base, undefined).get("/api/status"));
    expect(stranger).toMatchObject({ exit: 3, message: expect.stringContaining("PLP_TOKEN is not set") });
    expect(await failure(apiAt("http://127.0.0.1:9", "token").get("/api/status"))).toMatchObject({ exit: 3 });
  });
});
