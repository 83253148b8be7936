import type { EventStore, Loaded, NewEvent } from "@plp/event-store";

/** Of all streams together: a few kilobytes each. */
const MOST_EVENTS = 15_000;
/** Only these: they are kept for ever, and no commit of theirs ever changes. */
const REMEMBERED = "role#";

type Reads = Pick<EventStore, "load" | "read">;

/**
 * A store that remembers the histories it loaded, so that who goes through time on a page pays for each only once: what was
 * written since is all that is read again. For answers only: the head is that of the first load, and no append fits it any more.
 */
export function remembered<Store extends Reads>(store: Store, mostEvents = MOST_EVENTS): Store {
  const known = new Map<string, Loaded>();

  async function load<E extends NewEvent>(stream: string): Promise<Loaded<E>> {
    if (!stream.startsWith(REMEMBERED)) return store.load<E>(stream);
    const before = known.get(stream);
    const loaded = before === undefined ? await store.load(stream) : await withNewer(stream, before);
    // The last one that was asked for is forgotten last.
    known.delete(stream);
    known.set(stream, loaded);
    forget();
    return loaded as Loaded<E>;
  }

  async function withNewer(stream: string, { events, head }: Loaded): Promise<Loaded> {
    const newer = await store.read(stream, { from: events.length + 1, consistent: true });
    return { events: newer.length === 0 ? events : [...events, ...newer], head };
  }

  function forget(): void {
    let left = [...known.values()].reduce((sum, { events }) => sum + events.length, 0);
    for (const [stream, { events }] of known) {
      if (left <= mostEvents) return;
      known.delete(stream);
      left -= events.length;
    }
  }

  return { ...store, load };
}
