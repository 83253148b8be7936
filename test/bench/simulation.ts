import { parseArgs } from "node:util";
import { complaint } from "../simulation/find.ts";
import { simulate } from "../simulation/simulate.ts";

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "2000" }, from: { type: "string", default: "1" } },
});
const [from, count] = [Number(values.from), Number(values.seeds)];
const began = performance.now();
const sums = { events: 0, requests: 0, merged: 0, days: 0 };
let steps = 0;
let failed = 0;
for (let seed = from; seed < from + count; seed += 1) {
  const result = await simulate(seed);
  steps += result.steps;
  for (const [name, value] of Object.entries(result.counts)) sums[name as keyof typeof sums] += value;
  const text = complaint(result);
  if (text === null) continue;
  failed += 1;
  console.error(text);
}
const milliseconds = (performance.now() - began) / count;
console.log(
  `${count} seeds, ${failed} failed: ${sums.days} simulated days, ${steps} calls to the outside, ${sums.events} events, ` +
    `${sums.requests} requests, ${sums.merged} merged; ${milliseconds.toFixed(1)} ms a seed`,
);
process.exitCode = failed === 0 ? 0 : 1;
