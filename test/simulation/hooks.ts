import { encode } from "@plp/messaging";
import { HOUR, PROJECT } from "./organization.ts";
import type { World } from "./world.ts";

/** What GitLab knew of the default branch when it was last asked for hooks. */
export interface HookState {
  main: string;
}

/**
 * GitLab's hooks after people did something: to the request that it was about, and of a push to the default branch. Some
 * never come, some come twice, late, and thereby in another order.
 */
export function hooksOf(
  world: World,
  what: string,
  before: HookState,
): readonly { readonly at: number; readonly send: () => Promise<void> }[] {
  const { random, gitlab, now } = world;
  const main = gitlab.main();
  const messages: object[] = [];
  const iid = Number(/^!(\d+)/.exec(what)?.[1]);
  if (iid > 0) messages.push({ v: 1, type: "request", project: PROJECT, iid });
  const played = Number(/^apply of pipeline (\d+)/.exec(what)?.[1]);
  if (played > 0) messages.push({ v: 1, type: "pipeline", project: PROJECT, pipeline: played });
  if (main !== before.main) {
    messages.push({
      ...{ v: 1, type: "push", project: PROJECT, branch: "main", before: before.main, after: main },
    });
    const pipeline = world.deployment.pushed(before.main, main);
    if (pipeline !== null) messages.push({ v: 1, type: "pipeline", project: PROJECT, pipeline: pipeline.id });
  }
  before.main = main;
  return messages.flatMap((message) => {
    if (random.chance(0.25)) return [];
    const times = random.chance(0.2) ? 2 : 1;
    return Array.from({ length: times }, () => ({
      at: now() + (random.chance(0.7) ? random.between(100, 5000) : random.next() * 8 * HOUR),
      send: () => world.queues.reviews.send(encode(message)),
    }));
  });
}
