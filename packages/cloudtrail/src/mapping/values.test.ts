import { expect, test } from "vitest";
import { valuesOf } from "./values.ts";

test("a value below the top is found by its name, and is not taken for one at the top", () => {
  const { byName, top } = valuesOf({ name: "shop", filter: { items: [{ name: "tag:Name" }] }, id: "i-1" });
  expect(byName.get("name")).toEqual(["shop", "tag:Name"]);
  expect(top.get("name")).toEqual(["shop"]);
  expect(top.get("id")).toEqual(["i-1"]);
});

test("a name in the plural is found under the singular too, each value once", () => {
  const { byName } = valuesOf({ instanceIdList: ["i-1", "i-2", "i-1"], instanceId: "i-2" });
  expect(byName.get("instanceid")).toEqual(["i-1", "i-2"]);
  expect(byName.get("instanceidlist")).toEqual(["i-1", "i-2"]);
});

test("what a parameter without a name holds is left out, but not what lies below", () => {
  const { byName } = valuesOf({ "--": ["lost", { key: "found" }] });
  expect([...byName]).toEqual([["key", ["found"]]]);
});

test("names that objects have by nature are names like any other", () => {
  const { byName } = valuesOf(JSON.parse('{ "__proto__": { "constructor": "x" } }'));
  expect([...byName]).toEqual([["constructor", ["x"]]]);
});

test("a request of any depth and width costs a bounded number of values", () => {
  const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, "v"]));
  expect(valuesOf(wide).byName.size).toBeLessThanOrEqual(2_000);
  let deep: object = { name: "bottom" };
  for (let i = 0; i < 20; i += 1) deep = { deep };
  expect(valuesOf({ deep }).byName.size).toBe(0);
});
