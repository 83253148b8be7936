// Reads vitest's JSON report and prints one plain line; fails when a test failed, when none ran, or when a test was
// skipped although this machine lacks nothing. `node .ci/summary.mjs <report>`.
import { existsSync, readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
const count = (status) => tests.filter((test) => test.status === status).length;
const passed = count("passed");
// A file that could not even be loaded has no tests of its own, and is a failure all the same.
const unloaded = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === "failed" && !assertionResults.some((test) => test.status === "failed"),
).length;
const failed = count("failed") + unloaded;
const skipped = tests.filter((test) => test.status !== "passed" && test.status !== "failed");

// Real data that the project does not hold: the one thing that .ci/run cannot install.
const sharedData = existsSync(new URL("../../shared/data", import.meta.url));
for (const { fullName } of skipped) console.log(`skipped: ${fullName}`);
if (sharedData && skipped.length > 0) console.log("Nothing is missing here, so no test may be skipped.");

console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`);
const fine = report.success === true && failed === 0 && passed > 0 && !(sharedData && skipped.length > 0);
process.exitCode = fine ? 0 : 1;
