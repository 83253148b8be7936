import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { folder, type Need } from "./support/skip.ts";

const root = resolve(import.meta.dirname, "../../shared/data");

/** The absolute path of a file or folder of the real data beside the repository; undefined where it is absent. */
export function sharedData(...path: readonly string[]): string | undefined {
  const whole = resolve(root, ...path);
  return existsSync(whole) ? whole : undefined;
}

/** The same for `skipUnless`: `skipUnless(needsSharedData("cloudtrail"))("over real logs", () => …)`. */
export function needsSharedData(...path: readonly string[]): Need {
  return folder(resolve(root, ...path), `the real data in ../shared/data/${path.join("/")}`);
}
