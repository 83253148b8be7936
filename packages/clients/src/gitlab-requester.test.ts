import type { ServerResponse } from "node:http";
import { Fault } from "@plp/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { gitlabClient } from "./gitlab.ts";
import type { RequesterOptions } from "./gitlab-requester.ts";
import { json, type SeenRequest, testServer } from "./test-server.ts";

const token = "glpat-very-secret-1234";
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function clientOf(
  answer: (request: SeenRequest, response: ServerResponse, count: number) => void,
  options: RequesterOptions = {},
) {
  const server = await testServer(answer);
  stops.push(server.stop);
  const waits: number[] = [];
  let now = Date.parse("2026-11-22T10:00:00Z");
  const gitlab = gitlabClient({
    url: `${server.url}/`,
    token: async () => token,
    clock: { now: () => new Date(now) },
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      now += milliseconds;
    },
    random: () => 0.5,
    ...options,
  });
  return { gitlab, waits, seen: server.seen, url: server.url };
}

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Fault)) throw new Error(`expected a fault, got ${String(error)}`);
  expect(JSON.stringify([error.message, error.stack, error.cause, { ...error }])).not.toContain(token);
  return error;
}

const note = (gitlab: Awaited<ReturnType<typeof clientOf>>["gitlab"]) =>
  gitlab.MergeRequestNotes.create("iam/roles", 1, "hello");

