import type { EventStore, NewEvent, ReadOptions } from "./types.ts";

interface Announcement {
  /** Tells of the streams; called once, after the handler, with what it found or left to tell. */
  readonly announce: (streams: readonly string[]) => Promise<void>;
  /** This message was delivered before: what that delivery wrote, and did not come to tell of, is told now. */
  readonly isRepeat: boolean;
}

/**
 * Runs a handler and then announces the streams that it appended to, also where it failed in the end. A repeated
 * delivery announces every stream that it looked at: the delivery before it may have died between append and
 * announcement, and dedupe may skip the append, never the send.
 */
export async function announcing<Ports extends { readonly store: EventStore }, Result>(
  ports: Ports,
  { announce, isRepeat }: Announcement,
  handle: (ports: Ports) => Promise<Result>,
): Promise<Result> {
  const { store } = ports;
  const streams = new Set<string>();
  const noting: EventStore = {
    load<E extends NewEvent>(stream: string) {
      if (isRepeat) streams.add(stream);
      return store.load<E>(stream);
    },
    append(stream, head, events, options) {
      streams.add(stream);
      return store.append(stream, head, events, options);
    },
    read<E extends NewEvent>(stream: string, options: ReadOptions) {
      return store.read<E>(stream, options);
    },
  };
  try {
    return await handle({ ...ports, store: noting });
  } finally {
    if (streams.size > 0) await announce([...streams]);
  }
}
