import {
  audit,
  changesBetween,
  dynamoIndexTable,
  exportLines,
  findRole,
  howThingsStand,
  type IndexItem,
  type IndexTable,
  indexStream,
  listRoles,
  replayAnswer,
  verifyHistory,
  whoCan,
} from "@plp/audit";
import { type RoleEvent, roleStream } from "@plp/domain";
import { dynamoEventStore } from "@plp/event-store";
import { metered } from "../support/clients.ts";
import type { TableServer } from "../support/tables.ts";
import { fill, preparedStory } from "./history-fill.ts";
import { fillApplications, lastRound } from "./history-organization.ts";
import { type Place, placeOf, storyOf } from "./history-story.ts";

/** What a question took: requests to DynamoDB, and its capacity units. */
export interface Cost {
  readonly requests: number;
  readonly reads: number;
  readonly writes: number;
}

export interface Costs {
  readonly name: string;
  readonly costs: ReadonlyMap<string, Cost>;
  /** What did not hold. */
  readonly wrong: readonly string[];
}

const clock = { now: () => new Date("2026-11-23T06:00:00Z") };
const cursorKey = Buffer.alloc(32);
const PAGE = 50;
/** An audit page reads beside its entries how far the index has come; where a query ends, DynamoDB rounds up. */
const BESIDE = 2.5;

/** Capacity units and requests of everything that is asked of the history, in a table with so many roles of so many commits. */
export async function costsOf(
  { roles, commits }: { readonly roles: number; readonly commits: number },
  server: TableServer,
  progress: (text: string) => void,
): Promise<Costs> {
  const filling = { client: server.client(), table: await server.freshTable() };
  const places = Array.from({ length: roles }, (_, n) => placeOf(n));
  const story = await preparedStory(commits, { indexed: true });
  const all = new Set(["role", "application", "account", "actor", "type", "action", "month"] as const);
  await fill(places, story, all, filling, (done) => progress(`${done} of ${roles} roles`));
  await fillApplications(places, filling);

  const client = server.client();
  const meter = metered(client);
  const { table } = filling;
  const store = dynamoEventStore({ client, table, clock });
  const index = dynamoIndexTable({ client, table, clock });
  const place = places[Math.floor(roles / 2)] ?? placeOf(0);
  const costs = new Map<string, Cost>();
  const wrong: string[] = [];
  const asking = async <T>(name: string, ask: () => Promise<T>): Promise<T> => {
    const before = { ...meter };
    const answer = await ask();
    const { requests, reads, writes } = meter;
    costs.set(name, {
      requests: requests - before.requests,
      reads: reads - before.reads,
      writes: writes - before.writes,
    });
    return answer;
  };

  await writes(place, commits, { store, index, asking });
  await histories(place, commits, { store, index, asking });
  for (const [name, filter] of Object.entries(filtersOf(place))) {
    const returned = noting(index);
    const page = await asking(`audit ${name}`, () =>
      audit({ ...filter, limit: PAGE }, { index: returned.index, cursorKey }),
    );
    const least = Math.ceil(returned.bytes() / 4096) / 2;
    const { reads = 0 } = costs.get(`audit ${name}`) ?? {};
    const isOne = Object.keys(filter).length === 1;
    if (isOne && reads > least + BESIDE)
      wrong.push(`audit ${name}: ${reads} units for ${page.events.length} entries that are ${least} units`);
  }
  await asking("roles", () => listRoles(index));
  await asking("overview", () => howThingsStand(index, new Date(lastRound)));
  await asking("who-can", () => whoCan({ action: "kms:PutKeyPolicy" }, { store, index }));
  return { name: `${roles.toLocaleString("en-US")} × ${commits.toLocaleString("en-US")}`, costs, wrong };
}

interface Asked {
  readonly store: ReturnType<typeof dynamoEventStore>;
  readonly index: IndexTable;
  readonly asking: <T>(name: string, ask: () => Promise<T>) => Promise<T>;
}

async function writes(place: Place, commits: number, { store, index, asking }: Asked): Promise<void> {
  const stream = roleStream(place.role);
  const [event] = storyOf(place, 2).slice(1);
  if (event === undefined) throw new Error("a story of two events has a second one");
  const { head } = await asking("load", () => store.load<RoleEvent>(stream));
  await asking("append", () => store.append(stream, head, [event], { commitId: `commit-${commits + 1}` }));
  await asking("index it", () => indexStream(stream, { store, index }));
}

async function histories(place: Place, commits: number, { store, index, asking }: Asked): Promise<void> {
  const ports = { store, index };
  const { arn } = place.role;
  const stream = roleStream(place.role);
  const history = await asking("replay ARN", () => findRole(arn, ports));
  replayAnswer(history, { version: commits });
  const part = arn.slice(arn.lastIndexOf("/") + 1);
  await asking("replay part of it", () => findRole(part, ports));
  await asking("changes", async () =>
    changesBetween(await findRole(arn, ports), { version: 1 }, { version: commits }),
  );
  await asking("verify ROLE", () =>
    verifyHistory(only(stream), [], { scan: store, blobs: null, now: clock.now() }),
  );
  await asking("export ROLE", async () => {
    for await (const _line of exportLines(only(stream), {}, { scan: store, at: lastRound }));
  });
}

function filtersOf({ role, application, accountId }: Place) {
  return {
    "--role": { role: role.arn },
    "--application": { application },
    "--account": { account: accountId },
    "--type": { type: "UsageObserved" },
    "--actor": { actor: "reviewer-1" },
    "--action sqs:*": { action: "sqs:*" },
    "(no filter)": {},
    "--type --account": { type: "PolicyApplied", account: accountId },
  };
}

/** Counts the bytes of the entries that were read. */
function noting(index: IndexTable): { readonly index: IndexTable; bytes(): number } {
  let bytes = 0;
  const sizeOf = ({ pk, sk, x }: IndexItem) => Buffer.byteLength(pk + sk + x);
  const page: IndexTable["page"] = async (pk, range) => {
    const found = await index.page(pk, range);
    for (const item of found.items) bytes += sizeOf(item);
    return found;
  };
  return { index: { ...index, page }, bytes: () => bytes };
}

async function* only(stream: string): AsyncIterable<string> {
  yield stream;
}
