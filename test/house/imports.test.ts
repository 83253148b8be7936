import { describe, expect, test } from "vitest";
import { type Graph, graphOf } from "./graph.ts";
import { importRules } from "./import-rules.ts";
import { packageFolders, sources } from "./repository.ts";
import { scanImports } from "./scan-imports.ts";

type RuleName = keyof typeof importRules;

const folders = new Map(
  ["domain", "messaging", "iam-policy", "runtime", "clients", "local-cloud", "cli"].map((name) => [
    name,
    `packages/${name}`,
  ]),
).set("merger", "services/merger");

async function house(files: Readonly<Record<string, string>>): Promise<Graph> {
  return graphOf(Object.keys(files), await scanImports(new Map(Object.entries(files))), folders);
}

const real = await (async () => {
  const found = sources();
  return graphOf([...found.keys()], await scanImports(found), packageFolders());
})();

describe("the house keeps its rules on imports", () => {
  test("the scan sees the house", () => {
    expect(real.files.length).toBeGreaterThan(30);
    expect(
      real.edges.some(({ from, to }) => from.startsWith("packages/domain/") && to.startsWith("packages/")),
    ).toBe(true);
    expect(real.edges.some(({ typeOnly }) => typeOnly)).toBe(true);
  });

  test.each(Object.keys(importRules) as RuleName[])("%s", (name) => {
    expect(importRules[name](real)).toEqual([]);
  });
});

/** For every rule: a house that breaks it, with what is said of it, and the nearest house that does not. */
const broken: Readonly<
  Record<
    RuleName,
    readonly { bad: Record<string, string>; says: readonly string[]; good: Record<string, string> }[]
  >
