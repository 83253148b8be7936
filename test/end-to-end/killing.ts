import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { history } from "../../packages/cli/src/commands/history.ts";
import { roles } from "../../packages/cli/src/commands/roles.ts";
import { withHistory } from "../../packages/cli/src/state/open-history.ts";
import { git, type Round, startPlp, upOnce } from "./support.ts";

/** What must be the same however often the process was killed. */
export interface Outcome {
  readonly code: number | null;
  readonly deadLetters: number;
  readonly errors: number;
  /** By application: title, roles, counts and the policies on the branch; never numbers, times or hashes of commits. */
  readonly requests: readonly unknown[];
  /** Streams of roles whose versions are not 1, 2, 3 …, or that hold more than one proposal. */
  readonly brokenHistories: readonly string[];
}

export interface Kill {
  readonly after: number;
  /** False: it had ended before. */
  readonly hit: boolean;
}

/** Starts `plp up --once` and kills it (SIGKILL) after so many milliseconds. */
export async function startAndKill(state: string, options: readonly string[], after: number): Promise<Kill> {
  const started = startPlp(["up", "--once", "--json", "--port", "0", "--state", state, ...options]);
  const stop = new AbortController();
  const wait = pause(after, undefined, { signal: stop.signal }).then(() => started.kill("SIGKILL"));
  const { code } = await started.ended;
  stop.abort();
  await wait.catch(() => undefined);
  return { after, hit: code === null };
}

/** Runs to the end and says what it came to. */
export async function finish(state: string, options: readonly string[]): Promise<Outcome> {
  return outcomeOf(state, await upOnce(state, options));
}

/** The `n`th of `count` moments of a run of that length, one in each equal part of it; the seed decides where. */
export function momentOfKill(seed: string, n: number, count: number, length: number): number {
  const drawn = createHash("sha256").update(`${seed} ${n}`).digest().readUInt32BE() / 2 ** 32;
  return Math.floor(((n + drawn) / count) * length);
}

async function outcomeOf(state: string, { code, summary }: Round): Promise<Outcome> {
  const repository = join(state, "gitlab", "repository.git");
  const requests = [];
  for (const { application, title, branch, roles: arns, added, removed, draft } of summary.mergeRequests) {
    const files = await git(repository, "diff", "--raw", "--no-abbrev", `main...${branch}`);
    const commits = await git(repository, "rev-list", "--count", `main..${branch}`);
    requests.push({
      application,
      title,
      branch,
      arns,
      added,
      removed,
      draft,
      files,
      commits: commits.trim(),
    });
  }
  const branches = await git(repository, "for-each-ref", "--format=%(refname)", "refs/heads");
  return {
    code,
    deadLetters: summary.deadLetters,
    errors: summary.errors.length,
    requests: [...requests, branches],
    brokenHistories: await brokenHistories(state),
  };
}

async function brokenHistories(state: string): Promise<string[]> {
  return withHistory({ state, env: {} }, async (opened) => {
    const broken: string[] = [];
    for (const { roleArn } of (await roles(opened, undefined)).json as { roleArn: string }[]) {
      const events = (await history(opened, roleArn, {})).json as { version: number; type: string }[];
      const isContiguous = events.every(({ version }, i) => version === i + 1);
      const proposals = events.filter(({ type }) => type === "PolicyProposed").length;
      if (!isContiguous || proposals > 1) broken.push(roleArn);
    }
    return broken;
  });
}
