import { StoreError } from "./errors.ts";
import type { EventStore, NewEvent, ReadOptions } from "./types.ts";

/** How often what goes wrong, from 0 to 1. */
export interface FaultRates {
  /** A load, read or append that never reaches the store. */
  readonly before: number;
  /** An append that is written, and whose answer is lost. */
  readonly lostReply: number;
  /** A read (never a load) that does not see the newest events. */
  readonly stale: number;
}

export interface FaultyOptions extends FaultRates {
  /** 0 ≤ x < 1; seeded, so that a failing run can be repeated. */
  readonly random: () => number;
}

/**
 * An event store over another that fails as a network does: calls that never arrive, answers that get lost after the
 * write, and stale answers where the port allows them. Its errors are `store-unavailable` and retryable.
 */
export function faultyEventStore(
  inner: EventStore,
  { random, before, lostReply, stale }: FaultyOptions,
): EventStore {
  function mayFail(doing: string): void {
    if (random() < before) throw lost(`${doing}: the call did not arrive`);
  }

  return {
    async load<E extends NewEvent>(stream: string) {
      mayFail(`load ${stream}`);
      return await inner.load<E>(stream);
    },
    async append(stream, head, events, options) {
      mayFail(`append to ${stream}`);
      const result = await inner.append(stream, head, events, options);
      if (random() < lostReply) throw lost(`append to ${stream}: the answer was lost`);
      return result;
    },
    async read<E extends NewEvent>(stream: string, options: ReadOptions) {
      mayFail(`read ${stream}`);
      // The true answer in any case: what is wrong with the options is not forgiven by a fault.
      const truth = await inner.read<E>(stream, options);
      if (options.consistent === true || random() >= stale) return truth;
      const [last] = await inner.read(stream, { reverse: true, limit: 1 });
      const seen = Math.floor(random() * (last?.version ?? 0));
      if (seen === 0) return [];
      return await inner.read<E>(stream, { ...options, to: Math.min(seen, options.to ?? seen) });
    },
  };
}

function lost(what: string): StoreError {
  return new StoreError("store-unavailable", `${what} (a planted fault).`, { retryable: true });
}
