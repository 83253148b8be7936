import { defineConfig } from "vitest/config";

/** Set by Stryker in the processes that run the tests for it. */
const isMutationTest = process.env.STRYKER_MUTATOR_WORKER !== undefined;

/** One project per tier of the tests; `npm test` runs them all, `npx vitest run --project unit` one. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/**/*.test.ts", "services/**/*.test.ts"],
          setupFiles: isMutationTest ? ["test/support/short-laws.ts"] : [],
          testTimeout: 30_000,
        },
      },
      { test: { name: "conformance", include: ["test/conformance/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "simulation", include: ["test/simulation/**/*.test.ts"], testTimeout: 120_000 } },
      {
        test: {
          name: "stacks",
          include: ["test/stacks/**/*.test.ts", "test/house/**/*.test.ts"],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: "end-to-end",
          include: ["test/end-to-end/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
