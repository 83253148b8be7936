import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { analyzeFolder, isLogFile } from "@plp/cloudtrail";
import { roleArn, writeLogs } from "./logs.ts";

/**
 * `node test/bench/trail.ts [files] [pairs]`: reads generated logs (200 events a file, half of them by 50 roles) against a floor:
 * one thread that unpacks, parses and filters. Every measurement is a process of its own; floor and reading alternate; what counts
 * is the median of the pairs' ratios.
 */
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
  const megabytes = process.resourceUsage().maxRSS / 1_024;
  process.stdout.write(JSON.stringify({ seconds, megabytes, matched }));
}

interface Measured {
  readonly seconds: number;
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

function bench(files: number, pairs: number): void {
  const dir = mkdtempSync(join(tmpdir(), "plp-bench-"));
  try {
    const records = writeLogs({ dir, files, recordsPerFile: 200, roles: 50, seed: 1 });
    console.log(`${files} files, ${records} events, ${pairs} interleaved pairs each\n`);
    console.log("what       median s   ratio to floor (all)                      peak MB");
    for (const what of ["all roles", "one role"]) {
      const [ratios, seconds, floors, memory]: [number[], number[], number[], number[]] = [[], [], [], []];
      for (let pair = 0; pair < pairs; pair += 1) {
        const base = run(floor, dir);
        const own = run(what, dir);
        ratios.push(own.seconds / base.seconds);
        seconds.push(own.seconds);
        floors.push(base.seconds);
        memory.push(own.megabytes);
      }
      const all = ratios.map((ratio) => ratio.toFixed(2)).join(" ");
      console.log(`floor      ${median(floors).toFixed(2).padStart(8)}`);
      console.log(
        `${what.padEnd(10)} ${median(seconds).toFixed(2).padStart(8)}   ${median(ratios).toFixed(2)} (${all})   ${Math.max(...memory).toFixed(0)}`,
      );
    }
    console.log(
      `zcat       ${median([zcat(dir), zcat(dir), zcat(dir)])
        .toFixed(2)
        .padStart(8)}`,
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const [first = "2000", second = "7", third = ""] = process.argv.slice(2);
if (first === "measure" && existsSync(third)) {
  await measure(second, third);
} else {
  bench(Number(first), Number(second));
}
