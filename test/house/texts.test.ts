import { describe, expect, test } from "vitest";
import { committable, read } from "./repository.ts";
import { textRules } from "./text-rules.ts";

type RuleName = keyof typeof textRules;

const texts = committable()
  .filter((path) => !/^(package-lock\.json|LICENSE)$/.test(path))
  .map((path) => ({ path, text: read(path) }))
  .filter(({ text }) => !text.includes("\0"));

describe("every committed text keeps the rules", () => {
  test("there are texts to look at", () => {
    expect(texts.length).toBeGreaterThan(30);
  });

  test.each(Object.keys(textRules) as RuleName[])("%s", (name) => {
    const found = texts.flatMap(({ path, text }) =>
      textRules[name](path, text).map((piece) => `${path}: ${piece}`),
    );
    expect(found).toEqual([]);
  });
});

const environment = "process.env";
const folder = (name: string) => `/${name}/`;

/** For every rule what breaks it and what does not, as path and text; pieces, so that this file keeps the rules itself. */
const examples: Readonly<
  Record<RuleName, { readonly bad: readonly [string, string][]; readonly good: readonly [string, string][] }>
> = {
  "only entries and main parts read the environment": {
    bad: [
      ["services/merger/src/handle.ts", `export const table = ${environment}["PLP_TABLE"];`],
      ["packages/runtime/src/log.ts", "const { env } = process; export const level = env;"],
      ["packages/runtime/src/log.ts", 'import { env } from "node:process"; export const level = env;'],
      ["stacks/table.ts", `export const stage = ${environment}.STAGE;`],
    ],
    good: [
      ["services/merger/src/merge.handler.ts", `export const table = ${environment}["PLP_TABLE"];`],
      ["packages/cli/src/main.ts", `export const colour = ${environment}["NO_COLOR"];`],
      ["packages/runtime/src/log.ts", `// the entry reads ${environment}\nexport const level = 1;`],
      ["test/house/a.ts", `export const ci = ${environment}["CI"];`],
    ],
  },
  "no text names a folder of one machine": {
    bad: [
      ["README.md", `cd ${folder("work")}main`],
      ["docs/runbook.md", `"${folder("home")}jane/plp"`],
      ["a.ts", `open("${folder("Users")}jane/plp")`],
      [".ci/run", `${folder("root")}.cache`],
    ],
    good: [
      ["README.md", "https://example.com/work/main and net/work/x and ./home/work/x"],
      ["a.ts", "arn:aws:iam::111122223333:role/work/main, .github/workflows/"],
    ],
  },
  "nothing switches a check off": {
    bad: [
      ["a.ts", `// ${"biome"}-ignore lint: no`],
      ["a.ts", `// ${"@ts"}-expect-error`],
      ["a.test.ts", `test.${"skip"}("x", () => {})`],
      ["a.test.ts", `describe.${"only"}("x", () => {})`],
    ],
    good: [
      ["a.test.ts", 'test.skipIf(java === null)("x", () => {})'],
      ["README.md", `write ${"biome"}-ignore nowhere`],
    ],
  },
  "nothing is left for later": {
    bad: [["a.ts", `// ${"TO"}${"DO"}: more`]],
    good: [["a.ts", "const todo = 1;"]],
  },
};

describe("every rule on texts can fail", () => {
  for (const [name, { bad, good }] of Object.entries(examples) as [RuleName, (typeof examples)[RuleName]][]) {
    test.each(bad)(`${name}: not in %s %s`, (path, text) => {
      expect(textRules[name](path, text)).not.toEqual([]);
    });
    test.each(good)(`${name}: but in %s %s`, (path, text) => {
      expect(textRules[name](path, text)).toEqual([]);
    });
  }
});
