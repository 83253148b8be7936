import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withMode } from "./modes.ts";

const file = `{
  "prod": { "mode": "observe", "note": "mode: \\"observe\\"" },
  "test":   {"note": ["mode", {"mode": "observe"}], "mode" : "observe"}
}
`;

describe("The file of modes", () => {
  it("gets another mode for one environment, and not a byte else", () => {
    expect(withMode(file, ["prod"], "enforce")).toBe(file.replace('"observe"', '"enforce"'));
    expect(withMode(file, ["test"], "enforce")).toBe(
      file.replace('"mode" : "observe"', '"mode" : "enforce"'),
    );
  });

  it("gets it for several at once, in whatever order, and twice is once", () => {
    const both = withMode(file, ["prod", "test"], "enforce");
    expect(withMode(file, ["test", "prod"], "enforce")).toBe(both);
    expect(withMode(both ?? "", ["prod"], "enforce")).toBe(both);
    expect(JSON.parse(both ?? "")).toMatchObject({ prod: { mode: "enforce" }, test: { mode: "enforce" } });
  });

  it.each([
    ["that is no JSON", "{"],
    ["that is no object", "[]"],
    ["without the environment", '{"test": {"mode": "observe"}}'],
    ["without a mode", '{"prod": {}}'],
    ["with a mode that nobody knows", '{"prod": {"mode": "later"}}'],
    ["with two modes", '{"prod": {"mode": "observe", "mode": "observe"}}'],
    ["with the environment twice", '{"prod": {"mode": "observe"}, "prod": {"mode": "observe"}}'],
  ])("%s is left to a person", (_, content) => {
    expect(withMode(content, ["prod"], "enforce")).toBeNull();
  });

  it("of any names and contents keeps all but what was asked for", () => {
    const name = fc.string({ minLength: 1, maxLength: 8 }).filter((one) => one !== "__proto__");
    const entry = fc.record({ mode: fc.constant("observe"), more: fc.jsonValue() });
    fc.assert(
      fc.property(
        fc.dictionary(name, entry, { minKeys: 1, maxKeys: 4 }),
        fc.nat(),
        fc.boolean(),
        (all, pick, dense) => {
          const names = Object.keys(all);
          const one = names[pick % names.length] ?? "";
          const changed = withMode(JSON.stringify(all, null, dense ? 0 : 3), [one], "enforce");
          const wanted = Object.fromEntries(
            Object.entries(all).map(([key, value]) => [
              key,
              key === one ? { ...value, mode: "enforce" } : value,
            ]),
          );
          expect(JSON.parse(changed ?? "null")).toEqual(JSON.parse(JSON.stringify(wanted)));
        },
      ),
    );
  });
});