> = {
  "a workspace imports only what the arrows allow": [
    {
      bad: { "packages/iam-policy/src/a.ts": 'import type { Role } from "@plp/domain";' },
      says: ["packages/iam-policy/src/a.ts imports packages/domain/src/index.ts (types)"],
      good: { "packages/domain/src/a.ts": 'import type { Policy } from "@plp/iam-policy";' },
    },
    {
      bad: { "services/discovery/src/a.ts": 'import { decide } from "@plp/merger";' },
      says: ["services/discovery/src/a.ts imports services/merger/src/index.ts"],
      good: { "packages/cli/src/a.ts": 'import { decide } from "@plp/merger";' },
    },
    {
      bad: { "services/merger/src/a.ts": 'export * from "@plp/local-cloud";' },
      says: ["services/merger/src/a.ts imports packages/local-cloud/src/index.ts"],
      good: { "services/merger/src/a.test.ts": 'export * from "@plp/local-cloud";' },
    },
    {
      bad: { "packages/new/src/a.ts": 'const { x } = await import("@plp/runtime");' },
      says: ["packages/new/src/a.ts imports packages/runtime/src/index.ts"],
      good: { "packages/clients/src/a.ts": 'const { x } = await import("@plp/runtime");' },
    },
  ],
  "workspaces reach each other by name, never by a path across the border": [
    {
      bad: { "packages/messaging/src/a.ts": 'import { roleId } from "../../domain/src/ids.ts";' },
      says: ["packages/messaging/src/a.ts imports packages/domain/src/ids.ts"],
      good: { "packages/messaging/src/a.ts": 'import { roleId } from "@plp/domain";' },
    },
  ],
  "handle.ts never imports an adapter or an SDK": [
    {
      bad: { "services/merger/src/handle.ts": 'import type { IAMClient } from "@aws-sdk/client-iam";' },
      says: ["services/merger/src/handle.ts reaches @aws-sdk/client-iam"],
      good: { "services/merger/src/iam.ts": 'import { IAMClient } from "@aws-sdk/client-iam";' },
    },
    {
      bad: {
        "services/merger/src/handle.ts": 'import { ask } from "./ports.ts";',
        "services/merger/src/ports.ts": 'export { ask } from "./gitlab.ts";',
        "services/merger/src/gitlab.ts": 'import { Gitlab } from "@gitbeaker/rest";',
      },
      says: ["services/merger/src/handle.ts reaches @gitbeaker/rest through services/merger/src/gitlab.ts"],
      good: {
        "services/merger/src/handle.ts": 'import type { Ask } from "./ports.ts";',
        "services/merger/src/ports.ts": "export type Ask = () => void;",
        "services/merger/src/gitlab.ts":
          'import { Gitlab } from "@gitbeaker/rest"; import type { Ask } from "./ports.ts";',
      },
    },
    {
      bad: { "services/merger/src/handle-round.ts": 'import { readFile } from "node:fs/promises";' },
      says: ["services/merger/src/handle-round.ts reaches node:fs/promises"],
      good: { "services/merger/src/handle-round.ts": 'import { join } from "node:path";' },
    },
    {
      bad: { "services/merger/src/handle.ts": 'import { assume } from "@plp/clients";' },
      says: ["services/merger/src/handle.ts reaches packages/clients/src/index.ts"],
      good: { "services/merger/src/sts.ts": 'import { assume } from "@plp/clients";' },
    },
  ],
  "no circle between workspaces": [
    {
      bad: {
        "packages/cli/src/a.ts": 'import "@plp/local-cloud";',
        "packages/local-cloud/src/a.ts": 'import type { X } from "@plp/cli";',
      },
      says: ["packages/cli ↔ packages/local-cloud"],
      good: {
        "packages/cli/src/a.ts": 'import "@plp/local-cloud";',
        "packages/local-cloud/src/a.test.ts": 'import type { X } from "@plp/cli";',
      },
    },
  ],
  "no circle between files": [
    {
      bad: {
        "packages/domain/src/a.ts": 'import { b } from "./b.ts";',
        "packages/domain/src/b.ts": 'import { c } from "./c.ts";',
        "packages/domain/src/c.ts": 'import type { A } from "./a.ts";',
      },
      says: ["packages/domain/src/a.ts ↔ packages/domain/src/b.ts ↔ packages/domain/src/c.ts"],
      good: {
        "packages/domain/src/a.ts": 'import { b } from "./b.ts"; import { c } from "./c.ts";',
        "packages/domain/src/b.ts": 'import { c } from "./c.ts";',
        "packages/domain/src/c.ts": "export const c = 1;",
      },
    },
  ],
  "stacks import only types, and each other": [
    {
      bad: { "stacks/a.ts": 'import { queueNames } from "@plp/messaging";' },
      says: ["stacks/a.ts imports packages/messaging/src/index.ts"],
      good: { "stacks/a.ts": 'import type { QueueName } from "@plp/messaging"; import { b } from "./b.ts";' },
    },
  ],
  "sst.config.ts imports nothing at its top": [
    {
      bad: { "sst.config.ts": 'import { table } from "./stacks/table.ts";' },
      says: ["sst.config.ts imports stacks/table.ts"],
      good: { "sst.config.ts": 'const { table } = await import("./stacks/table.ts");' },
    },
  ],
  "the proof shares only the parser and the evaluator with the merge": [
    {
      bad: {
        "packages/iam-policy/src/prove.ts": 'import { covers } from "./covers.ts";',
        "packages/iam-policy/src/covers.ts": "",
      },
      says: ["the proof reaches packages/iam-policy/src/covers.ts"],
      good: {
        "packages/iam-policy/src/prove.ts":
          'import { parse } from "./parse.ts"; import { box } from "./boxes.ts";',
        "packages/iam-policy/src/merge.ts":
          'import { parse } from "./parse.ts"; import { prove } from "./prove.ts";',
        "packages/iam-policy/src/parse.ts": "",
        "packages/iam-policy/src/boxes.ts": "",
      },
    },
    {
      bad: {
        "packages/iam-policy/src/prove.ts": 'import { box } from "./boxes.ts";',
        "packages/iam-policy/src/merge.ts": 'import type { Box } from "./boxes.ts";',
        "packages/iam-policy/src/boxes.ts": "",
      },
      says: ["the proof reaches packages/iam-policy/src/boxes.ts"],
      good: {
        "packages/iam-policy/src/prove.ts": 'import { evaluate } from "./evaluate.ts";',
        "packages/iam-policy/src/merge.ts": 'import { box } from "./boxes.ts";',
        "packages/iam-policy/src/evaluate.ts": 'import { box } from "./boxes.ts";',
        "packages/iam-policy/src/boxes.ts": "",
      },
    },
    {
      bad: {
        "packages/iam-policy/src/prove.ts": 'import { evaluate } from "./evaluate.ts";',
        "packages/iam-policy/src/evaluate.ts": 'import { covers } from "./cover.ts";',
        "packages/iam-policy/src/cover.ts": "",
      },
      says: ["the proof reaches packages/iam-policy/src/cover.ts"],
      good: {
        "packages/iam-policy/src/prove.ts": 'import { evaluate } from "./evaluate.ts";',
        "packages/iam-policy/src/cover.ts": 'import { evaluate } from "./evaluate.ts";',
        "packages/iam-policy/src/evaluate.ts": "",
      },
    },
  ],
  "an import of the house names a file that is there": [
    {
      bad: { "packages/domain/src/a.ts": 'import { b } from "./gone.ts";' },
      says: ["packages/domain/src/a.ts imports packages/domain/src/gone.ts"],
      good: { "packages/domain/src/a.ts": 'import { b } from "./b.ts";', "packages/domain/src/b.ts": "" },
    },
  ],
};

describe("every rule on imports can fail", () => {
  for (const [name, cases] of Object.entries(broken) as [RuleName, (typeof broken)[RuleName]][]) {
    test.each(cases)(`${name}: $says.0`, async ({ bad, says, good }) => {
      expect(importRules[name](await house(bad))).toEqual(says);
      expect(importRules[name](await house(good))).toEqual([]);
    });
  }

  test("an import in a comment or a string is none", async () => {
    const { edges } = await house({
      "a.ts": '// import "x";\nexport const text = \'import { y } from "y";\';',
    });
    expect(edges).toEqual([]);
  });
});
