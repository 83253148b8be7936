import { createHash } from "node:crypto";
import { dynamoIndexTable, type IndexItem, indexStream, noteNewest, type RunRow } from "@plp/audit";
import {
  type ApplicationEvent,
  applicationStream,
  emptyApplication,
  planRound,
  runExpiry,
} from "@plp/domain";
import { causeAt } from "@plp/domain/testing";
import { dynamoEventStore } from "@plp/event-store";
import { runsKey } from "../../packages/audit/src/keys.ts";
import type { Filling } from "./history-fill.ts";
import type { Place } from "./history-story.ts";

/** When the last round of the bench's organization was. */
export const lastRound = "2026-11-23T05:00:00.000Z";
const clock = { now: () => new Date(lastRound) };
const WINDOW = { from: "2026-11-16T04:00:00.000Z", to: "2026-11-23T04:00:00.000Z" };
const SIDE_BY_SIDE = 8;

/** The applications of these roles, each with its last round; and a run of that round for each role. */
export async function fillApplications(places: readonly Place[], filling: Filling): Promise<void> {
  const store = dynamoEventStore({ ...filling, clock });
  const index = dynamoIndexTable({ ...filling, clock });
  const applications = [...Map.groupBy(places, ({ application }) => application)];
  let next = 0;
  const worker = async () => {
    for (let one = applications[next++]; one !== undefined; one = applications[next++]) {
      const [folder, roles] = one;
      const stream = applicationStream({ project: "iam/roles", folder });
      const { head } = await store.load<ApplicationEvent>(stream);
      const planned = roles.map(({ role, environment, accountId }) => ({
        ...{ role, environment, accountId, region: "eu-central-1", run: runOf(role.arn), window: WINDOW },
      }));
      const round = { round: "round-last", windowEnd: WINDOW.to, commit: "c0", name: folder };
      const plan = { ...round, roles: planned, excluded: [], failed: [] };
      const events = planRound(emptyApplication, plan, causeAt(lastRound));
      await store.append(stream, head, events, { commitId: `plan of ${folder}` });
      await indexStream(stream, { store, index });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  await index.putAll(places.map(runItem));
  await noteNewest(index, lastRound);
}

function runOf(arn: string): string {
  return createHash("sha256").update(arn).digest("hex").slice(0, 32);
}

/** Every twentieth failed, the others had nothing new. */
function runItem({ role, application, environment, accountId }: Place, n: number): IndexItem {
  const isFailed = n % 20 === 0;
  const row: RunRow = {
    ...{ run: runOf(role.arn), roleArn: role.arn, project: "iam/roles", folder: application, environment },
    ...{ round: "round-last", requestedAt: lastRound, since: lastRound },
    state: isFailed ? "failed" : "nothing-new",
    reason: isFailed ? "PLP may not assume plp-reader" : null,
    ...{ lane: accountId, region: "eu-central-1", starts: [lastRound], version: 4, recordedAt: lastRound },
  };
  const ttl = runExpiry(new Date(lastRound));
  return { pk: runsKey(lastRound.slice(0, 10)), sk: row.run, v: row.version, x: JSON.stringify(row), ttl };
}
