import { queueNames } from "@plp/messaging";
import { metricUnits } from "@plp/runtime";
import type { Counted } from "./counted.ts";
import { type MeasuredRound, measureRound } from "./measure-round.ts";
import { perMillion, prices } from "./prices.ts";

/**
 * `npm run cost`: what PLP costs a month in AWS. Requests, capacity units and the time of functions are measured on a real
 * round of the sample organization; what that cannot tell is assumed below, and printed.
 */
const assumed = {
  roundsAMonth: 52 / 12,
  rolesPerAccount: 10,
  /** Files that CloudTrail delivers for an account and Region in an hour: one every five minutes. */
  filesAnHour: 12,
  /** The Region of the roles, and the one where global services log. */
  regions: 2,
  /** Every hour is listed by three ticks, for late files, and read by one. */
  looksAnHour: 3,
  /** Five pollers of Lambda per queue, each asking every 20 seconds. */
  pollsAQueue: (5 * 3600 * 24 * 365) / 12 / 20,
};
const hoursAMonth = (24 * 365) / 12;

interface Cost {
  readonly dynamo: number;
  readonly lambda: number;
  readonly sqs: number;
  readonly s3: number;
  readonly kms: number;
  readonly logs: number;
}

const isTrail = (operation: string) =>
  /^(PutItem|UpdateItem|BatchWriteItem|GetItem) (trail|usage)$/.test(operation);

function unitsOf(counts: Readonly<Record<string, Counted>>, wanted: (operation: string) => boolean) {
  let [reads, writes] = [0, 0];
  for (const [operation, { units }] of Object.entries(counts)) {
    if (!wanted(operation)) continue;
    if (/^(Query|GetItem)\b/.test(operation)) reads += units;
    else if (/^(PutItem|UpdateItem|BatchWriteItem)\b/.test(operation)) writes += units;
  }
  return { reads, writes };
}

const dynamoOf = ({ reads, writes }: { readonly reads: number; readonly writes: number }) =>
  perMillion(reads, prices.dynamoReadUnits) + perMillion(writes, prices.dynamoWriteUnits);
const lambdaOf = (gbSeconds: number, requests: number) =>
  gbSeconds * prices.lambdaGbSecond + perMillion(requests, prices.lambdaRequests);

/** One role in one round: everything but reading the trail. */
function perRun({ runs, counts, functions, logBytes }: MeasuredRound): Cost {
  const own = Object.entries(functions).filter(([name]) => name !== "trail");
  const messages = own.reduce((sum, [, one]) => sum + one.messages, 0) / runs;
  const gbSeconds = own.reduce((sum, [, one]) => sum + one.gbSeconds, 0) / runs;
  const { reads, writes } = unitsOf(counts, (operation) => !isTrail(operation));
  const blobs = counts["PUT plp-blobs"]?.requests ?? 0;
  return {
    dynamo: dynamoOf({ reads: reads / runs, writes: writes / runs }),
    lambda: lambdaOf(gbSeconds, messages),
    // Sent, received, and deleted or made visible again.
    sqs: perMillion(3 * messages, prices.sqsRequests),
    s3: perMillion(blobs / runs, prices.s3PutsAndLists),
    kms: 0,
    logs: (logBytes / runs / 1e9) * prices.logsGb,
  };
}

/** One hour of an account and Region: its files are read once and listed three times. */
function perHour({ hours, files, counts, functions }: MeasuredRound): Cost {
  const { filesAnHour, looksAnHour } = assumed;
  const { reads, writes } = unitsOf(counts, isTrail);
  const gbSecondsAFile = (functions.trail?.gbSeconds ?? 0) / files;
  return {
    dynamo: dynamoOf({ reads: looksAnHour + reads / hours, writes: writes / hours }),
    lambda: lambdaOf(gbSecondsAFile * filesAnHour, looksAnHour),
    sqs: perMillion(3 * looksAnHour, prices.sqsRequests),
    s3: perMillion(filesAnHour, prices.s3Gets) + perMillion(looksAnHour, prices.s3PutsAndLists),
    kms: perMillion(filesAnHour, prices.kmsRequests),
    logs: 0,
  };
}

/** What is there whatever the number of roles: alarms, metrics, the key, the dashboard, and queues that are asked in vain. */
function standing(): number {
  const alarms = queueNames.length + Object.keys(metricUnits).length + 1;
  const polls = perMillion(queueNames.length * assumed.pollsAQueue, prices.sqsRequests);
  const metrics = Object.keys(metricUnits).length * prices.metric;
  return alarms * prices.alarm + metrics + prices.key + prices.dashboard + polls;
}

const total = (cost: Cost) => Object.values(cost).reduce((sum, one) => sum + one, 0);

const round = measureRound();
const [run, hour] = [perRun(round), perHour(round)];
const heads = ["DynamoDB", "Lambda", "SQS", "S3", "KMS", "logs", "total"] as const;
const row = (name: string, cost: Cost, digits: number, more = 0) => {
  const cells = [...Object.values(cost), total(cost) + more].map((one) => one.toFixed(digits).padStart(11));
  return `${name.padEnd(38)}${cells.join("")}`;
};

console.log(`Measured: ${round.runs} runs, ${round.hours} hours of log files (${round.files} files).`);
console.log(
  `Assumed: a round a week, ${assumed.rolesPerAccount} roles an account, ${assumed.regions} Regions, ${assumed.filesAnHour} files an hour and Region, a KMS call a file.`,
);
console.log("US dollars, eu-central-1, list prices without free tiers. Policy generation costs nothing.\n");
console.log(`${"".padEnd(38)}${heads.map((head) => head.padStart(11)).join("")}`);
console.log(row("one role in one round", run, 6));
console.log(row("one hour of an account and Region", hour, 6));
console.log(
  `${"standing, a month".padEnd(38)}${standing()
    .toFixed(2)
    .padStart(11 * heads.length)}\n`,
);
for (const roles of [100, 10_000, 100_000]) {
  const runs = roles * assumed.roundsAMonth;
  const hours = (roles / assumed.rolesPerAccount) * assumed.regions * hoursAMonth;
  const month = Object.fromEntries(
    (Object.keys(run) as (keyof Cost)[]).map((key) => [key, runs * run[key] + hours * hour[key]]),
  ) as unknown as Cost;
  console.log(row(`${roles.toLocaleString("en")} roles, a month`, month, 2, standing()));
}
