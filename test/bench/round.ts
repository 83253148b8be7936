/**
 * `node test/bench/round.ts [--roles 300] [--accounts 10] [--events 120]`: a whole round of `plp up --once` over a
 * generated organization, as a process. Prints what `plp up` says of its stages, and checks that no role was lost and no
 * lane was overrun: one generation at a time in an account, and no more in 24 hours than its quota. Exit 1 when one was.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { foldRun, type RunEvent, type RunState, startsPerDay } from "@plp/domain";
import { withHistory } from "../../packages/cli/src/state/open-history.ts";
import { makeFixture, plp, temporaryFolder } from "../end-to-end/support.ts";

interface Job {
  readonly accountId: string;
  readonly region: string;
  readonly startedOn: string;
  readonly readyAt: string;
}

const DAY = 86_400_000;
const { values } = parseArgs({
  options: {
    roles: { type: "string", default: "300" },
    accounts: { type: "string", default: "10" },
    events: { type: "string", default: "120" },
  },
});
const size = {
  roles: Number(values.roles),
  accounts: Number(values.accounts),
  eventsPerRole: Number(values.events),
};

async function runsOf(state: string): Promise<RunState[]> {
  return withHistory({ state, env: {} }, async ({ store }) => {
    const runs: RunState[] = [];
    for await (const stream of store.streams("run#")) {
      runs.push(foldRun((await store.load<RunEvent>(stream)).events));
    }
    return runs;
  });
}

/** What Access Analyzer's own record of its jobs says against the lanes. */
function lanesOverrun(state: string): { readonly problems: readonly string[]; readonly most: number } {
  const { jobs } = JSON.parse(readFileSync(join(state, "access-analyzer.json"), "utf8")) as {
    readonly jobs: readonly Job[];
  };
  const problems: string[] = [];
  let most = 0;
  for (const lane of Map.groupBy(jobs, ({ accountId }) => accountId).values()) {
    const spans = lane
      .map((job) => ({ ...job, from: Date.parse(job.startedOn), to: Date.parse(job.readyAt) }))
      .sort((a, b) => a.from - b.from);
    for (const [at, { accountId, region, from, to }] of spans.entries()) {
      const next = spans[at + 1];
      if (next !== undefined && next.from < to) problems.push(`two generations at a time in ${accountId}`);
      const started = spans.filter((other) => other.from > from - DAY && other.from <= from).length;
      most = Math.max(most, started);
      if (started > startsPerDay(region)) problems.push(`${started} generations in a day in ${accountId}`);
    }
  }
  return { problems, most };
}

const folder = temporaryFolder();
try {
  const { options, applications } = await makeFixture(folder.path, size);
  const state = join(folder.path, "state");
  const began = performance.now();
  const args = ["up", "--once", "--port", "0", "--state", state, ...options];
  const { code, out, err } = await plp(args, { longest: 1_800_000 });
  const seconds = (performance.now() - began) / 1000;
  console.log(out.split("\n").slice(0, 7).join("\n"));
  const runs = await runsOf(state);
  const ended = runs.filter(({ end }) => end !== null && end.kind !== "failed");
  const done = new Set(ended.map(({ requested }) => requested?.role.arn));
  const lost = [...applications.values()].flat().filter((arn) => !done.has(arn));
  const { problems, most } = lanesOverrun(state);
  console.log(
    `${seconds.toFixed(1)} s, exit ${code}; ${runs.length} runs, ${ended.length} ended well, ${lost.length} roles lost`,
  );
  console.log(`at most ${most} generations of one account in 24 hours; ${problems.length} lanes overrun`);
  for (const line of [...lost, ...problems, err.trim()].filter((text) => text !== ""))
    console.log(`  ${line}`);
  process.exitCode = code === 0 && lost.length === 0 && problems.length === 0 ? 0 : 1;
} finally {
  folder.remove();
}
