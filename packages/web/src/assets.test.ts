import { expect, it } from "vitest";
import { bundleAssets } from "../scripts/assets.ts";
import { script, style } from "./assets.data.ts";

it("the files that a browser loads are those of client/: node packages/web/scripts/assets.ts writes them anew", async () => {
  const bundled = await bundleAssets();
  expect([style.name, script.name]).toEqual([bundled.style.name, bundled.script.name]);
  expect({ style, script }).toEqual(bundled);
});
