import type { ServerResponse } from "node:http";
import { Fault } from "@plp/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { assumedSessions } from "./sessions.ts";
import { type SeenRequest, testServer } from "./test-server.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const start = Date.parse("2026-11-22T10:00:00Z");

function granted(response: ServerResponse, count: number, expires: number): void {
  response.writeHead(200, { "content-type": "text/xml" }).end(
    `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
     <AccessKeyId>ASIAEXAMPLE${count}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token${count}</SessionToken>
     <Expiration>${new Date(expires).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  );
}

function refused(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { "content-type": "text/xml" })
    .end(`<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`);
}

async function sessionsOf(
  answer: (request: SeenRequest, response: ServerResponse, count: number, now: number) => void,
) {
  let now = start;
  const server = await testServer((request, response, count) => answer(request, response, count, now));
  stops.push(server.stop);
  const sessions = assumedSessions({
    region: "eu-central-1",
    readerRole: "plp/reader",
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "hub" },
    endpoint: server.url,
    clock: { now: () => new Date(now) },
  });
  const pass = (minutes: number) => {
    now += minutes * 60_000;
  };
  return { sessions, seen: server.seen, pass };
}

describe("assumed sessions", () => {
  it("assume the reader role of the account, in the region, under a name that says why", async () => {
    const { sessions, seen } = await sessionsOf((_r, response, count, now) =>
      granted(response, count, now + 3600_000),
    );
    const credentials = await sessions.credentialsFor("111122223333", "analysis of x")();
    expect(credentials).toMatchObject({ accessKeyId: "ASIAEXAMPLE1", sessionToken: "token1" });
    const form = new URLSearchParams(seen[0]?.body);
    expect(form.get("RoleArn")).toBe("arn:aws:iam::111122223333:role/plp/reader");
    expect(form.get("RoleSessionName")).toBe("plp-analysis-of-x");
    expect(form.get("DurationSeconds")).toBe("3600");
    expect(seen[0]?.headers.authorization).toContain("/eu-central-1/sts/aws4_request");
  });

  it("are kept until five minutes before their end, then renewed", async () => {
    const { sessions, seen, pass } = await sessionsOf((_r, response, count, now) =>
      granted(response, count, now + 3600_000),
    );
    const provider = sessions.credentialsFor("111122223333", "trail");
    const [first, twin] = await Promise.all([provider(), provider()]);
    expect(twin).toBe(first);
    pass(54);
    expect(await provider()).toBe(first);
    pass(2);
    expect((await provider()).accessKeyId).toBe("ASIAEXAMPLE2");
    expect(seen.length).toBe(2);
    expect(first.accessKeyId).toBe("ASIAEXAMPLE1");
  });

  it("are one per account and purpose, and can be held on to", async () => {
    const { sessions, seen } = await sessionsOf((_r, response, count, now) =>
      granted(response, count, now + 3600_000),
    );
    const held = await sessions.hold("111122223333", "last-accessed");
    expect(await sessions.credentialsFor("111122223333", "last-accessed")()).toBe(held);
    await sessions.hold("444455556666", "last-accessed");
    await sessions.hold("111122223333", "trail");
    expect(seen.length).toBe(3);
  });

  it("say what to do when the role may not be assumed, and try again next time", async () => {
    const { sessions, seen } = await sessionsOf((_r, response, count, now) =>
      count === 1 ? refused(response, 403, "AccessDenied") : granted(response, count, now + 3600_000),
    );
    const provider = sessions.credentialsFor("111122223333", "trail");
    const error = await provider().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Fault);
    expect(error).toMatchObject({ code: "aws-session", retryable: false });
    expect(String(error)).toContain("cannot assume arn:aws:iam::111122223333:role/plp/reader");
    expect(String(error)).toContain("deploy the account's stack");
    await provider();
    expect(seen.length).toBe(2);
  });

  it("are refused before the call for what is no account id", async () => {
    const { sessions, seen } = await sessionsOf((_r, response) => refused(response, 500, "no"));
    await expect(sessions.hold("../../1", "x")).rejects.toMatchObject({
      code: "aws-account",
      retryable: false,
    });
    expect(seen.length).toBe(0);
  });

  it("fail for the queue to try again when STS throttles", async () => {
    const { sessions } = await sessionsOf((_r, response) => refused(response, 400, "Throttling"));
    await expect(sessions.hold("111122223333", "x")).rejects.toMatchObject({
      code: "aws-Throttling",
      retryable: true,
    });
  });

  it("do not loop on a session that is born expired", async () => {
    const { sessions, seen } = await sessionsOf((_r, response, count, now) =>
      granted(response, count, now + 60_000),
    );
    await expect(sessions.hold("111122223333", "x")).rejects.toMatchObject({
      code: "aws-session",
      retryable: true,
    });
    expect(seen.length).toBe(1);
  });
});
