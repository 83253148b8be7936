import { type LanesOptions, runLanes } from "../simulation/lanes.ts";
import { lanesAtRest, lastFirstAnalysis } from "../simulation/lanes-at-rest.ts";

/**
 * `node test/bench/lanes.ts [seed]`: lanes of Access Analyzer at the size of a large organization, by a virtual clock: what
 * must hold, when everybody had been analysed once, and what it took. The floor is the number of days that the
 * quota alone makes necessary, less the reserve and what others start.
 */
const seed = Number(process.argv[2] ?? "1");
const all: readonly (readonly [string, Omit<LanesOptions, "seed">])[] = [
  ["1,000 roles in one lane", { accounts: 1, rolesPerAccount: 1000, rolesPerApplication: 10, days: 25 }],
  [
    "1,000 roles, 1,000 applications",
    { accounts: 1, rolesPerAccount: 1000, rolesPerApplication: 1, days: 25 },
  ],
  [
    "1,000 roles, others eat 20 starts a day",
    { accounts: 1, rolesPerAccount: 1000, rolesPerApplication: 10, days: 44, faults: { foreignPerDay: 20 } },
  ],
  ["400 lanes of 10 roles", { accounts: 400, rolesPerAccount: 10, rolesPerApplication: 5, days: 8 }],
  [
    "400 lanes, everything goes wrong",
    {
      ...{ accounts: 400, rolesPerAccount: 10, rolesPerApplication: 5, days: 15 },
      faults: {
        foreignPerDay: 20,
        conflict: 0.1,
        quotaRefusal: 0.05,
        quotaFailure: 0.1,
        mostHours: 100,
        crash: 0.1,
      },
    },
  ],
  ["10,000 roles in 400 lanes", { accounts: 400, rolesPerAccount: 25, rolesPerApplication: 5, days: 8 }],
];

const heads = ["roles", "analyses", "days", "floor", "deliveries", "a start", "dead", "s"];
console.log(`${"".padEnd(42)}${heads.map((head) => head.padStart(11)).join("")}`);
let wrong = 0;
for (const [name, options] of all) {
  const begun = performance.now();
  const result = await runLanes({ ...options, seed });
  const seconds = (performance.now() - begun) / 1000;
  const analyses = [...result.analyses.values()].reduce((sum, { length }) => sum + length, 0);
  const theirs = options.faults?.foreignPerDay ?? 0;
  const row = [
    result.analyses.size,
    analyses,
    (lastFirstAnalysis(result) / 86_400_000).toFixed(2),
    (options.rolesPerAccount / (45 - theirs)).toFixed(2),
    result.deliveries,
    (result.deliveries / result.startsOfOurs).toFixed(1),
    result.deadLetters + result.forgotten,
    seconds.toFixed(0),
  ];
  console.log(`${name.padEnd(42)}${row.map((text) => String(text).padStart(11)).join("")}`);
  for (const sentence of [...lanesAtRest(result), ...result.failed.slice(0, 3)]) {
    wrong += 1;
    console.log(`  ! ${sentence}`);
  }
}
process.exitCode = wrong === 0 ? 0 : 1;
