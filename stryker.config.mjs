/**
 * Mutation testing of what is trusted most, by hand: `npx stryker run` for all of it, `npx stryker run -m <files>` for a
 * part. docs/mutation.md tells the result. The sources are mutated where they stand, so it wants a clean work tree.
 */
const files = [
  "covers",
  "implies",
  "merge",
  "grow",
  "sid",
  "prove*",
  "regions",
  "witness",
  "fit",
  "place",
  "compact",
  "divide",
];

export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { related: false },
  testFiles: [
    "packages/iam-policy/src/{covers,implies,planted,prove,prove-*,witness,regions,merge,sid,fit,place,divide,compact,reduce,diff}.test.ts",
  ],
  mutate: files.map((name) => `packages/iam-policy/src/${name}.ts`).concat("!**/*.test.ts"),
  coverageAnalysis: "perTest",
  // What runs only while a file loads is not loaded again for each mutant here: it would count as survived unseen.
  ignoreStatic: true,
  // Type stripping needs no compiler, and the runner's own sandbox does not know workspaces.
  inPlace: true,
  disableTypeChecks: false,
  tsconfigFile: "none.json",
  concurrency: 1,
  timeoutMS: 20_000,
  reporters: ["clear-text", "json", "progress-append-only"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: ".stryker-tmp/report.json" },
  tempDirName: ".stryker-tmp",
  thresholds: { high: 90, low: 85, break: 85 },
};
