import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gitlabClient } from "@plp/clients";
import { parseSettings } from "@plp/runtime";
import { describe, expect, it } from "vitest";
import { checkGitlab } from "./gitlab-checks.ts";

const settings = parseSettings({
  trail: { arn: "arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization", bucket: "trail-logs" },
  roles: { reader: "plp/reader", analyzer_service_role: "plp/analyzer" },
  repositories: [{ url: "https://gitlab.example.com", project: "iam/roles" }],
  assign: ["rita"],
});
const well: Readonly<Record<string, unknown>> = {
  "/personal_access_tokens/self": { expires_at: "2027-06-30", scopes: ["api"] },
  "/projects/iam%2Froles": { permissions: { project_access: { access_level: 30 }, group_access: null } },
  "/projects/iam%2Froles/repository/branches/main": {
    ...{ protected: true, can_push: false, commit: { id: "c1" } },
  },
  "/projects/iam%2Froles/repository/tree": [{ type: "blob", path: "shop/plp.outputs.json" }],
  "/users": [{ id: 1, username: "rita" }],
  "/projects/iam%2Froles/hooks": 403,
};

/** What the doctor finds in a GitLab that answers so; a number is a status. */
async function look(more: Readonly<Record<string, unknown>> = {}) {
  const answers = { ...well, ...more };
  const server = createServer(({ url = "" }, reply) => {
    const known = answers[url.replace("/api/v4", "").split("?")[0] ?? ""] ?? 404;
    const status = typeof known === "number" ? known : 200;
    reply
      .writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify(status === 200 ? known : {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = gitlabClient({
    url: `http://127.0.0.1:${port}`,
    token: async () => "token-123",
    attempts: 1,
  });
  try {
    const place = { client, project: "iam/roles", branch: "main", settings };
    const found = await checkGitlab({ ...place, now: new Date("2026-11-23T04:00:00Z") });
    return new Map(found.map((finding) => [finding.check, finding]));
  } finally {
    server.close();
  }
}

const token = "the token is accepted and lasts";
const role = "the bot is a developer, no more";
const branch = "main is protected from the bot";
const hook = "a web hook tells of requests";

describe("The doctor at GitLab", () => {
  it("finds nothing where everything is there, and says what the smallest role cannot see", async () => {
    const found = [...(await look()).values()];
    expect(found.filter(({ status }) => status === "failed")).toEqual([]);
    expect(found.filter(({ status }) => status === "unknown").map(({ check }) => check)).toEqual([hook]);
    for (const { cause, repair, status } of found)
      expect([cause === null, repair === null]).toEqual([status === "ok", status === "ok"]);
  });

  it.each([
    [token, { "/personal_access_tokens/self": { expires_at: "2026-12-10", scopes: ["api"] } }, "in 16 days"],
    [token, { "/personal_access_tokens/self": { expires_at: null, scopes: ["read_api"] } }, "not api"],
    [token, { "/personal_access_tokens/self": 401 }, "401"],
    [
      role,
      { "/projects/iam%2Froles": { permissions: { project_access: { access_level: 40 } } } },
      "more than it needs",
    ],
    [
      role,
      { "/projects/iam%2Froles": { permissions: { group_access: { access_level: 20 } } } },
      "may not push",
    ],
    [role, { "/projects/iam%2Froles": 404 }, "does not see"],
    [
      branch,
      { "/projects/iam%2Froles/repository/branches/main": { protected: false, can_push: true } },
      "not protected",
    ],
    [
      branch,
      { "/projects/iam%2Froles/repository/branches/main": { protected: true, can_push: true } },
      "may push",
    ],
    ["rita can be assigned", { "/users": [] }, "no user rita"],
    ["applications have outputs", { "/projects/iam%2Froles/repository/tree": [] }, "plp.outputs.json"],
    [hook, { "/projects/iam%2Froles/hooks": [] }, "no web hook"],
  ])("%s: names the cause and the line that repairs it (%j)", async (check, answers, cause) => {
    const finding = (await look(answers)).get(check);
    expect(finding).toMatchObject({ status: "failed", cause: expect.stringContaining(cause) });
    expect(finding?.repair).not.toBeNull();
    expect(JSON.stringify(finding)).not.toContain("token-123");
  });
});
