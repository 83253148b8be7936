import { isStoreError, StoreError } from "./errors.ts";
import type { EventStore, NewEvent, RecordedEvent } from "./types.ts";

const OVERTAKEN = { kind: "conflict" } as const;

/** How often a decision is made again when somebody else wrote first; then the message comes again. */
const MOST_TRIES = 5;

export interface Commit<E extends NewEvent, State> {
  readonly stream: string;
  readonly fold: (events: readonly RecordedEvent<E>[], from?: State) => State;
  /** Pure; [] when it is done already. */
  readonly decide: (state: State) => readonly E[];
  /** Deterministic: hash(cause, stream, step). */
  readonly commitId: string;
  readonly ttl?: number;
}

export interface Committed<E extends NewEvent, State> {
  /** The stream's state with what was decided. */
  readonly state: State;
  /** What this call wrote; empty when it was done already. */
  readonly written: readonly RecordedEvent<E>[];
}

/**
 * The middle of every handler: load, decide, append; on a conflict load and decide again, a bounded number of times.
 * Whatever follows from the state (messages above all) is done by the caller, whether or not anything was written.
 */
export async function commit<E extends NewEvent, State>(
  store: EventStore,
  { stream, fold, decide, commitId, ttl }: Commit<E, State>,
): Promise<Committed<E, State>> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { events, head } = await store.load<E>(stream);
    const state = fold(events);
    const decision = decide(state);
    if (decision.length === 0) return { state, written: [] };
    const options = ttl === undefined ? { commitId } : { commitId, ttl };
    const result = await store.append<E>(stream, head, decision, options).catch((error: unknown) => {
      // Another delivery of the same message was faster and had seen something else: what it wrote stands. If it
      // leaves nothing to decide that is well; else the second append says that the id is used.
      if (isStoreError(error, "commit-id-reused") && !head.commitIds.has(commitId)) return OVERTAKEN;
      throw error;
    });
    if (result.kind === "appended") return { state: fold(result.events, state), written: result.events };
    // The commit stands in the stream, yet the decision is not empty: the state moved on after it. Deciding again
    // under the same id could never be written, so what stands is what counts.
    if (result.kind === "duplicate")
      return { state: fold((await store.load<E>(stream)).events), written: [] };
  }
  throw new StoreError(
    "stream-contended",
    `Stream ${stream} was written by others ${MOST_TRIES} times in a row; the message will come again.`,
    { retryable: true },
  );
}
