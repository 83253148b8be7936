import { mostExamples, type TimedExample, wordingOf } from "./examples.ts";

/** An example as it is found. */
export interface FoundExample {
  readonly time: number;
  /** A UUID in lower case as four numbers, from a place in these on; any other id as its text. */
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

/** Of a counter: how many examples it has and above that a bit for each that was denied; then the ids of all. */
const perCounter = 16;
const perId = 4;
const countBits = 3;
/** Of an example: session, agent, address, and its id where that is no UUID. */
const perExample = 4;
const [sessionAt, agentAt, addressAt, idAt] = [0, 1, 2, 3];

/**
 * The examples of counters, side by side: made into objects when somebody asks for them, which for most nobody does. Tens of thousands
 * of objects would have to be moved and looked at by every collection of what is dead around them.
 */
export function exampleStore(): ExampleStore {
  let times = new Float64Array(mostExamples * 64);
  let numbers = new Int32Array(perCounter * 64);
  const texts: (string | null)[] = [];

  const makeRoom = (counter: number) => {
    const counters = Math.max(numbers.length / perCounter, counter + 1);
    if (perCounter * counters > numbers.length) {
      times = copied(new Float64Array(2 * mostExamples * counters), times);
      numbers = copied(new Int32Array(2 * perCounter * counters), numbers);
    }
    while (texts.length < mostExamples * perExample * (counter + 1)) texts.push(null);
  };

  const countOf = (counter: number) => (numbers[perCounter * counter] ?? 0) & countBits;
  const bitOf = (index: number) => (countBits + 1) << index;
  const isDenied = (counter: number, index: number) =>
    ((numbers[perCounter * counter] as number) & bitOf(index)) !== 0;
  const timeOf = (counter: number, index: number) => times[mostExamples * counter + index] as number;
  const idFrom = (counter: number, index: number) => perCounter * counter + 1 + perId * index;
  const textsFrom = (counter: number, index: number) => perExample * (mostExamples * counter + index);

  const idOf = (counter: number, index: number): string =>
    texts[textsFrom(counter, index) + idAt] ?? textOf(numbers, idFrom(counter, index));

  const hasId = (counter: number, index: number, example: FoundExample): boolean => {
    const isUuid = typeof example.id !== "string" && texts[textsFrom(counter, index) + idAt] === null;
    // Of two that begin otherwise no more is compared.
    if (isUuid && numbers[idFrom(counter, index)] !== example.id[example.idFrom]) return false;
    return idOf(counter, index) === textOf(example.id, example.idFrom);
  };

  const isBefore = (denied: boolean, example: FoundExample, counter: number, index: number) => {
    if (isDenied(counter, index) !== denied) return !denied;
    const time = timeOf(counter, index);
    if (example.time !== time) return example.time < time;
    const [id, other] = [textOf(example.id, example.idFrom), idOf(counter, index)];
    if (id !== other) return id < other;
    const at = textsFrom(counter, index);
    return (
      wordingOf(example) <
      wordingOf({
        sessionName: texts[at + sessionAt] ?? null,
        userAgent: texts[at + agentAt] ?? null,
        sourceIPAddress: texts[at + addressAt] ?? null,
      })
    );
  };

  const setKind = (counter: number, index: number, denied: boolean) => {
    const others = (numbers[perCounter * counter] as number) & ~bitOf(index);
    numbers[perCounter * counter] = denied ? others | bitOf(index) : others;
  };

  const move = (counter: number, from: number, to: number) => {
    times[mostExamples * counter + to] = timeOf(counter, from);
    numbers.copyWithin(idFrom(counter, to), idFrom(counter, from), idFrom(counter, from) + perId);
    texts.copyWithin(textsFrom(counter, to), textsFrom(counter, from), textsFrom(counter, from) + perExample);
    setKind(counter, to, isDenied(counter, from));
  };

  const put = (counter: number, index: number, denied: boolean, example: FoundExample) => {
    times[mostExamples * counter + index] = example.time;
    const at = textsFrom(counter, index);
    texts[at + sessionAt] = example.sessionName;
    texts[at + agentAt] = example.userAgent;
    texts[at + addressAt] = example.sourceIPAddress;
    if (typeof example.id === "string") {
      texts[at + idAt] = example.id;
    } else {
      texts[at + idAt] = null;
      const [from, to] = [example.idFrom, idFrom(counter, index)];
      for (let part = 0; part < perId; part += 1) numbers[to + part] = example.id[from + part] as number;
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
      let count = countOf(counter);
      for (let at = 0; at < count; at += 1) {
        if (!hasId(counter, at, example)) continue;
        if (!isBefore(denied, example, counter, at)) return;
        for (let to = at; to + 1 < count; to += 1) move(counter, to + 1, to);
        count -= 1;
      }
      let index = count;
      while (index > 0 && isBefore(denied, example, counter, index - 1)) index -= 1;
      if (index === mostExamples) return;
      // The last one falls out where there are too many.
      for (let to = Math.min(count, mostExamples - 1); to > index; to -= 1) move(counter, to - 1, to);
      put(counter, index, denied, example);
      const bits = (numbers[perCounter * counter] as number) & ~countBits;
      numbers[perCounter * counter] = bits | Math.min(count + 1, mostExamples);
    },
    of: (counter) =>
      Array.from({ length: countOf(counter) }, (_, index) => {
        const at = textsFrom(counter, index);
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

function copied<T extends Float64Array | Int32Array>(into: T, from: T): T {
  into.set(from);
  return into;
}

const twoDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The text of an id; four numbers are a UUID's 32 digits. */
function textOf(id: Int32Array | string, from: number): string {
  if (typeof id === "string") return id;
  const digits = (part: number, shift: number) => {
    const number = (id[from + part] as number) >>> shift;
    return `${twoDigits[(number >>> 8) & 255]}${twoDigits[number & 255]}`;
  };
  const [first, second] = [digits(0, 16) + digits(0, 0), digits(1, 16)];
  const last = digits(2, 0) + digits(3, 16) + digits(3, 0);
  return `${first}-${second}-${digits(1, 0)}-${digits(2, 16)}-${last}`;
}
