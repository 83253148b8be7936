import type { TimedExample } from "./counter.ts";

/** An example as it is found. */
export interface FoundExample {
  readonly time: number;
  /** The 36 bytes of its id, from a place in these numbers on; or its id as a text. */
  readonly id: Int32Array | string;
  readonly idFrom: number;
  readonly sessionName: string | null;
  readonly userAgent: string | null;
  readonly sourceIPAddress: string | null;
}

export interface ExampleStore {
  /** Might a call at that time be one of a counter's examples? Allowed ones go first, of each kind the earliest. */
  wants(counter: number, denied: boolean, time: number): boolean;
  /** Keeps the example if it is among the first. */
  offer(counter: number, denied: boolean, example: FoundExample): void;
  /** A counter's examples in their order. */
  of(counter: number): readonly TimedExample[];
}

export const mostExamples = 3;
/** Of an example: session, agent, address, and its id where that is no UUID. */
const perExample = 4;
const [sessionAt, agentAt, addressAt, idAt] = [0, 1, 2, 3];
/** An id of 36 bytes. */
const perId = 9;
const countBits = 3;

/**
 * The examples of counters, side by side: made into objects when somebody asks for them, which for most nobody does. Tens of thousands
 * of objects would have to be moved and looked at by every collection of what is dead around them.
 */
export function exampleStore(): ExampleStore {
  let times = new Float64Array(mostExamples * 64);
  /** How many examples a counter has, and above that a bit for each that was denied. */
  let kinds = new Uint8Array(64);
  let ids = new Int32Array(mostExamples * perId * 64);
  const texts: (string | null)[] = [];

  const makeRoom = (counter: number) => {
    for (let length = texts.length; length < (counter + 1) * mostExamples * perExample; length += 1)
      texts.push(null);
    if (counter < kinds.length) return;
    const counters = Math.max(2 * kinds.length, counter + 1);
    times = copied(new Float64Array(mostExamples * counters), times);
    kinds = copied(new Uint8Array(counters), kinds);
    ids = copied(new Int32Array(mostExamples * perId * counters), ids);
  };

  const countOf = (counter: number) => (kinds[counter] ?? 0) & countBits;
  const bitOf = (index: number) => (countBits + 1) << index;
  const isDenied = (counter: number, index: number) => ((kinds[counter] as number) & bitOf(index)) !== 0;
  const timeOf = (counter: number, index: number) => times[mostExamples * counter + index] as number;

  const idOf = (counter: number, index: number): string => {
    const place = mostExamples * counter + index;
    return texts[perExample * place + idAt] ?? textOf(ids, perId * place);
  };

  const hasId = (counter: number, index: number, { id, idFrom }: FoundExample): boolean => {
    const place = mostExamples * counter + index;
    const isUuid = typeof id !== "string" && texts[perExample * place + idAt] === null;
    // Of two that begin otherwise no more is compared.
    if (isUuid && ids[perId * place] !== id[idFrom]) return false;
    return idOf(counter, index) === textOf(id, idFrom);
  };

  const isBefore = (denied: boolean, { time, id, idFrom }: FoundExample, counter: number, index: number) => {
    if (isDenied(counter, index) !== denied) return !denied;
    const other = timeOf(counter, index);
    return time < other || (time === other && textOf(id, idFrom) < idOf(counter, index));
  };

  const setKind = (counter: number, index: number, denied: boolean) => {
    const others = (kinds[counter] as number) & ~bitOf(index);
    kinds[counter] = denied ? others | bitOf(index) : others;
  };

  /** Makes room for one by moving those from its place on; the last one falls out where there are too many. */
  const moveFrom = (counter: number, index: number, count: number) => {
    for (let to = Math.min(count, mostExamples - 1); to > index; to -= 1) {
      const place = mostExamples * counter + to;
      times.copyWithin(place, place - 1, place);
      ids.copyWithin(perId * place, perId * (place - 1), perId * place);
      texts.copyWithin(perExample * place, perExample * (place - 1), perExample * place);
      setKind(counter, to, isDenied(counter, to - 1));
    }
  };

  const put = (counter: number, index: number, denied: boolean, example: FoundExample) => {
    const place = mostExamples * counter + index;
    const { id, idFrom } = example;
    times[place] = example.time;
    texts[perExample * place + sessionAt] = example.sessionName;
    texts[perExample * place + agentAt] = example.userAgent;
    texts[perExample * place + addressAt] = example.sourceIPAddress;
    texts[perExample * place + idAt] = typeof id === "string" ? id : null;
    if (typeof id !== "string") {
      for (let at = 0; at < perId; at += 1) ids[perId * place + at] = id[idFrom + at] as number;
    }
    setKind(counter, index, denied);
  };

  const wants = (counter: number, denied: boolean, time: number): boolean => {
    if (countOf(counter) < mostExamples) return true;
    const last = isDenied(counter, mostExamples - 1);
    return last === denied ? time <= timeOf(counter, mostExamples - 1) : last;
  };

  return {
    wants,
    offer(counter, denied, example) {
      if (!wants(counter, denied, example.time)) return;
      makeRoom(counter);
      const count = countOf(counter);
      let index = count;
      for (let at = count - 1; at >= 0; at -= 1) {
        if (hasId(counter, at, example)) return;
        if (isBefore(denied, example, counter, at)) index = at;
      }
      if (index === mostExamples) return;
      moveFrom(counter, index, count);
      put(counter, index, denied, example);
      kinds[counter] = ((kinds[counter] as number) & ~countBits) | Math.min(count + 1, mostExamples);
    },
    of: (counter) =>
      Array.from({ length: countOf(counter) }, (_, index) => {
        const at = perExample * (mostExamples * counter + index);
        return {
          time: timeOf(counter, index),
          eventID: idOf(counter, index),
          sessionName: texts[at + sessionAt] ?? null,
          userAgent: texts[at + agentAt] ?? null,
          sourceIPAddress: texts[at + addressAt] ?? null,
          denied: isDenied(counter, index),
        };
      }),
  };
}

function copied<T extends Float64Array | Uint8Array | Int32Array>(into: T, from: T): T {
  into.set(from);
  return into;
}

function textOf(id: Int32Array | string, from: number): string {
  return typeof id === "string"
    ? id
    : Buffer.from(id.buffer, id.byteOffset + 4 * from, 4 * perId).toString("latin1");
}
