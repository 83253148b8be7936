import type { World } from "./world.ts";
export async function checkAtRest(_world: World): Promise<void> {}
