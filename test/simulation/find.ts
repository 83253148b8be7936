import type { PlantName } from "./plants.ts";
import { type Simulated, simulate } from "./simulate.ts";

/** The line that plays a seed again, with everything that happens in it. */
export function commandOf(seed: number, plant?: PlantName): string {
  const planted = plant === undefined ? "" : ` --plant ${JSON.stringify(plant)}`;
  return `node test/simulation/run.ts --seed ${seed}${planted} --verbose`;
}

/** Why a seed fails, with the command that plays it again; null when it does not. */
export function complaint({ seed, violations }: Simulated, plant?: PlantName): string | null {
  return violations.length === 0 ? null : `${violations.join("\n")}\n  ${commandOf(seed, plant)}`;
}

/** Also plays the seed a second time: the same seed must do the same. */
export async function simulateTwice(seed: number, plant?: PlantName): Promise<Simulated> {
  const options = plant === undefined ? {} : { plant };
  const [first, second] = [await simulate(seed, options), await simulate(seed, options)];
  if (first.trace === second.trace) return first;
  return { ...first, violations: [...first.violations, `seed ${seed} does other things the second time`] };
}

/** The first of the seeds 1 to `most` in which the planted mistake shows, or null. */
export async function firstFailing(plant: PlantName, most: number): Promise<Simulated | null> {
  for (let seed = 1; seed <= most; seed += 1) {
    const result = seed === 1 ? await simulateTwice(seed, plant) : await simulate(seed, { plant });
    if (result.violations.length > 0) return result;
  }
  return null;
}
