import type { World } from "./world.ts";
export function checkQuiet(_world: World): void {}
