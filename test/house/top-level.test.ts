import { expect, test } from "vitest";
import { committable } from "./repository.ts";

const folders = [".ci", "docs", "packages", "services", "stacks", "test"];
const files = [
  ".gitattributes",
  ".gitignore",
  ".npmrc",
  "LICENSE",
  "NOTICE",
  "README.md",
  "biome.json",
  "knip.json",
  "package-lock.json",
  "package.json",
  "plp.config.ts",
  "sst.config.ts",
  "stryker.config.mjs",
  "tsconfig.json",
  "vitest.config.ts",
];

/** Names at the top that the house does not know. */
function strangers(paths: readonly string[]): readonly string[] {
  const names = new Set(paths.map((path) => (path.includes("/") ? `${path.split("/")[0]}/` : path)));
  const known = new Set([...files, ...folders.map((folder) => `${folder}/`)]);
  return [...names].filter((name) => !known.has(name)).sort();
}

test("the top level holds only what the design names", () => {
  expect(strangers(committable())).toEqual([]);
});

test("a new file or folder at the top is noticed", () => {
  expect(strangers(["README.md", "notes.md", "scripts/x.ts", "docs/a.md", "docs"])).toEqual([
    "docs",
    "notes.md",
    "scripts/",
  ]);
});

const workspaces = {
  packages: [
    "audit",
    "cli",
    "clients",
    "cloudtrail",
    "domain",
    "event-store",
    "iam-policy",
    "iam-repository",
    "local-cloud",
    "messaging",
    "runtime",
    "usage",
    "web",
  ],
  services: ["analysis-poller", "discovery", "history", "merger", "mr-publisher", "review"],
  test: ["bench", "conformance", "end-to-end", "house", "simulation", "stacks", "support"],
};

test.each(Object.entries(workspaces))("%s holds only folders that the design names", (parent, known) => {
  const found = committable()
    .filter((path) => path.startsWith(`${parent}/`) && path.split("/").length > 2)
    .map((path) => path.split("/")[1] ?? "");
  expect([...new Set(found)].filter((name) => !known.includes(name))).toEqual([]);
});
