import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Gitlab } from "@gitbeaker/rest";
import type { LocalOrganization } from "../organization.ts";
import { gitEnvironment } from "./git/process.ts";
import { type LocalGitlab, type LocalGitlabOptions, startLocalGitlab } from "./gitlab.ts";

const run = promisify(execFile);

/** A bot that may push its own branches, and two people, one of whom may merge. */
export const testOrganization: LocalOrganization = {
  title: "test organization",
  files: new Map([
    ["README.md", "# Roles\n"],
    ["shop/plp.outputs.json", '{"plp": {}}\n'],
    ["shop/policies/prod.json", '{"Statement": []}\n'],
    ["billing/a b/ü.json", "{}\n"],
  ]),
  roles: [],
  users: [
    { id: 7, username: "plp-bot", name: "PLP", accessLevel: 30, bot: true },
    { id: 8, username: "rita", name: "Rita Reviewer", accessLevel: 40, bot: false },
    { id: 9, username: "dave", name: "Dave <Developer>", accessLevel: 30, bot: false },
    { id: 10, username: "rob", name: "Rob Reporter", accessLevel: 20, bot: false },
  ],
};

export interface TestGitlab extends LocalGitlab {
  readonly state: string;
  as(username: string): InstanceType<typeof Gitlab>;
  /** A bare HTTP call as the user: status, headers and parsed body. */
  call(
    username: string | null,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; headers: Headers; json: unknown; text: string }>;
  git(folder: string, ...args: string[]): Promise<{ stdout: string; stderr: string }>;
  cloneUrlOf(username: string): string;
}

export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "plp-gitlab-"));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export async function startTestGitlab(
  state: string,
  options: Partial<LocalGitlabOptions> = {},
): Promise<TestGitlab> {
  const gitlab = await startLocalGitlab({ state, organization: testOrganization, ...options });
  const tokenOf = (username: string) => gitlab.tokens.get(username) ?? "none";
  return {
    ...gitlab,
    state,
    as: (username) => new Gitlab({ host: gitlab.url, token: tokenOf(username) }),
    call: async (username, method, path, body) => {
      const response = await fetch(`${gitlab.url}/api/v4${path}`, {
        method,
        headers: {
          ...(username === null ? {} : { "private-token": tokenOf(username) }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") === true;
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: isJson && text !== "" ? JSON.parse(text) : null,
      };
    },
    git: (folder, ...args) =>
      run("git", ["-c", "user.name=T", "-c", "user.email=t@t", ...args], {
        cwd: folder,
        env: gitEnvironment(),
      }),
    cloneUrlOf: (username) => gitlab.cloneUrl.replace("://", `://${username}:${tokenOf(username)}@`),
  };
}

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What GitLab calls: keeps all that arrives, answers by `answers`, one after the other, then 200. */
export async function hookReceiver() {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(answers.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/gitlab`;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url, received, answers, stop };
}

export const project = "iam/roles";
export const base = "/projects/iam%2Froles";
export const refusal = (status: number, message: unknown) => ({ status, json: { message } });

let branches = 0;

/** A branch of the bot's with one new file, and a request for it. */
export async function openedRequest(gitlab: TestGitlab, title = "Draft: more", description = "why") {
  const bot = gitlab.as("plp-bot");
  branches += 1;
  const branch = `plp-grow/app-${branches}`;
  const path = `app-${branches}/policies/prod.json`;
  const actions = [{ action: "create" as const, filePath: path, content: `{"n": ${branches}}\n` }];
  const commit = await bot.Commits.create(project, branch, "Add", actions, { startBranch: "main" });
  const request = await bot.MergeRequests.create(project, branch, "main", title, { description });
  return {
    bot,
    branch,
    path,
    commit,
    request,
    iid: request.iid,
    one: `${base}/merge_requests/${request.iid}`,
  };
}
