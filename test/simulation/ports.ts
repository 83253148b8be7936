import type { IndexTable } from "@plp/audit";
import type { BlobStore, CheckpointStore, EventStore } from "@plp/event-store";
import { announcerOf, encode, groupOf, type OutgoingMessage, type QueueName } from "@plp/messaging";
import { loggedMetrics } from "@plp/runtime";
import type { UsageStore } from "@plp/usage";
import type { AnalysisPorts, TrailPorts } from "../../services/analysis-poller/src/ports.ts";
import type { DiscoveryPorts, RoundPorts } from "../../services/discovery/src/ports.ts";
import type { HistoryPorts } from "../../services/history/src/ports.ts";
import type { MergePorts } from "../../services/merger/src/ports.ts";
import type { Chat, PublishPorts } from "../../services/mr-publisher/src/ports.ts";
import type { ReviewPorts } from "../../services/review/src/ports.ts";
import { SECRET } from "./calls.ts";
import {
  analyzerPort,
  checksPort,
  lastAccessedPort,
  readerPort,
  rolesPort,
  trailPort,
  waitingPort,
} from "./ports-aws.ts";
import { iamRepository, policyRepository, requestsPort, reviewsPort } from "./ports-gitlab.ts";
import { readSimulatedUsage } from "./trail.ts";
import type { Task } from "./turns.ts";
import type { World } from "./world.ts";

/** The ports of one invocation: real shapes, simulated outside, every call in its turn. */
export function portsOf(world: World, task: Task) {
  const { settings, clock, log } = world;
  const metrics = loggedMetrics(log);
  const common = { settings, clock, log, store: storePort(world, task) };
  const sender = senderOf(world, task);
  const publish: DiscoveryPorts["send"]["publish"] = (message, application) =>
    sender("publish", [message], groupOf(application));
  const merge: PublishPorts["send"]["merge"] = (message) => sender("merge", [message]);
  const reviews = (message: object) => sender("reviews", [message]);
  return {
    rounds: (): RoundPorts => ({
      store: common.store,
      repositories: [iamRepository(world, task)],
      send: { applications: (messages) => sender("applications", messages), reviews },
      metrics,
      log,
    }),
    applications: (): DiscoveryPorts => ({
      ...common,
      metrics,
      usage: usagePort(world, task),
      repositories: [iamRepository(world, task)],
      roles: rolesPort(world, task),
      waiting: waitingPort(world, task),
      send: {
        trail: (messages) => sender("trail", messages),
        analysis: (message, lane) => sender("analysis", [message], groupOf(lane)),
        publish,
        reviews,
      },
    }),
    analysis: (): AnalysisPorts => ({
      ...common,
      metrics,
      blobs: blobsPort(world, task),
      usage: usagePort(world, task),
      waiting: waitingPort(world, task),
      analyzer: analyzerPort(world, task),
      lastAccessed: lastAccessedPort(world, task),
      send: { merge, publish },
    }),
    trail: (): TrailPorts => ({
      store: common.store,
      send: { merge },
      files: trailPort(world, task),
      usage: usagePort(world, task),
      readUsage: world.plant.readUsage?.(readSimulatedUsage) ?? readSimulatedUsage,
      clock,
      log,
    }),
    merge: (): MergePorts => ({
      ...common,
      blobs: blobsPort(world, task),
      usage: usagePort(world, task),
      checks: checksPort(world, task),
      repositories: [policyRepository(world, task)],
      send: { publish },
    }),
    publish: (): PublishPorts => ({
      ...common,
      gitlabs: [requestsPort(world, task)],
      chat: chatPort(world, task),
      waiting: waitingPort(world, task),
      send: { merge, reviews },
    }),
    reviews: (): ReviewPorts => ({
      ...common,
      metrics,
      gitlabs: [reviewsPort(world, task)],
      roles: readerPort(world, task),
      send: { merge, publish, reviews: (messages) => sender("reviews", messages) },
    }),
    index: (): HistoryPorts => ({
      ...{ store: common.store, index: indexPort(world, task), log },
      checkpoints: checkpointsPort(world, task),
    }),
    /** What the functions do after their handlers. */
    announce: announcerOf({
      sendAll: (messages: readonly OutgoingMessage[]) =>
        sender(
          "index",
          messages.map(({ body }) => JSON.parse(body)),
        ),
    }),
  };
}

