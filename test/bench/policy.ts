/**
 * `node test/bench/policy.ts [--pairs 60] [--resources 200] [--actions 1000]`: merge, prove and fit of so many actions on
 * so many resources, against reading and writing the JSON of the policy that comes out of it. Floor and work alternate;
 * what counts is the median of the pairs' ratios. Every pair starts from text, so that nothing is known from the pair before.
 */
import { parseArgs } from "node:util";
import {
  type Addition,
  actionsOf,
  emptyPolicy,
  fitPolicy,
  mergePolicy,
  type Policy,
  parsePolicy,
  printPolicy,
} from "@plp/iam-policy";

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "60" },
    resources: { type: "string", default: "200" },
    actions: { type: "string", default: "1000" },
  },
});
const pairs = Number(values.pairs);
const resources = Number(values.resources);
const actions = Number(values.actions);

const kinds = [
  ["sqs", (name: string) => `arn:aws:sqs:eu-central-1:111122223333:${name}`],
  ["sns", (name: string) => `arn:aws:sns:eu-central-1:111122223333:${name}`],
  ["lambda", (name: string) => `arn:aws:lambda:eu-central-1:111122223333:function:${name}`],
  ["dynamodb", (name: string) => `arn:aws:dynamodb:eu-central-1:111122223333:table/${name}`],
  ["s3", (name: string) => `arn:aws:s3:::${name}`],
] as const;

/** Each resource has its own few actions of its service, as a stack of some sixty applications would ask for them. */
function additionsFor(count: number): readonly Addition[] {
  const unknown = { calls: 1, firstSeen: null, lastSeen: null };
  return Array.from({ length: count }, (_, index) => {
    const at = index % resources;
    const [service, arn] = kinds[at % kinds.length] ?? kinds[0];
    const all = actionsOf(service);
    const { action } = all[(at * 7 + Math.floor(index / resources) * 3) % all.length] ?? { action: "" };
    const resource = arn(`shop-${Math.floor(at / kinds.length)}`);
    return { action, resource, condition: null, basis: "seen", widened: false, ...unknown };
  });
}

/** So often is the floor run for one run of the work: both then take some milliseconds, and bear the same disturbance. */
const TIMES = 40;

interface Work {
  readonly name: string;
  readonly old: string;
  readonly additions: readonly Addition[];
}

function run(old: Policy, previous: readonly Policy[], additions: readonly Addition[]): Policy {
  const { policy, proof, added } = mergePolicy({ old, additions });
  if (proof.wider || added.length === 0) throw new Error("the merge of the bench is not as it should be");
  fitPolicy(policy, { previous });
  return policy;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

function measure({ name, old: text, additions }: Work): void {
  const read = () => parsePolicy(text, "bench");
  const document = JSON.stringify(JSON.parse(printPolicy(run(read(), [], additions))));
  const floors: number[] = [];
  const own: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const old = read();
    const fresh = structuredClone(additions);
    const begun = performance.now();
    for (let time = 0; time < TIMES; time += 1) JSON.stringify(JSON.parse(document));
    const between = performance.now();
    run(old, [], fresh);
    own.push(performance.now() - between);
    floors.push((between - begun) / TIMES);
  }
  const half = Math.floor(pairs / 2);
  const ratios = own.map((time, pair) => time / (floors[pair] ?? Number.NaN)).slice(half);
  const row = [median(floors.slice(half)), median(own.slice(half))].map((time) =>
    time.toFixed(2).padStart(8),
  );
  console.log(
    `${name.padEnd(30)}${row.join("")} ms  ratio ${median(ratios).toFixed(1)}, the first ${((own[0] ?? 0) / median(floors)).toFixed(0)}`,
  );
}

const all = additionsFor(actions);
const some = all.filter((_, index) => index % 10 !== 0);
console.log(`${actions} actions on ${resources} resources; JSON of the result, merge with proof and fit`);
measure({ name: "from nothing", old: printPolicy(emptyPolicy), additions: all });
measure({
  name: "onto nine tenths of it",
  old: printPolicy(mergePolicy({ old: emptyPolicy, additions: some }).policy),
  additions: all,
});
