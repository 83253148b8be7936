import { resolve } from "node:path";
import { permanent } from "@plp/runtime";
import { runGit } from "./runner.ts";

/**
 * Settings that every git process is given, so that the machine's own configuration changes nothing. Nothing is forced to
 * the disk: what git has written outlives every kill of a process, and waiting for the disk would triple a commit's time.
 */
const settings: Readonly<Record<string, string>> = {
  "core.quotePath": "false",
  "core.autocrlf": "false",
  "core.fsync": "none",
  "fastimport.unpackLimit": "500",
  "gc.auto": "0",
  "http.receivepack": "true",
  "receive.autogc": "false",
  "receive.fsckObjects": "true",
  "receive.denyDeleteCurrent": "refuse",
  "safe.directory": "*",
  "transfer.hideRefs": "refs/plp",
  "uploadpack.allowAnySHA1InWant": "true",
};

/** The whole environment of a git process: but for the way to git nothing of ours leaks in, no file of the user is read. */
export function gitEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: "/nonexistent",
    LC_ALL: "C",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_CONFIG_COUNT: String(Object.keys(settings).length),
  };
  for (const [index, [key, value]] of Object.entries(settings).entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return { ...environment, ...more };
}

export interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GitCall {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs git and gives its exit code and output (UTF-8, at most 256 MiB); throws only when git cannot be run at all. */
export async function tryGit(
  directory: string,
  args: readonly string[],
  call: GitCall = {},
): Promise<GitResult> {
  const env = gitEnvironment(call.env);
  const answer = await runGit({ directory: resolve(directory), args, env, input: call.input ?? "" });
  if (!("failed" in answer)) return answer;
  throw permanent("git", `git ${args[0]} could not be run (${answer.failed}): is git installed?`);
}

/** As tryGit, for calls that must succeed: another exit code throws. */
export async function git(directory: string, args: readonly string[], call: GitCall = {}): Promise<string> {
  const { code, stdout, stderr } = await tryGit(directory, args, call);
  if (code === 0) return stdout;
  throw permanent("git", `git ${args[0]} ended with ${code}: ${stderr.trim().slice(0, 500)}`);
}
