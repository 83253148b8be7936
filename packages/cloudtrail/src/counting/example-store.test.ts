import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { exampleStore, type FoundExample } from "./example-store.ts";

const uuids = ["11111111-1111-4111-8111-111111111111", "11111111-1111-4111-8111-f1111111111a"];

/** The id as a text, or as the numbers of a UUID, somewhere among others. */
function exampleOf(id: string, asNumbers: boolean, time: number, sessionName: string): FoundExample {
  const told = { time, sessionName, userAgent: `agent of ${id}`, sourceIPAddress: null };
  if (!asNumbers || !uuids.includes(id)) return { ...told, id, idFrom: 0 };
  const digits = id.replaceAll("-", "");
  const parts = [0, 8, 16, 24].map((from) => Number.parseInt(digits.slice(from, from + 8), 16));
  return { ...told, id: Int32Array.from([7, 7, ...parts, 7]), idFrom: 2 };
}

interface Kept {
  readonly time: number;
  readonly eventID: string;
  readonly sessionName: string;
  readonly denied: boolean;
}

/** Of all that were offered, in whatever order, the first three; of those of one id the first. */
function firstOf(all: readonly Kept[]): readonly Kept[] {
  const key = ({ denied, time, eventID, sessionName }: Kept) =>
    [Number(denied), time, eventID, sessionName].join(" ");
  const sorted = [...all].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return sorted
    .filter((one, index) => sorted.findIndex(({ eventID }) => eventID === one.eventID) === index)
    .slice(0, 3);
}

const offers = fc.array(
  fc.record({
    counter: fc.constantFrom(0, 1, 200),
    denied: fc.boolean(),
    id: fc.constantFrom(...uuids, "short", "longer", "a"),
    asNumbers: fc.boolean(),
    time: fc.nat(4),
    session: fc.constantFrom("one", "two"),
  }),
  { maxLength: 30 },
);

describe("the examples of counters", () => {
  test.prop([offers], { numRuns: 500 })("are the first three, allowed ones before others", (all) => {
    const store = exampleStore();
    const model = new Map<number, Kept[]>();
    for (const { counter, denied, id, asNumbers, time, session } of all) {
      const offered = { time, eventID: id, sessionName: session, denied };
      model.set(counter, [...(model.get(counter) ?? []), offered]);
      store.offer(counter, denied, exampleOf(id, asNumbers, time, session));
    }
    for (const [counter, kept] of model) {
      expect(store.of(counter)).toEqual(
        firstOf(kept).map((one) => ({ ...one, userAgent: `agent of ${one.eventID}`, sourceIPAddress: null })),
      );
    }
    expect(store.of(7)).toEqual([]);
  });

  test.prop([offers])("are wanted wherever one would be kept", (all) => {
    const store = exampleStore();
    for (const { counter, denied, id, time, session } of all) {
      const before = JSON.stringify(store.of(counter));
      const isWanted = store.wants(counter, denied, time);
      store.offer(counter, denied, exampleOf(id, true, time, session));
      if (JSON.stringify(store.of(counter)) !== before) expect(isWanted).toBe(true);
    }
  });
});
