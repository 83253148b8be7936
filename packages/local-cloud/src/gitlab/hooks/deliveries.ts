import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Clock, type Log, messageOf } from "@plp/runtime";
import type { Store } from "../store.ts";
import { afterDelivery, alertStatus, type Hook, type HookEvent, hookEvents } from "./hook.ts";

export interface DeliveriesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly origin: () => string;
  /** Milliseconds before each further try after a 5xx or no answer. */
  readonly retryAfter: readonly number[];
}

export interface Deliveries {
  /**
   * Tells every enabled hook that asked for such events. Answers at once; `payload` is made only if somebody is told.
   * What a disabled hook misses, and what is under way when the process ends, is lost: as with GitLab.
   */
  announce(event: HookEvent, payload: () => Promise<object>): void;
  /** One delivery now, also to a disabled hook; the answer's status, null for none. A success enables it again. */
  test(hook: Hook, event: HookEvent, payload: object): Promise<number | null>;
  /** Once nothing is under way. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

const timeOut = 10_000;
/** More than this waiting for one hook are lost: a hook that hangs must not fill the memory. */
const mostWaiting = 1000;

interface Envelope {
  readonly event: HookEvent;
  readonly body: string;
  /** Shared by all hooks that one cause calls. */
  readonly eventUuid: string;
}

/** Delivers events to project hooks: one after the other for each hook, hooks beside each other. */
export function deliveries(options: DeliveriesOptions): Deliveries {
  const { store, clock, log, retryAfter } = options;
  const ended = new AbortController();
  const lines = new Map<number, { last: Promise<void>; waiting: number }>();

  async function post(hook: Hook, envelope: Envelope, key: string): Promise<number | null> {
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "user-agent": "GitLab/17.11.0",
      "idempotency-key": key,
      "x-gitlab-event": hookEvents[envelope.event],
      "x-gitlab-event-uuid": envelope.eventUuid,
      "x-gitlab-webhook-uuid": randomUUID(),
      "x-gitlab-instance": options.origin(),
    };
    if (hook.token !== null) headers["x-gitlab-token"] = hook.token;
    try {
      const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(timeOut)]);
      const response = await fetch(hook.url, {
        method: "POST",
        headers,
        body: envelope.body,
        redirect: "manual",
        signal,
      });
      await response.arrayBuffer();
      return response.status;
    } catch (error) {
      log.warn("A hook did not answer", { hook: hook.id, reason: messageOf(error) });
      return null;
    }
  }

  /** The same idempotency key for every try, so that the receiver can tell a repetition. */
  async function tried(hook: Hook, envelope: Envelope): Promise<number | null> {
    const key = randomUUID();
    let status = await post(hook, envelope, key);
    for (const wait of retryAfter) {
      if (ended.signal.aborted || (status !== null && status < 500)) break;
      await pause(wait, undefined, { signal: ended.signal }).catch(() => undefined);
      if (!ended.signal.aborted) status = await post(hook, envelope, key);
    }
    return status;
  }

  async function record(id: number, status: number | null): Promise<void> {
    const hook = store.hooks.get(id);
    if (hook === undefined || ended.signal.aborted) return;
    const next = afterDelivery(hook, status, clock.now());
    if (next.failures === hook.failures && next.disabled === hook.disabled) return;
    await store.putHook(next);
    if (next.disabled !== null) log.warn("A hook is disabled", { hook: id, status, for: next.disabled });
  }

  async function deliver(id: number, prepared: Promise<Envelope>): Promise<void> {
    const envelope = await prepared;
    const hook = store.hooks.get(id);
    if (hook === undefined || ended.signal.aborted) return;
    if (alertStatus(hook, clock.now()) !== "executable") return;
    await record(id, await tried(hook, envelope));
  }

  /** In the order of the announcements, however long a payload takes to be made. */
  function enqueue(id: number, envelope: Promise<Envelope>): void {
    const line = lines.get(id) ?? { last: Promise.resolve(), waiting: 0 };
    lines.set(id, line);
    if (line.waiting >= mostWaiting) {
      log.warn("A hook's event is lost", { hook: id });
      return;
    }
    line.waiting += 1;
    line.last = line.last
      .then(() => deliver(id, envelope))
      .catch((error) => log.error("A hook could not be called", { hook: id, reason: messageOf(error) }))
      .finally(() => {
        line.waiting -= 1;
      });
  }

  async function settled(): Promise<void> {
    while ([...lines.values()].some(({ waiting }) => waiting > 0)) {
      await Promise.all([...lines.values()].map(({ last }) => last));
    }
  }

  return {
    announce(event, payload) {
      const now = clock.now();
      const wanted = [...store.hooks.values()].filter(
        (hook) => hook.events.includes(event) && alertStatus(hook, now) === "executable",
      );
      if (wanted.length === 0 || ended.signal.aborted) return;
      const eventUuid = randomUUID();
      const envelope = payload().then((body) => ({ event, body: JSON.stringify(body), eventUuid }));
      // Whoever delivers it says what went wrong with it.
      envelope.catch(() => undefined);
      for (const { id } of wanted) enqueue(id, envelope);
    },
    async test(hook, event, payload) {
      const envelope = { event, body: JSON.stringify(payload), eventUuid: randomUUID() };
      const status = await post(hook, envelope, randomUUID());
      await record(hook.id, status);
      return status;
    },
    settled,
    async stop() {
      ended.abort();
      await settled();
    },
  };
}