function chatPort({ call, said, violate }: World, task: Task): Chat {
  return {
    say: (text) =>
      call(task, "chat", `say ${text}`, () => {
        if (text.includes(SECRET)) violate(`a secret in the chat: ${text}`);
        said.push(text);
      }),
  };
}

function checkpointsPort({ call, checkpoints }: World, task: Task): CheckpointStore {
  return {
    names: () => call(task, "blobs", "names of checkpoints", () => checkpoints.names()),
    read: (name) => call(task, "blobs", `read checkpoint ${name}`, () => checkpoints.read(name)),
    write: (name, bytes) =>
      call(task, "blobs", `write checkpoint ${name}`, () => checkpoints.write(name, bytes)),
  };
}

function indexPort({ call, index }: World, task: Task): IndexTable {
  return {
    get: (pk, sk) => call(task, "store", `get ${pk} at ${sk}`, () => index.get(pk, sk)),
    page: (pk, range) => call(task, "store", `page of ${pk}`, () => index.page(pk, range)),
    putAll: (items) => call(task, "store", `put ${items.length} index items`, () => index.putAll(items)),
    putNewer: (item) =>
      call(task, "store", `put ${item.pk} at ${item.sk} as of ${item.v}`, () => index.putNewer(item)),
    keys: () => index.keys(),
    remove: (keys) => index.remove(keys),
  };
}

function storePort(world: World, task: Task): EventStore {
  const { call, store, history } = world;
  const port: EventStore = {
    load: (stream) =>
      call(
        task,
        "store",
        `load ${stream}`,
        () => store.load(stream),
        ({ head }) => `${head.version}`,
      ),
    async append(stream, head, events, options) {
      const types = events.map(({ type }) => type).join();
      return call(
        task,
        "store",
        `append ${types} to ${stream} at ${head.version} as ${options.commitId}`,
        async () => {
          const result = await store.append(stream, head, events, options);
          if (result.kind === "appended") {
            history.add(stream, result.events);
            task.wrote = true;
          }
          return result;
        },
        (result) => (result.kind === "appended" ? result.head.hash : result.kind),
      );
    },
    read: (stream, options) => call(task, "store", `read ${stream}`, () => store.read(stream, options)),
  };
  const planted = world.plant.store?.(port) ?? port;
  return {
    ...planted,
    async append(stream, head, events, options) {
      const result = await planted.append(stream, head, events, options);
      const [first] = result.kind === "appended" ? result.events : [];
      if (first !== undefined && first.version !== head.version + 1)
        world.violate(
          `${first.type} of ${stream} was decided at ${head.version} and stands at ${first.version}`,
        );
      return result;
    },
  };
}

function blobsPort({ call, blobs }: World, task: Task): BlobStore {
  return {
    put: (bytes) =>
      call(
        task,
        "blobs",
        "put a blob",
        () => blobs.put(bytes),
        (hash) => hash,
      ),
    get: (hash) => call(task, "blobs", `get blob ${hash}`, () => blobs.get(hash)),
  };
}

function usagePort({ call, usage }: World, task: Task): UsageStore {
  return {
    putHour: (mark, used) =>
      call(task, "usage", `put hour ${mark.accountId} ${mark.region} ${mark.hour}`, () =>
        usage.putHour(mark, used),
      ),
    marks: (account, region, from, to) =>
      call(task, "usage", `marks ${account} ${region} ${from} to ${to}`, () =>
        usage.marks(account, region, from, to),
      ),
    usageOf: (role, from, to) =>
      call(task, "usage", `usage of ${role} ${from} to ${to}`, () => usage.usageOf(role, from, to)),
  };
}

function senderOf({ call, queues, violate, plant }: World, task: Task) {
  return async (queue: QueueName, messages: readonly object[], group?: string): Promise<void> => {
    const outgoing = messages.map((message) => ({
      body: encode(message),
      ...(group === undefined ? {} : { group }),
    }));
    const send = async () => {
      for (const { body } of outgoing) if (body.includes(SECRET)) violate(`a secret in a message: ${body}`);
      await call(
        task,
        "queue",
        `send ${outgoing.length} to ${queue}${outgoing.length === 1 ? ` ${outgoing[0]?.body}` : ""}`,
        () => queues[queue].sendAll(outgoing),
      );
    };
    if (outgoing.length === 0) return;
    await (plant.send === undefined ? send() : plant.send(task, send));
  };
}
