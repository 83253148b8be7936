import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, expect, it } from "vitest";
import { startLocalGitlab } from "./gitlab.ts";
import { testOrganization } from "./test-gitlab.ts";

const folder = await mkdtemp(join(tmpdir(), "plp-gitlab-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

it("A state directory may be given by a path relative to where the process runs", async () => {
  const state = relative(process.cwd(), folder);
  const gitlab = await startLocalGitlab({ state, organization: testOrganization });
  await gitlab.stop();
  const head = await readFile(join(folder, "gitlab", "repository.git", "HEAD"), "utf8");
  expect(head).toBe("ref: refs/heads/main\n");
});
