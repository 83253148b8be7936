import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { roleArn, writeLogs } from "./logs.ts";

/**
 * `node test/bench/trail.ts [files] [pairs] [events a file]`: reads generated logs (half of the events by 50 roles)
 * against a floor: one thread that unpacks, parses and filters. Every measurement is a process of its own; floor and reading alternate; what counts
 * is the median of the pairs' ratios. What else the machine does is told by its load: two threads lose more by it than one.
 *
 * `zcat` alone is what no reader of one core can beat. Of the processor time of a whole run (all roles) about an eighth each
 * goes into unpacking and into finding and counting calls in WebAssembly, a third into mapping the calls that none
 * said before (one in fifteen here) and into compiling what maps them, a tenth into collecting, the rest into threads,
 * memory and the start. The next steps would be to unpack into the memory where calls are found, for which Node has no
 * way, and to keep optimized code from one run to the next, for which V8 has none.
 */
// As `plp` does: what compiles the sources anew takes memory that no later run needs.
enableCompileCache();
const { analyzeFolder, isLogFile } = await import("@plp/cloudtrail");

const floor = "floor";
const wanted = roleArn(7);

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((name) => join(dir, name))
    .filter(isLogFile)
    .sort();
}

interface RecordOfFloor {
  readonly userIdentity?: {
    readonly sessionContext?: { readonly sessionIssuer?: { readonly arn?: string } };
  };
}

function readFloor(dir: string): number {
  let matched = 0;
  for (const path of filesBelow(dir)) {
    const { Records } = JSON.parse(gunzipSync(readFileSync(path)).toString()) as {
      readonly Records: readonly RecordOfFloor[];
    };
    for (const record of Records) {
      if (record.userIdentity?.sessionContext?.sessionIssuer?.arn === wanted) matched += 1;
    }
  }
  return matched;
}

/** One measurement, in this process: prints seconds, peak memory in MB and how many calls matched. */
async function measure(what: string, dir: string): Promise<void> {
  const begun = performance.now();
  const matched =
    what === floor
      ? readFloor(dir)
      : (await analyzeFolder({ dir, ...(what === "one role" ? { roles: [wanted] } : {}) })).events.matched;
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage();
  const cpu = (user + system) / 1_000_000;
  const megabytes = process.resourceUsage().maxRSS / 1_024;
  process.stdout.write(JSON.stringify({ seconds, cpu, megabytes, matched }));
}

interface Measured {
  readonly seconds: number;
  /** Of the whole process with its start, all threads together. */
  readonly cpu: number;
  readonly megabytes: number;
  readonly matched: number;
}

function run(what: string, dir: string): Measured {
  const text = execFileSync(process.execPath, [import.meta.filename, "measure", what, dir], {
    encoding: "utf8",
    maxBuffer: 1 << 20,
  });
  return JSON.parse(text) as Measured;
}

function zcat(dir: string): number {
  const begun = performance.now();
  execFileSync("sh", ["-c", 'find "$1" -name "*.json.gz" -print0 | xargs -0 zcat > /dev/null', "sh", dir]);
  return (performance.now() - begun) / 1_000;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Of the last minute, on so many cores. */
function load(): string {
  return `${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`;
}

/** Prints both, and answers with the seconds that the reading took. */
function compare(what: string, dir: string, pairs: number): number {
  const floors: Measured[] = [];
  const own: Measured[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    floors.push(run(floor, dir));
    own.push(run(what, dir));
  }
  const ratios = own.map(({ seconds }, pair) => seconds / (floors[pair]?.seconds ?? Number.NaN));
  const cpus = own.map(({ cpu }, pair) => cpu / (floors[pair]?.cpu ?? Number.NaN));
  for (const [name, all] of [[floor, floors] as const, [what, own] as const]) {
    const [seconds, cpu] = [median(all.map((one) => one.seconds)), median(all.map((one) => one.cpu))];
    const peak = Math.max(...all.map(({ megabytes }) => megabytes));
    const row = [seconds.toFixed(2), cpu.toFixed(2), peak.toFixed(0)].map((text) => text.padStart(9));
    console.log(`${name.padEnd(10)}${row.join("")}`);
  }
  const each = ratios.map((ratio) => ratio.toFixed(2)).join(" ");
  console.log(`  ratio ${median(ratios).toFixed(2)} (${each}), of processor time ${median(cpus).toFixed(2)}`);
  return median(own.map(({ seconds }) => seconds));
}

function bench(files: number, pairs: number, recordsPerFile: number): void {
  const dir = mkdtempSync(join(tmpdir(), "plp-bench-"));
  try {
    const records = writeLogs({ dir, files, recordsPerFile, roles: 50, seed: 1 });
    console.log(
      `${files} files, ${records} events, ${pairs} interleaved pairs each; medians, highest peak; load ${load()}\n`,
    );
    console.log(`${"".padEnd(10)}${["s", "cpu s", "peak MB"].map((head) => head.padStart(9)).join("")}`);
    const took = ["all roles", "one role"].map((what) => [what, compare(what, dir, pairs)] as const);
    const unpacked = median([zcat(dir), zcat(dir), zcat(dir)]);
    console.log(`${"zcat".padEnd(10)}${unpacked.toFixed(2).padStart(9)}`);
    for (const [what, seconds] of took) {
      console.log(`  ${what} in ${(seconds / unpacked).toFixed(2)} times of zcat`);
    }
    console.log(`load ${load()}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const [first = "2000", second = "7", third = ""] = process.argv.slice(2);
if (first === "measure" && existsSync(third)) {
  await measure(second, third);
} else {
  bench(Number(first), Number(second), Number(third === "" ? 200 : third));
}
