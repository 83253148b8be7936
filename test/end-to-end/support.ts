import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { type Endpoints, makeGeneratedOrganization, readEndpoints } from "@plp/local-cloud";
import { history } from "../../packages/cli/src/commands/history.ts";
import { withHistory } from "../../packages/cli/src/state/open-history.ts";
import type { RoundSummary } from "../../packages/cli/src/up/summary.ts";

const main = resolve(import.meta.dirname, "../../packages/cli/src/main.ts");
/** Only against a process that hangs: nothing is asserted on time. */
const LONGEST = 240_000;

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  /** Resolves when the process has ended, however it did. */
  readonly ended: Promise<Ran>;
  /** What it has written to stderr so far. */
  said(): string;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In milliseconds, after which it is taken to hang and killed. */
  readonly longest?: number;
}

/** Starts `plp …` as a process of its own that inherits nothing which could steer it. */
export function startPlp(
  args: readonly string[],
  { cwd, env, longest = LONGEST }: Surroundings = {},
): Started {
  const { PATH = "", HOME = "/", TMPDIR } = process.env;
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH, HOME, NO_COLOR: "1", ...(TMPDIR === undefined ? {} : { TMPDIR }), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const orphaned = () => child.kill("SIGKILL");
  process.once("exit", orphaned);
  const hung = setTimeout(orphaned, longest);
  const ended = new Promise<Ran>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => {
      process.off("exit", orphaned);
      clearTimeout(hung);
      done({ code, out, err });
    });
  });
  return { ended, said: () => err, kill: (signal) => void child.kill(signal) };
}

/** Runs `plp …` to its end. */
export function plp(args: readonly string[], surroundings?: Surroundings): Promise<Ran> {
  return startPlp(args, surroundings).ended;
}

export interface Round {
  readonly code: number | null;
  readonly summary: RoundSummary;
  readonly err: string;
}

/** `plp up --once --json` on any free port. Fails where it printed no summary. */
export async function upOnce(
  state: string,
  more: readonly string[] = [],
  surroundings?: Surroundings,
): Promise<Round> {
  const { code, out, err } = await plp(
    ["up", "--once", "--json", "--state", state, "--port", "0", ...more],
    surroundings,
  );
  if (out === "") throw new Error(`plp up --once ended with ${code} and no summary: ${err}`);
  return { code, summary: JSON.parse(out), err };
}

export interface Serving {
  readonly endpoints: Endpoints;
  readonly gitlab: GitlabPeople;
  /** Asks it politely to stop, and waits for it. */
  stop(): Promise<Ran>;
}

/** `plp up`, once its round is over and it serves. */
export async function serve(state: string, more: readonly string[] = []): Promise<Serving> {
  const started = startPlp(["up", "--state", state, "--port", "0", ...more]);
  let over: Ran | undefined;
  void started.ended.then((ran) => {
    over = ran;
  });
  while (!started.said().includes("Serving")) {
    if (over !== undefined) throw new Error(`plp up ended with ${over.code}: ${over.err}`);
    await pause(50);
  }
  const endpoints = readEndpoints(state);
  if (endpoints === null) throw new Error(`plp up serves, and ${state}/endpoints.json is not there`);
  return {
    endpoints,
    gitlab: gitlabPeople(state, endpoints),
    stop() {
      started.kill("SIGTERM");
      return started.ended;
    },
  };
}

/** An event of a role's history, as `plp history --json` tells it. */
export interface Told {
  readonly type: string;
  readonly actor: { readonly kind: string; readonly name: string };
  readonly data: Readonly<Record<string, unknown>>;
}

/** The history of a role, oldest first, while `plp up` serves or after it. */
export function eventsOf(state: string, arn: string): Promise<readonly Told[]> {
  return withHistory({ state, env: {} }, async (opened) =>
    JSON.parse(JSON.stringify((await history(opened, arn, {})).json)),
  );
}

export interface GitlabAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> & { readonly [index: number]: unknown };
}

export type GitlabCall = (method: string, path: string, body?: object) => Promise<GitlabAnswer>;

export interface GitlabPeople {
  /** A client of API v4 for one user; paths below the project. */
  as(username: string): GitlabCall;
  tokenOf(username: string): string;
  /** An address that git clones and pushes as that user. */
  cloneUrl(username: string): string;
}

/** People of the local GitLab, by the tokens that it keeps for them in the state directory. */
function gitlabPeople(state: string, { gitlab = "", gitlabProject = "" }: Endpoints): GitlabPeople {
  const instance: { tokens: Record<string, string> } = JSON.parse(
    readFileSync(join(state, "gitlab", "instance.json"), "utf8"),
  );
  const tokenOf = (username: string) => {
    const token = instance.tokens[username];
    if (token === undefined) throw new Error(`the local GitLab has no user ${username}`);
    return token;
  };
  return {
    tokenOf,
    as: (username) => async (method, path, body) => {
      const answer = await fetch(`${gitlab}/api/v4/projects/${encodeURIComponent(gitlabProject)}${path}`, {
        method,
        headers: { "PRIVATE-TOKEN": tokenOf(username), "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? {} : JSON.parse(text) };
    },
    cloneUrl: (username) =>
      `${gitlab.replace("://", `://${username}:${tokenOf(username)}@`)}/${gitlabProject}.git`,
  };
}

const execute = promisify(execFile);

/** git as a person would have it set up; answers stdout. */
export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const who = ["-c", "user.name=Dana Lindqvist", "-c", "user.email=dana@example.com"];
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
  const { stdout } = await execute("git", ["-C", directory, ...who, ...args], {
    env,
    maxBuffer: 64 * 2 ** 20,
  });
  return stdout;
}

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), "plp-end-to-end-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}

export function writeFiles(directory: string, files: ReadonlyMap<string, string>): void {
  for (const [path, content] of files) {
    const whole = join(directory, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, content);
  }
}

/** Makes a git repository with one commit of everything that is in the folder. */
export async function commitAll(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  if (!existsSync(join(directory, ".git"))) await git(directory, "init", "-q", "-b", "main");
  await git(directory, "add", "-A");
  await git(directory, "commit", "-q", "--allow-empty", "-m", "The IAM repository");
}

/** A made-up organization as people would have it: a git repository and a folder of logs, and the options for both. */
export interface Fixture {
  readonly repository: string;
  readonly logs: string;
  readonly options: readonly string[];
  /** Folder → the ARNs of its roles. */
  readonly applications: ReadonlyMap<string, readonly string[]>;
}

export async function makeFixture(
  directory: string,
  size: { readonly roles: number; readonly accounts: number; readonly eventsPerRole: number },
  change: (files: Map<string, string>) => void = () => undefined,
): Promise<Fixture> {
  const end = new Date("2026-11-16T05:00:00Z");
  const made = await makeGeneratedOrganization({ seed: "end to end", end, directory, ...size });
  const files = new Map(made.files);
  const applications = new Map<string, string[]>();
  for (const [path, content] of files) {
    const folder = /^([^/]+)\/plp\.outputs\.json$/.exec(path)?.[1];
    if (folder === undefined) continue;
    applications.set(
      folder,
      [...content.matchAll(/"role_arn":\s*"(arn:[^"]+)"/g)].map(([, arn = ""]) => arn),
    );
  }
  change(files);
  const repository = join(directory, "repository");
  writeFiles(repository, files);
  await commitAll(repository);
  const options = ["--repo", repository, "--cloudtrail", made.logs];
  return { repository, logs: made.logs, options, applications };
}
