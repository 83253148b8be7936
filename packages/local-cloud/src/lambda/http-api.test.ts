import { silentLog } from "@plp/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HttpHandler, startHttpApi } from "./http-api.ts";

const echo: HttpHandler = async ({ headers, body, rawPath, requestContext, queryStringParameters }) => ({
  statusCode: 202,
  headers: { "x-token": headers["x-gitlab-token"] ?? "none" },
  body: JSON.stringify({ body, rawPath, method: requestContext.http.method, query: queryStringParameters }),
});
const broken: HttpHandler = async () => {
  throw new Error("secret detail");
};

let api: Awaited<ReturnType<typeof startHttpApi>>;
beforeAll(async () => {
  api = await startHttpApi({
    ...{ port: 0, log: silentLog },
    routes: { "POST /hooks/gitlab": echo, "POST /broken": broken },
  });
});
afterAll(() => api.stop());

describe("The HTTP API on one machine", () => {
  it("hands a request to the function of its route, and its answer back", async () => {
    const options = { method: "POST", headers: { "X-Gitlab-Token": "t" }, body: "hällo" };
    const answer = await fetch(`${api.url}/hooks/gitlab?a=1`, options);
    expect(answer.status).toBe(202);
    expect(answer.headers.get("x-token")).toBe("t");
    expect(await answer.json()).toEqual({
      ...{ body: "hällo", rawPath: "/hooks/gitlab", method: "POST", query: { a: "1" } },
    });
  });

  it("knows no other route or method", async () => {
    expect((await fetch(`${api.url}/hooks/gitlab`)).status).toBe(404);
    expect((await fetch(`${api.url}/`, { method: "POST" })).status).toBe(404);
  });

  it("answers 500 for a function that fails, without its error", async () => {
    const answer = await fetch(`${api.url}/broken`, { method: "POST" });
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("secret");
  });
});
