import { type AttributeValue, BatchWriteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoIndexTable, type IndexItem, indexStream, memoryIndexTable } from "@plp/audit";
import { type RoleEvent, roleStream } from "@plp/domain";
import { memoryEventStore, packText } from "@plp/event-store";
import type { IndexedEvent } from "../../packages/audit/src/entry.ts";
import {
  entrySlot,
  type Facet,
  growthKey,
  listed,
  named as ofArn,
  standingKey,
} from "../../packages/audit/src/keys.ts";
import { canonicalEvents } from "../../packages/event-store/src/canonical.ts";
import { commitHash, NO_HASH } from "../../packages/event-store/src/chain.ts";
import { slotOf } from "../../packages/event-store/src/commit-item.ts";
import { discovered, type Place, storyOf } from "./history-story.ts";

/** A table of the bench and how it is reached. */
export interface Filling {
  readonly client: DynamoDBClient;
  readonly table: string;
}

const clock = { now: () => new Date("2026-11-23T05:00:00Z") };
const BATCH = 25;
const SIDE_BY_SIDE = 8;

/** The commits of one story as the store writes them, but for what differs from role to role: stream, hash, beginning. */
export interface Story {
  readonly commits: readonly Prepared[];
  /** What the index holds of it, as it was made of the real events of one role. */
  readonly items: readonly IndexItem[];
}

interface Prepared {
  readonly id: string;
  readonly at: string;
  readonly canonical: string;
  readonly packed: Uint8Array;
}

function prepared(event: RoleEvent, version: number): Prepared {
  const canonical = canonicalEvents([event]);
  return { id: `commit-${version}`, at: event.occurredAt, canonical, packed: packText(canonical) };
}

/** Its names stand nowhere else, so that those of another role can take their place. */
const model: Place = {
  role: { arn: "arn:aws:iam::987654321098:role/ci/model-role", uniqueId: "AROAMODEL" },
  application: "model-application",
  environment: "model-environment",
  accountId: "987654321098",
};

/** A story of so many commits. With `indexed`, one role is taken through the real store and the real index. */
export async function preparedStory(
  length: number,
  { indexed }: { readonly indexed: boolean },
): Promise<Story> {
  const events = storyOf(model, length);
  const commits = events.map((event, n) => prepared(event, n + 1));
  if (!indexed) return { commits, items: [] };
  let now = "";
  const store = memoryEventStore({ clock: { now: () => new Date(now) } });
  const stream = roleStream(model.role);
  let { head } = await store.load(stream);
  for (const [n, event] of events.entries()) {
    now = event.occurredAt;
    const result = await store.append(stream, head, [event], { commitId: `commit-${n + 1}` });
    if (result.kind === "appended") head = result.head;
  }
  const index = memoryIndexTable(clock);
  await indexStream(stream, { store, index });
  return { commits, items: index.items() };
}

/** Writes the commits of that role, and answers the hash of each. */
export async function writeCommits(
  place: Place,
  { commits }: Story,
  { client, table }: Filling,
): Promise<readonly string[]> {
  const stream = roleStream(place.role);
  const own = prepared(discovered(place), 1);
  const hashes: string[] = [];
  let requests: { readonly PutRequest: { readonly Item: Record<string, AttributeValue> } }[] = [];
  for (const [n, shared] of commits.entries()) {
    const { id, at, canonical, packed } = n === 0 ? own : shared;
    const hash = commitHash(hashes.at(-1) ?? NO_HASH, { stream, commitId: id, recordedAt: at, canonical });
    hashes.push(hash);
    requests.push({
      PutRequest: {
        Item: {
          ...{ pk: { S: stream }, sk: { S: slotOf(n + 1) }, n: { N: String(n + 1) }, id: { S: id } },
          ...{ at: { S: at }, h: { S: hash }, e: { B: packed } },
        },
      },
    });
    if (requests.length < BATCH && n < commits.length - 1) continue;
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    requests = [];
  }
  return hashes;
}

/**
 * Writes the index items of that role, of these facets: those of the model role, with what is that of this role. Whether
 * that is what the real index would hold, `differences` says.
 */
export async function writeItems(
  place: Place,
  { items }: Story,
  hashes: readonly string[],
  facets: ReadonlySet<Facet>,
  filling: Filling,
): Promise<void> {
  const own = items.flatMap((item) => ownItem(item, place, hashes, facets) ?? []);
  await dynamoIndexTable({ ...filling, clock }).putAll(own);
}

function ownItem(
  item: IndexItem,
  place: Place,
  hashes: readonly string[],
  facets: ReadonlySet<Facet>,
): IndexItem | null {
  const stream = roleStream(place.role);
  const [, kind = ""] = item.pk.split("#");
  const { pk, sk } = listed("role", stream);
  switch (kind) {
    case "months":
      return item;
    case "standing":
      return { ...item, ...standingKey(stream) };
    case "growth":
      return { ...item, pk: growthKey(pk), sk };
    case "named":
      return { ...ofArn(place.role.arn, stream), x: named(item.x, place, hashes) };
    case "list":
      return { ...item, pk, sk, x: named(item.x, place, hashes) };
    default: {
      if (!facets.has(kind as Facet)) return null;
      const x = named(item.x, place, hashes);
      const { occurredAt, version } = JSON.parse(x) as IndexedEvent;
      return { pk: named(item.pk, place, hashes), sk: entrySlot(occurredAt, version, stream), x };
    }
  }
}

/** The text of the model role as that of another one. */
function named(text: string, place: Place, hashes: readonly string[]): string {
  const version = Number(/"version":(\d+)/.exec(text)?.[1]);
  return text
    .replaceAll(model.role.arn, place.role.arn)
    .replaceAll(model.role.uniqueId, place.role.uniqueId)
    .replaceAll(model.application, place.application)
    .replaceAll(model.environment, place.environment)
    .replaceAll(model.accountId, place.accountId)
    .replace(/"hash":"[0-9a-f]{64}"/, `"hash":"${hashes[version - 1]}"`);
}

/** Fills a table with these roles, several at a time; `progress` is told after each hundred. */
export async function fill(
  places: readonly Place[],
  story: Story,
  facets: ReadonlySet<Facet>,
  filling: Filling,
  progress: (roles: number) => void = () => undefined,
): Promise<void> {
  let next = 0;
  let done = 0;
  const worker = async () => {
    for (let place = places[next++]; place !== undefined; place = places[next++]) {
      const hashes = await writeCommits(place, story, filling);
      await writeItems(place, story, hashes, facets, filling);
      done += 1;
      if (done % 100 === 0) progress(done);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}
