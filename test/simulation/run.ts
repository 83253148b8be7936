import { parseArgs } from "node:util";
import { type PlantName, plants } from "./plants.ts";
import { simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    plant: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
const plant = Object.keys(plants).find((name): name is PlantName => name === values.plant);
const seed = Number(values.seed ?? "1");
const result = await simulate(seed, {
  ...(plant === undefined ? {} : { plant }),
  ...(values.verbose ? { write: (line: string) => console.log(line) } : {}),
});
console.log(JSON.stringify(result, null, 2));
process.exitCode = result.violations.length === 0 ? 0 : 1;