describe("the GitLab requester", () => {
  it("sends the token and snake_case, and leaves contents as they are", async () => {
    const { gitlab, seen } = await clientOf((_request, response) => json(response, 201, { id: "abc" }));
    await gitlab.Commits.create(7, "b", "m", [
      { action: "create", filePath: "aB.json", content: "camelCase" },
    ]);
    expect(seen[0]?.headers["private-token"]).toBe(token);
    expect(seen[0]?.url).toBe("/api/v4/projects/7/repository/commits");
    expect(JSON.parse(seen[0]?.body ?? "")).toMatchObject({
      commit_message: "m",
      actions: [{ action: "create", file_path: "aB.json", content: "camelCase" }],
    });
  });

  it("repeats a POST after 429 and waits as long as GitLab asks", async () => {
    const { gitlab, waits, seen } = await clientOf((_request, response, count) => {
      if (count > 1) return json(response, 201, { id: 1 });
      response.writeHead(429, { "content-type": "text/plain", "retry-after": "3" }).end("Retry later");
    });
    await expect(note(gitlab)).resolves.toMatchObject({ id: 1 });
    expect([waits, seen.length]).toEqual([[3000], 2]);
  });

  it("leaves a wait that is too long to the queue", async () => {
    const { gitlab, waits } = await clientOf((_request, response) => {
      response.writeHead(429, { "content-type": "text/plain", "retry-after": "30" }).end("Retry later");
    });
    const fault = await faultOf(gitlab.Projects.show(1));
    expect([fault.code, fault.retryable, fault.retryAfterSeconds, waits]).toEqual([
      "gitlab-429",
      true,
      30,
      [],
    ]);
    expect(fault.message).toContain("Retry later");
  });

  it("understands Retry-After as a date, and RateLimit-Reset where Retry-After is missing", async () => {
    const { gitlab, waits } = await clientOf((_request, response, count) => {
      if (count === 1) {
        json(response, 429, {}, { "retry-after": "Sun, 22 Nov 2026 10:00:04 GMT" });
      } else if (count === 2) {
        const reset = String(Date.parse("2026-11-22T10:00:09Z") / 1000);
        json(response, 429, {}, { "ratelimit-remaining": "0", "ratelimit-reset": reset });
      } else json(response, 200, { id: 1 });
    });
    await gitlab.Projects.show(1);
    expect(waits).toEqual([4000, 5000]);
  });

  it("backs off with jitter after a 429 without headers, and gives up", async () => {
    const { gitlab, waits, seen } = await clientOf((_request, response) =>
      response.writeHead(429, { "content-type": "text/plain" }).end("Retry later"),
    );
    const fault = await faultOf(gitlab.Projects.show(1));
    expect([fault.code, waits, seen.length]).toEqual(["gitlab-429", [250, 500, 1000, 2000], 5]);
  });

  it("never repeats a POST after a 502, because GitLab may have acted", async () => {
    const notes: string[] = [];
    const { gitlab } = await clientOf((request, response) => {
      notes.push(request.body);
      response.writeHead(502, { "content-type": "text/html" }).end("<html><h1>Bad Gateway</h1></html>");
    });
    const fault = await faultOf(note(gitlab));
    expect([notes.length, fault.code, fault.retryable]).toEqual([1, "gitlab-502", true]);
    expect(fault.message).toBe(
      "GitLab answered 502 to POST projects/iam%2Froles/merge_requests/1/notes: Bad Gateway",
    );
  });

  it.each([500, 502, 503, 504])("repeats a GET after %i", async (status) => {
    const { gitlab, seen } = await clientOf((_request, response, count) =>
      count === 1 ? response.writeHead(status).end() : json(response, 200, { id: 1 }),
    );
    await gitlab.Projects.show(1);
    expect(seen.length).toBe(2);
  });

  it("never repeats a POST after a broken connection, but a GET", async () => {
    const { gitlab, seen } = await clientOf((request, response, count) => {
      if (request.method === "POST" || count < 3) response.socket?.destroy();
      else json(response, 200, { id: 1 });
    });
    const fault = await faultOf(note(gitlab));
    expect([fault.code, fault.retryable, seen.length]).toEqual(["gitlab-network", true, 1]);
    expect(fault.message).toContain("it may have acted all the same");
    await gitlab.Projects.show(1);
    expect(seen.length).toBe(3);
  });

  it("gives up on a server that hangs, also in the middle of a body", async () => {
    const { gitlab, seen } = await clientOf(
      (request, response) => {
        if (request.method === "POST")
          response.writeHead(200, { "content-type": "application/json" }).write("{");
      },
      { timeoutMs: 40, attempts: 2 },
    );
    expect((await faultOf(gitlab.Projects.show(1))).code).toBe("gitlab-timeout");
    expect(seen.length).toBe(2);
    expect((await faultOf(note(gitlab))).code).toBe("gitlab-timeout");
    expect(seen.length).toBe(3);
  });

  it("stops at the deadline of the request even when attempts are left", async () => {
    const { gitlab, seen } = await clientOf(
      (_request, response) => response.writeHead(503, { "retry-after": "8" }).end(),
      {
        deadlineMs: 20_000,
      },
    );
    const fault = await faultOf(gitlab.Projects.show(1));
    expect([fault.code, fault.retryAfterSeconds, seen.length]).toEqual(["gitlab-503", 8, 3]);
  });

  it("keeps GitLab's reason, an array too, in a permanent fault", async () => {
    const { gitlab } = await clientOf((_request, response) =>
      json(response, 409, {
        message: ["Another open merge request already exists for this source branch: !12"],
      }),
    );
    const fault = await faultOf(gitlab.MergeRequests.create(1, "a", "main", "t"));
    expect([fault.code, fault.retryable]).toEqual(["gitlab-409", false]);
    expect(fault.message).toContain("Another open merge request already exists for this source branch: !12");
  });

  it("names method and path, never the query or the token, whatever GitLab says back", async () => {
    const { gitlab } = await clientOf((request, response) =>
      json(response, 400, {
        error: `bad\u001b[31m ${request.url} ${request.headers["private-token"]} ${"x".repeat(900)}`,
      }),
    );
    const fault = await faultOf(gitlab.MergeRequests.all({ projectId: 1, search: "s3cret" }));
    expect(fault.message).toMatch(/^GitLab answered 400 to GET projects\/1\/merge_requests: bad/);
    expect(fault.message).toContain("[token]");
    expect(fault.message).not.toContain("\u001b");
    expect(fault.message.length).toBeLessThan(420);
  });

  it("holds a refused token for transient, so that no message is lost before it is repaired", async () => {
    const { gitlab } = await clientOf((_request, response) =>
      json(response, 401, { message: "401 Unauthorized" }),
    );
    const fault = await faultOf(gitlab.Projects.show(1));
    expect([fault.code, fault.retryable, fault.retryAfterSeconds]).toEqual(["gitlab-401", true, 300]);
  });

  it("does not carry the token to where a redirect points", async () => {
    const { gitlab, seen } = await clientOf((_request, response) =>
      response.writeHead(302, { location: "http://127.0.0.1:1/elsewhere" }).end(),
    );
    const fault = await faultOf(gitlab.Projects.show(1));
    expect([fault.code, fault.retryable, seen.length]).toEqual(["gitlab-302", false, 1]);
  });

  it("does not show a token that no header can hold", async () => {
    const { gitlab } = await clientOf((_request, response) => json(response, 200, {}));
    const broken = gitlabClient({ url: gitlab.url.replace(/\/api.*/, ""), token: async () => `${token}\nx` });
    expect((await faultOf(broken.Projects.show(1))).code).toBe("gitlab-token");
  });

  it("calls a JSON answer that is none unreadable", async () => {
    const { gitlab } = await clientOf((_request, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end("{oops"),
    );
    const fault = await faultOf(gitlab.Projects.show(1));
    expect([fault.code, fault.retryable]).toEqual(["gitlab-unreadable", true]);
  });

  it("follows the pages of a list, and only on its own host", async () => {
    const { gitlab, seen } = await clientOf((request, response) => {
      const page = Number(new URL(request.url, "http://x").searchParams.get("page") ?? 1);
      const link = `<http://evil.example/api/v4/projects?page=${page + 1}&per_page=2>; rel="next"`;
      json(response, 200, [{ id: page }], page < 3 ? { link } : {});
    });
    const all = await gitlab.MergeRequests.all({ projectId: 1, perPage: 2 });
    expect(all.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(seen.length).toBe(3);
  });

  it("gives a raw file as text", async () => {
    const { gitlab } = await clientOf((_request, response) =>
      response.writeHead(200, { "content-type": "text/plain" }).end('{"a": 1}'),
    );
    await expect(gitlab.RepositoryFiles.showRaw(1, "a b/c.json", "main")).resolves.toBe('{"a": 1}');
  });
});
