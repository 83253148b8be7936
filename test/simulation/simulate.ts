import { memoryCheckpointStore, memoryIndexTable } from "@plp/audit";
import { memoryBlobStore, memoryEventStore } from "@plp/event-store";
import {
  queues as described,
  encode,
  type MemoryQueue,
  memoryQueue,
  type QueueFaults,
  type QueueName,
  queueNames,
} from "@plp/messaging";
import { type Clock, type Ids, parseSettings, streamLog } from "@plp/runtime";
import { memoryUsageStore, memoryWaitingLine } from "@plp/usage";
import { simulatedAnalyzer } from "./analyzer.ts";
import { areRunsOver, checkQuiet } from "./at-quiet.ts";
import { checkAtRest } from "./at-rest.ts";
import { callsThrough, ratesOf, SECRET } from "./calls.ts";
import { deliver } from "./deliver.ts";
import { simulatedDeployment } from "./deployment.ts";
import { simulatedGitlab } from "./gitlab.ts";
import { historyOf } from "./history.ts";
import { type HookState, hooksOf } from "./hooks.ts";
import { DAY, HOUR, organizationOf, PROJECT } from "./organization.ts";
import { pipelinesEnd, somebodyActs } from "./people.ts";
import { type PlantName, plants } from "./plants.ts";
import { randomOf } from "./random.ts";
import { readAhead } from "./read-ahead.ts";
import { traceTo } from "./trace.ts";
import { simulatedTrail } from "./trail.ts";
import { truthOf } from "./truth.ts";
import { turnsOf } from "./turns.ts";
import type { World } from "./world.ts";

export interface Simulated {
  readonly seed: number;
  /** What must not happen and did; empty when all is well. */
  readonly violations: readonly string[];
  /** Over everything that happened, commit ids and all. */
  readonly trace: string;
  readonly steps: number;
  readonly counts: {
    readonly events: number;
    readonly requests: number;
    readonly merged: number;
    readonly days: number;
  };
}

const MOST_STEPS = 150_000;
const MOST_PARALLEL = 6;
/** How often somebody acts between two turns: what follows from one act is many turns. */
const ACTS = 0.0015;
/** How long it takes until a poll: it looks three hours back. */
const POLL = 2.5 * HOUR;

/**
 * One organization over some rounds, with faults and people, then without; all of it drawn from the seed. Handlers,
 * `consume` and queues are the real ones. Nobody sleeps: the clock goes to whatever happens next.
 */
