import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseSettings } from "@plp/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "../../../packages/local-cloud/src/gitlab/test-gitlab.ts";
import { repositoriesOf } from "./repositories.ts";

const project = "iam/roles";
let gitlab: TestGitlab;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  gitlab = await startTestGitlab(folder.path);
});
afterAll(async () => {
  await gitlab.stop();
  await folder.remove();
});

function repository(more: object = {}, token = gitlab.token) {
  const settings = parseSettings({
    trail: { arn: "arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization", bucket: "trail-logs" },
    roles: { reader: "plp-reader", analyzer_service_role: "plp-analyzer" },
    repositories: [{ url: gitlab.url, project }],
    ...more,
  });
  const [first] = repositoriesOf(settings, token);
  if (first === undefined) throw new Error("the settings name a repository");
  return first;
}

describe("The IAM repository in GitLab", () => {
  it("has an application in every folder that holds outputs, however deep", async () => {
    await gitlab.as("rita").Commits.create(project, "main", "More", [
      { action: "create", filePath: "teams/a b/plp.outputs.json", content: "{}" },
      { action: "create", filePath: "plp.outputs.json", content: "{}" },
      { action: "create", filePath: "plain/main.tf", content: "" },
    ]);
    expect(await repository().folders(await repository().head())).toEqual(["shop", "teams/a b"]);
  });

  it("with Terraform state also has those that hold Terraform files", async () => {
    const found = repository({ terraform_state: true });
    expect(await found.folders(await found.head())).toContain("plain");
  });

  it("tells the outputs at the commit of the round, who wrote them, and null where there are none", async () => {
    const found = repository();
    const before = await found.head();
    await gitlab
      .as("rita")
      .Commits.create(project, "main", "Change", [
        { action: "update", filePath: "shop/plp.outputs.json", content: '{"plp": 2}' },
      ]);
    const after = await found.head();
    expect(await found.outputs("shop", before)).toMatchObject({
      text: '{"plp": {}}\n',
      source: "shop/plp.outputs.json",
    });
    expect(await found.outputs("shop", after)).toMatchObject({
      text: '{"plp": 2}',
      commit: { sha: after, author: "Rita Reviewer" },
    });
    expect(await found.outputs("nowhere", after)).toBeNull();
  });

  it("reads a folder's Terraform state only where the settings allow it", async () => {
    const state = {
      version: 4,
      serial: 1,
      lineage: "l",
      outputs: { plp: { value: { application: "plain", environments: {} } } },
    };
    const posted = await gitlab.call("rita", "POST", "/projects/iam%2Froles/terraform/state/plain", state);
    expect(posted.status).toBe(200);
    const head = await repository().head();
    expect(await repository().outputs("plain", head)).toBeNull();
    const found = await repository({ terraform_state: true }).outputs("plain", head);
    expect(JSON.parse(found?.text ?? "")).toMatchObject({ outputs: { plp: {} } });
    expect(found?.source).toBe('Terraform state "plain"');
    expect(await repository({ terraform_state: true }).outputs("shop/nowhere", head)).toBeNull();
  });

  it.each([
    [200, { expires_at: "2026-12-20" }, "2026-12-20"],
    [200, { expires_at: null }, null],
    [200, { expires_at: "soon" }, null],
    [404, {}, null],
  ])("tells when its token ends where GitLab does: %i %j", async (status, body, ends) => {
    const asked: string[] = [];
    const server = createServer(({ url = "" }, answer) => {
      asked.push(url);
      answer.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const repositories = [{ url: `http://127.0.0.1:${port}`, project }];
    expect(await repository({ repositories }).tokenEnds()).toBe(ends);
    expect(asked).toEqual(["/api/v4/personal_access_tokens/self"]);
    server.close();
  });

  it("with a wrong token or another branch says what to mend, and never the token", async () => {
    await expect(repository({}, "wrong-token-1234").head()).rejects.toMatchObject({
      code: "gitlab-401",
      retryable: true,
      message: expect.not.stringContaining("wrong-token-1234"),
    });
    const repositories = [{ url: gitlab.url, project, target_branch: "production" }];
    await expect(repository({ repositories }).head()).rejects.toMatchObject({ code: "gitlab-no-branch" });
  });
});
