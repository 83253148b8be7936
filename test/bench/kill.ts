/**
 * `node test/bench/kill.ts [--times 20] [--seed S]`: kills `plp up --once` at moments spread over a whole run, starts it
 * again each time, and compares what it came to with an undisturbed run. Exit 1 when one differs.
 */
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { finish, momentOfKill, startAndKill } from "../end-to-end/killing.ts";
import { makeFixture, temporaryFolder } from "../end-to-end/support.ts";

const { values } = parseArgs({
  options: { times: { type: "string", default: "20" }, seed: { type: "string", default: "kill" } },
});
const times = Number(values.times);
const folder = temporaryFolder();
let different = 0;
try {
  const fixture = await makeFixture(folder.path, { roles: 7, accounts: 2, eventsPerRole: 120 });
  const began = performance.now();
  const undisturbed = await finish(join(folder.path, "undisturbed"), fixture.options);
  const length = performance.now() - began;
  console.log(`undisturbed: ${undisturbed.requests.length - 1} requests, ${Math.round(length)} ms`);
  console.log("   #   killed after   hit   outcome");
  for (let n = 0; n < times; n++) {
    const state = join(folder.path, `killed-${n}`);
    const { after, hit } = await startAndKill(
      state,
      fixture.options,
      momentOfKill(values.seed, n, times, length),
    );
    const outcome = await finish(state, fixture.options).catch((error: Error) => error.message);
    const isSame = isDeepStrictEqual(outcome, undisturbed);
    if (!isSame) different += 1;
    const text = isSame ? "the same" : `DIFFERENT ${JSON.stringify(outcome)}`;
    console.log(
      `${String(n + 1).padStart(4)} ${`${after} ms`.padStart(14)}   ${hit ? "yes" : "no "}   ${text}`,
    );
  }
  console.log(different === 0 ? "All the same." : `${different} of ${times} differ.`);
} finally {
  // What differs is worth a look.
  if (different === 0) folder.remove();
  else console.log(`The state directories are kept in ${folder.path}`);
}
process.exitCode = different === 0 ? 0 : 1;