export async function simulate(
  seed: number,
  options: { readonly plant?: PlantName; readonly write?: (line: string) => void } = {},
): Promise<Simulated> {
  const random = randomOf(seed);
  const trace = traceTo(options.write ?? null);
  const organization = organizationOf(random);
  const violations: string[] = [];
  let at = organization.begin;
  let step = 0;
  const now = () => at;
  const clock: Clock = { now: () => new Date(at) };
  const isCalm = () => at >= organization.calmFrom;
  const violate = (text: string) => {
    violations.push(text);
    trace.add(at, "VIOLATION", text);
  };
  const plant = options.plant === undefined ? {} : plants[options.plant]();
  const turns = turnsOf(random, now);
  /** When the next message of a queue is seen, until something happens to that queue. */
  const soonest = new Map<QueueName, number | null>();
  const queues = queuesOf();
  const gitlab = simulatedGitlab(organization, { now, step: () => step });
  const world: World = {
    ...{ random, clock, now, step: () => step, isCalm, organization, plant, violate, gitlab },
    truth: truthOf(organization),
    deployment: simulatedDeployment(organization, gitlab, now),
    analyzer: simulatedAnalyzer(organization, random, { now, isCalm }),
    trail: simulatedTrail(organization, random, now),
    byHand: { granted: new Set(), removed: new Set() },
    touched: new Set(),
    history: historyOf(violate),
    store: memoryEventStore({ clock }),
    blobs: memoryBlobStore(),
    usage: memoryUsageStore(),
    index: memoryIndexTable(clock),
    checkpoints: memoryCheckpointStore(),
    said: [],
    waiting: memoryWaitingLine({ now: () => new Date(now()) }),
    queues: queues.main,
    deadLetters: queues.dead,
    settings: settingsOf(),
    log: streamLog(
      {
        write: (line) => {
          if (line.includes(SECRET)) violate(`a secret in the log: ${line}`);
          options.write?.(`    ${line.trimEnd()}`);
        },
      },
      { clock, level: "info" },
    ),
    call: callsThrough({
      ...{ random, turns, isCalm, rates: ratesOf(random) },
      trace: (task, what) => trace.add(at, task.name, what),
    }),
  };

  const polls = new Set<number>();
  const hooks: HookState = { main: world.gitlab.main() };
  const outside = eventsOutside();
  while (violations.length === 0) {
    await new Promise(setImmediate);
    step += 1;
    if (step > MOST_STEPS) violate(`nothing came to rest within ${MOST_STEPS} steps`);
    for (const task of turns.tasks()) {
      if (at - task.startedAt <= task.timeoutSeconds * 1000) continue;
      trace.add(at, task.name, "timed out");
      turns.end(task);
    }
    const isReady = (turns.nextAt() ?? Number.POSITIVE_INFINITY) <= at;
    if (!isCalm() && isReady && random.chance(ACTS)) tell(somebodyActs(world));
    const visible = turns.tasks().size < MOST_PARALLEL ? queueNames.filter(isVisible) : [];
    if (isReady && (visible.length === 0 || random.chance(0.6))) {
      turns.next();
      at += random.between(1, 250);
      continue;
    }
    const name = random.oneOf(visible);
    if (name !== null) {
      void deliver(world, turns, name);
      continue;
    }
    if (turns.tasks().size > 0 && turns.nextAt() === null) {
      violate(`${[...turns.tasks()].map((task) => task.name).join()} waits for nothing`);
      continue;
    }
    const messages = queueNames.map(visibleAt).filter((time) => time !== null);
    const isFull = turns.tasks().size >= MOST_PARALLEL;
    const next = [turns.nextAt(), ...(isFull ? [] : messages)].filter((time) => time !== null);
    if (next.length === 0) await checkQuiet(world);
    const due = outside.next();
    if (next.length === 0 && due === null) break;
    const then = Math.min(...next, due ?? Number.POSITIVE_INFINITY);
    at = Math.max(at, then);
    if (due !== null && due <= at) await outside.happen();
  }
  if (violations.length === 0) await checkAtRest(world);
  const events = [...world.history.streams.values()].reduce((sum, list) => sum + list.length, 0);
  const requests = [...world.gitlab.requests.values()];
  const merged = requests.filter(({ state }) => state === "merged").length;
  const counts = {
    events,
    requests: requests.length,
    merged,
    days: Math.round((at - organization.begin) / DAY),
  };
  return { seed, violations, trace: trace.hash(), steps: step, counts };

  function tell(what: string | null): void {
    if (what === null) return;
    trace.add(at, "people", what);
    for (const { folder } of organization.folders) world.touched.add(folder);
    for (const hook of hooksOf(world, what, hooks)) outside.add(hook.at, hook.send);
    // One poll an hour, as in production; those after which nothing happened would find nothing.
    const then = Math.floor(at / HOUR) * HOUR + POLL;
    if (polls.has(then)) return;
    polls.add(then);
    outside.add(then, () => poll(then));
  }

  function poll(time: number): Promise<void> {
    const message = { v: 1, type: "poll", project: PROJECT, at: new Date(Math.round(time)).toISOString() };
    return queues.main.reviews.send(encode(message));
  }

  function isVisible(name: QueueName): boolean {
    const time = visibleAt(name);
    return time !== null && time <= at;
  }

  function visibleAt(name: QueueName): number | null {
    const known = soonest.get(name);
    if (known !== undefined) return known;
    const time = queues.main[name].nextVisibleAt()?.getTime() ?? null;
    soonest.set(name, time);
    return time;
  }

  function settingsOf() {
    return parseSettings({
      trail: {
        arn: "arn:aws:cloudtrail:eu-central-1:111111111111:trail/organization",
        bucket: "organization-trail",
      },
      roles: { reader: "plp/reader", analyzer_service_role: "plp/analyzer" },
      repositories: [{ url: "https://gitlab.example.com", project: PROJECT }],
      analyzer: { default: "both", per_account: organization.analyzers },
      window_days: organization.windowDays,
      rejection_days: organization.rejectionDays,
    });
  }

  function queuesOf() {
    const often = random.pick([0.01, 0.03, 0.2]);
    const faults: QueueFaults = {
      duplicate: () => !isCalm() && random.chance(often),
      pick: (choices) => random.between(0, choices - 1),
    };
    let ids = 0;
    const fresh: Ids = { next: () => `id-${++ids}` };
    let lastSent = "";
    const made = queueNames.map((name) => {
      const { fifo, maxReceiveCount, retention, visibilityTimeout, deadLetterRetention } = described[name];
      const planted = name === "publish" ? plant.deduplication?.(fresh, () => lastSent) : undefined;
      const common = { fifo, clock, ids: planted ?? fresh };
      const deadLetter = memoryQueue({
        ...{ ...common, ids: fresh, name: `${name}-dead`, maxReceiveCount: null },
        retentionSeconds: deadLetterRetention,
      });
      const queue = memoryQueue({
        ...{ ...common, name, maxReceiveCount, deadLetter, faults },
        ...{ retentionSeconds: retention, visibilitySeconds: visibilityTimeout },
      });
      const forget = <Given extends unknown[], Answer>(work: (...given: Given) => Answer) => {
        return (...given: Given): Answer => {
          soonest.delete(name);
          return work(...given);
        };
      };
      const { send, sendAll, receive, setVisibility } = queue;
      const watched: MemoryQueue = {
        ...queue,
        send: forget(send),
        sendAll: forget((messages) => {
          lastSent = `of ${messages[0]?.body}`;
          return sendAll(messages);
        }),
        receive: forget(receive),
        delete: forget(queue.delete),
        setVisibility: forget(setVisibility),
      };
      return { name, queue: watched, deadLetter };
    });
    return {
      main: Object.fromEntries(made.map(({ name, queue }) => [name, queue])) as World["queues"],
      dead: Object.fromEntries(made.map(({ name, deadLetter }) => [name, deadLetter])) as World["queues"],
    };
  }

  /** What happens by the clock: rounds, daily ticks, people, pipelines. */
  function eventsOutside() {
    const { rounds, calmFrom, lastRound, begin } = organization;
    const happenings: { readonly at: number; readonly what: () => unknown }[] = [];
    const add = (time: number, what: () => unknown) => happenings.push({ at: Math.round(time), what });
    const send = (body: object) => queues.main.rounds.send(encode(body));
    const iso = (time: number) => new Date(Math.round(time)).toISOString();
    for (const [i, time] of [...rounds, lastRound].entries()) {
      add(time, async () => {
        await readAhead(world);
        await send({ v: 1, type: "round", round: `round-${i + 1}`, at: iso(time) });
      });
    }
    // Somebody starts another round at the same moment, or the tick comes just then.
    for (const time of rounds) {
      const beside = time + random.between(0, 3000);
      if (random.chance(0.2))
        add(beside, () => send({ v: 1, type: "round", round: `beside-${time}`, at: iso(beside) }));
      if (random.chance(0.2)) add(beside, () => tick(beside));
    }
    const tick = (time: number) => send({ v: 1, type: "tick", at: iso(time) });
    for (let time = begin + 12 * HOUR; time < lastRound; time += DAY) add(time, () => tick(time));
    for (let time = begin + 13 * HOUR; time < lastRound; time += DAY)
      add(time, () => queues.main.index.send(encode({ v: 1, type: "checkpoint", at: iso(time) })));
    // Lanes with a small quota take some days for the last round.
    for (let days = 1; days <= 6; days += 1)
      add(lastRound + days * DAY, () => (areRunsOver(world) ? null : tick(lastRound + days * DAY)));
    // What people did before the calm, and no message told, is seen at the latest now.
    add(lastRound + 7 * DAY, () => tick(lastRound + 7 * DAY));
    for (let acts = random.between(3, 40); acts > 0; acts -= 1)
      add(begin + random.next() * (calmFrom - begin), () => tell(somebodyActs(world)));
    for (let time = begin; time < calmFrom + DAY; time += 3 * HOUR)
      add(time, () => tell(pipelinesEnd(world)));
    if (random.chance(0.2)) {
      const name = random.oneOf(queueNames) ?? "merge";
      add(begin + random.next() * (calmFrom - begin), () =>
        queues.main[name].send('{"v":1,"type":"poison"}', described[name].fifo ? { group: "poison" } : {}),
      );
    }
    const sorted = () => happenings.sort((a, b) => a.at - b.at);
    sorted();
    return {
      add(time: number, what: () => unknown): void {
        add(time, what);
        sorted();
      },
      next: () => happenings[0]?.at ?? null,
      happen: async () => void (await happenings.shift()?.what()),
    };
  }
}
