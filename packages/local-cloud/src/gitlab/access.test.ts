import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  base,
  openedRequest,
  project,
  refusal,
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "./test-gitlab.ts";

let gitlab: TestGitlab;
let remove: () => Promise<void>;
beforeAll(async () => {
  const folder = await temporaryFolder();
  remove = folder.remove;
  gitlab = await startTestGitlab(folder.path);
});
afterAll(async () => {
  await gitlab.stop();
  await remove();
});

describe("who may", () => {
  it("answers a wrong or missing token with 401, an unknown route with 404 and another project with 404", async () => {
    expect(await gitlab.call(null, "GET", base)).toMatchObject(refusal(401, "401 Unauthorized"));
    expect(await gitlab.call("nobody", "GET", base)).toMatchObject(refusal(401, "401 Unauthorized"));
    const unknown = await gitlab.call("plp-bot", "GET", "/nothing/here");
    expect(unknown).toMatchObject({ status: 404, json: { error: "404 Not Found" } });
    expect(await gitlab.call("plp-bot", "GET", "/projects/2")).toMatchObject(
      refusal(404, "404 Project Not Found"),
    );
  });

  it("takes the token as PRIVATE-TOKEN, JOB-TOKEN, Bearer or password", async () => {
    const basic = Buffer.from(`any:${gitlab.token}`).toString("base64");
    const forms = [
      { "private-token": gitlab.token },
      { "job-token": gitlab.token },
      { authorization: `Bearer ${gitlab.token}` },
      { authorization: `Basic ${basic}` },
    ];
    for (const headers of forms) {
      const response = await fetch(`${gitlab.url}/api/v4/user`, { headers });
      expect(await response.json()).toMatchObject({ username: "plp-bot", id: 7 });
    }
  });

  it("names the members with their levels and the protection of the default branch", async () => {
    const bot = gitlab.as("plp-bot");
    const members = await bot.ProjectMembers.all(project, { includeInherited: true });
    expect(members.map(({ username, access_level }) => [username, access_level])).toEqual([
      ["plp-bot", 30],
      ["rita", 40],
      ["dave", 30],
      ["rob", 20],
    ]);
    expect(await bot.ProjectMembers.show(project, 8, { includeInherited: true })).toMatchObject({
      access_level: 40,
    });
    const [protectedBranch] = await bot.ProtectedBranches.all(project);
    expect(protectedBranch).toMatchObject({ name: "main", merge_access_levels: [{ access_level: 40 }] });
    expect(await bot.Users.all({ username: "RITA" })).toMatchObject([{ id: 8 }]);
  });

  it("keeps the bot from the default branch", async () => {
    const bot = gitlab.as("plp-bot");
    const push = await gitlab.call("plp-bot", "POST", `${base}/repository/commits`, {
      branch: "main",
      commit_message: "m",
      actions: [{ action: "create", file_path: "x", content: "x" }],
    });
    expect(push).toMatchObject(refusal(403, "403 Forbidden - You are not allowed to push into this branch"));
    expect(await gitlab.call("plp-bot", "DELETE", `${base}/repository/branches/main`)).toMatchObject({
      status: 403,
    });
    const { one } = await openedRequest(gitlab, "ready");
    expect(await gitlab.call("plp-bot", "PUT", `${one}/merge`)).toMatchObject(
      refusal(401, "401 Unauthorized"),
    );
    expect((await bot.Branches.show(project, "main")).can_push).toBe(false);
  });
});

describe("Terraform state", () => {
  const state = `${base}/terraform/state/shop`;

  it("is read by developers, written and locked by maintainers, version by version", async () => {
    expect((await gitlab.call("plp-bot", "GET", state)).status).toBe(404);
    expect((await gitlab.call("plp-bot", "POST", state, { serial: 1 })).status).toBe(403);
    expect((await gitlab.call("rita", "POST", `${state}/lock`, { ID: "a", Who: "ci" })).status).toBe(200);
    expect(await gitlab.call("rita", "POST", `${state}/lock`, { ID: "b" })).toMatchObject({
      status: 423,
      json: { ID: "a", Who: "ci" },
    });
    expect((await gitlab.call("rita", "POST", state, { serial: 1 })).status).toBe(409);
    expect((await gitlab.call("rita", "POST", `${state}?ID=a`, { serial: 1, outputs: {} })).status).toBe(200);
    expect((await gitlab.call("rita", "POST", `${state}?ID=a`, { serial: 2, outputs: {} })).status).toBe(200);
    expect((await gitlab.call("rita", "DELETE", `${state}/lock`, { ID: "a" })).status).toBe(200);
    expect((await gitlab.call("plp-bot", "GET", state)).json).toEqual({ serial: 2, outputs: {} });
    expect((await gitlab.call("plp-bot", "GET", `${state}/versions/1`)).json).toEqual({
      serial: 1,
      outputs: {},
    });
    expect((await gitlab.call("rob", "GET", state)).status).toBe(403);
  });
});
