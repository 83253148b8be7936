import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAsSst } from "../stacks/build.ts";
import { evaluate } from "../stacks/evaluate.ts";
import { variablesOf } from "../stacks/evaluated.ts";

/**
 * `node test/bench/import.ts [pairs]`: how long each Lambda bundle, as SST builds it, takes to be imported, against
 * `node -e ""`, whose start a cold function pays too. Both are processes of their own that alternate; what counts is
 * the median of the pairs' ratios. Needs SST's components (see .ci/run).
 */
const pairs = Number(process.argv[2] ?? "9");

function seconds(env: Readonly<Record<string, string | undefined>>, script: string): number {
  const begun = performance.now();
  execFileSync(process.execPath, ["--no-warnings", "--input-type=module", "-e", script], { env });
  return (performance.now() - begun) / 1_000;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const hub = await evaluate({ stage: "production" });
const folder = mkdtempSync(join(tmpdir(), "plp-import-"));
try {
  console.log(`${pairs} interleaved pairs each; medians\n`);
  console.log(
    `${"".padEnd(14)}${["MB", "ms", "floor ms", "ratio"].map((head) => head.padStart(9)).join("")}`,
  );
  for (const made of hub.all("aws:lambda/function:Function")) {
    const name = String(made.inputs.name).replace("plp-production-", "");
    const asked = hub.builds.find(({ functionID }) => functionID.toLowerCase() === `${name}function`);
    if (asked === undefined) throw new Error(`SST was not asked to build ${name}`);
    const { file, bytes } = await buildAsSst(asked, join(folder, name));
    const env = { PATH: process.env.PATH, ...variablesOf(made), AWS_REGION: "eu-central-1" };
    // Once before, so that the first pair does not read from the disk.
    seconds(env, `await import(${JSON.stringify(file)})`);
    const own: number[] = [];
    const floors: number[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      floors.push(seconds(env, ""));
      own.push(seconds(env, `await import(${JSON.stringify(file)})`));
    }
    const ratio = median(own.map((one, pair) => one / (floors[pair] ?? Number.NaN)));
    const row = [
      (bytes / 1e6).toFixed(2),
      (median(own) * 1e3).toFixed(0),
      (median(floors) * 1e3).toFixed(0),
      ratio.toFixed(2),
    ];
    console.log(`${name.padEnd(14)}${row.map((text) => text.padStart(9)).join("")}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
