/**
 * `node test/bench/history.ts [--commits 10,1000,10000] [--roles 10000] [--million-roles 10000] [--million-commits 100]
 * [--longest 10000] [--samples 100] [--only cost|speed]`: what the history costs and how fast it answers, on DynamoDB Local. First the capacity units
 * and requests of append, index, replay and every question, for one role with so many commits and for many roles with ten; then
 * the pages over a million events, with the load of the machine at the time. Exit 1 when an append is not flat, a page of
 * one filter costs more than what it returns, or the filled table is not what the real index would hold.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { startDynamoDbLocal } from "../support/tables.ts";
import { type Costs, costsOf } from "./history-cost.ts";
import { type Speed, speeds } from "./history-speed.ts";

const { values } = parseArgs({
  options: {
    commits: { type: "string", default: "10,1000,10000" },
    roles: { type: "string", default: "10000" },
    "million-roles": { type: "string", default: "10000" },
    "million-commits": { type: "string", default: "100" },
    longest: { type: "string", default: "10000" },
    samples: { type: "string", default: "100" },
    only: { type: "string" },
    /** A file that whoever measures on this machine locks. */
    lock: { type: "string" },
  },
});

const load = () =>
  `load ${loadavg()
    .map((one) => one.toFixed(1))
    .join(" ")}`;
const progress = (text: string) => process.stderr.write(`\r${text.padEnd(40)}`);
let wrong: readonly string[] = [];

const server = await startDynamoDbLocal();
try {
  if (values.only !== "speed") await costs();
  if (values.only !== "cost") await speed();
} finally {
  await server.stop();
}
for (const sentence of wrong) console.log(`! ${sentence}`);
process.exitCode = wrong.length === 0 ? 0 : 1;

async function costs(): Promise<void> {
  const sizes = [
    ...values.commits.split(",").map((commits) => ({ roles: 1, commits: Number(commits) })),
    { roles: Number(values.roles), commits: 10 },
  ];
  const all: Costs[] = [];
  for (const size of sizes) all.push(await costsOf(size, server, progress));
  progress("\r");
  wrong = [...wrong, ...all.flatMap((one) => one.wrong)];
  const appends = new Set(all.map(({ costs: found }) => JSON.stringify(found.get("append"))));
  if (appends.size > 1) wrong = [...wrong, `an append is not flat: ${[...appends].join(", ")}`];
  console.log("requests / read units / write units, by roles × commits of each\n");
  const heads = all.map(({ name }) => name.padStart(22)).join("");
  console.log(`${"".padEnd(22)}${heads}`);
  for (const question of all[0]?.costs.keys() ?? []) {
    const cells = all.map(({ costs: found }) => {
      const { requests = 0, reads = 0, writes = 0 } = found.get(question) ?? {};
      return `${requests} / ${reads} / ${writes}`.padStart(22);
    });
    console.log(`${question.padEnd(22)}${cells.join("")}`);
  }
}

async function speed(): Promise<void> {
  const [roles, commits] = [Number(values["million-roles"]), Number(values["million-commits"])];
  const [longest, samples] = [Number(values.longest), Number(values.samples)];
  const options = { roles, commits, longest, samples, server, progress, alone };
  const began = performance.now();
  const result = await speeds(options);
  progress("\r");
  wrong = [...wrong, ...result.wrong];
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `\n${(roles * commits).toLocaleString("en-US")} events of ${roles.toLocaleString("en-US")} roles; ${load()}; ${seconds} s in all`,
  );
  const heads = ["median ms", "p95 ms", "× floor", "own cpu", "requests", "units", "KB"];
  console.log(`${"".padEnd(32)}${heads.map((head) => head.padStart(11)).join("")}`);
  const floor = result.speeds[0]?.p95 ?? 1;
  for (const one of result.speeds) console.log(row(one, floor));
}

function row({ name, median, p95, own, requests, reads, bytes }: Speed, floor: number): string {
  const cells = [median, p95, p95 / floor, own].map((value) => value.toFixed(1));
  const counts = [String(requests), reads.toFixed(1), (bytes / 1024).toFixed(0)];
  return `${name.padEnd(32)}${[...cells, ...counts].map((text) => text.padStart(11)).join("")}`;
}

/** Holds the lock that `--lock` names while something is timed. */
async function alone<T>(timed: () => Promise<T>): Promise<T> {
  if (values.lock === undefined) return timed();
  const holder = spawn("flock", [values.lock, "sh", "-c", "echo; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  try {
    console.log(`\n${load()} before the timed part`);
    return await timed();
  } finally {
    holder.stdin.end();
  }
}
