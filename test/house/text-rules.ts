import { transformSync } from "esbuild";
import { isTest } from "./graph.ts";

type Rule = (path: string, text: string) => readonly string[];

/** The rules on what a committed text says, by what they hold; each answers with the offending pieces. */
export const textRules = {
  "only entries and main parts read the environment": (path, text) => {
    if (!/^(services|packages|stacks)\/.*\.tsx?$/.test(path) || isTest(path)) return [];
    if (/^services\/[^/]+\/src\/[^/]+\.handler\.ts$/.test(path)) return [];
    if (/^packages\/(cli|local-cloud)\//.test(path)) return [];
    // It writes the settings into the environment of the functions that it deploys.
    if (path === "stacks/bundle.ts") return [];
    return withoutComments(path, text).match(environmentRead) ?? [];
  },

  "no text names a folder of one machine": (_path, text) => text.match(machinePath) ?? [],

  "nothing switches a check off": (path, text) =>
    /\.(ts|tsx|mts|mjs|js)$/.test(path) ? (text.match(switchedOff) ?? []) : [],

  "nothing is left for later": (path, text) => (/\.tsx?$/.test(path) ? (text.match(unfinished) ?? []) : []),
} satisfies Record<string, Rule>;

const environmentRead =
  /\bprocess\b[^\n;]{0,20}\benv\b|\benv\b[^\n;]*"(node:)?process"|\benv\b[^\n;}]*\}\s*=\s*process\b/g;

// Put together from pieces, so that this file does not break its own rules.
const either = (...words: readonly string[]) => `(?:${words.join("|")})`;

const machinePath = new RegExp(
  String.raw`(?<![\w.\-/}*])/${either("work", "farm", "root", "home/[a-z][\\w-]*", "Users/[A-Za-z][\\w-]*")}/[\w.-]*|\b[A-Z]:\\Users\\\w*`,
  "g",
);

const switchedOff = new RegExp(
  [
    `${either("biome", "eslint")}-${either("ignore", "disable")}`,
    `@ts-${either("ignore", "nocheck", "expect-error")}`,
    String.raw`\b${either("it", "test", "describe", "bench")}\.${either("skip", "only", "todo", "fails")}\b(?=\s*[(.])`,
  ].join("|"),
  "g",
);

const unfinished = new RegExp(String.raw`\b${either("TO" + "DO", "FIX" + "ME", "X" + "XX")}\b`, "g");

function withoutComments(path: string, text: string): string {
  return transformSync(text, {
    loader: path.endsWith("x") ? "tsx" : "ts",
    legalComments: "none",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  }).code;
}
