/** Where the parts of one record stand in the bytes of its file; `from` is -1 for what the record lacks. */
export const slot = {
  from: 0,
  to: 1,
  identity: 2,
  time: 4,
  id: 6,
  shared: 8,
  agent: 10,
  address: 12,
  response: 14,
  /** `plain`, or one of the others. */
  form: 16,
  /** The number of what is known of its caller, -1 where nothing is. */
  known: 17,
  /** How many regions follow: members that bear on what a call was, and what became of it. */
  regions: 18,
  firstRegion: 19,
} as const;

export const form = {
  plain: 0,
  /** Only a whole parse can tell what the record says. */
  odd: 1,
  /** A call of nobody in scope: nothing but its id is noted, and its time where that is asked for. */
  foreign: 2,
} as const;

const mostRegions = 6;
/** Numbers per record. */
export const stride = slot.firstRegion + 2 * mostRegions;

export interface Skimmed<T> {
  readonly count: number;
  /** `stride` numbers per record. */
  readonly slots: Int32Array;
  /** What was known of callers, by `slot.known`. */
  readonly known: readonly T[];
}

const member = new Map<string, number>([
  ["userIdentity", slot.identity],
  ["eventTime", slot.time],
  ["eventID", slot.id],
  ["sharedEventID", slot.shared],
  ["userAgent", slot.agent],
  ["sourceIPAddress", slot.address],
  ["responseElements", slot.response],
]);

/** What the reading of a call depends on, beside who called and what was answered; and what stands between and hardly ever differs. */
const telling = new Set([
  "awsRegion",
  "errorCode",
  "errorMessage",
  "eventCategory",
  "eventName",
  "eventSource",
  "eventType",
  "managementEvent",
  "readOnly",
  "recipientAccountId",
  "requestParameters",
  "resources",
]);

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;

interface Key {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly tells: boolean;
}

const keys: readonly (readonly Key[])[] = (() => {
  const byLength: Key[][] = Array.from({ length: 32 }, () => []);
  for (const name of new Set([...member.keys(), ...telling])) {
    const key = { bytes: Buffer.from(name), at: member.get(name) ?? -1, tells: telling.has(name) };
    byLength[name.length]?.push(key);
  }
  return byLength;
})();

function keyAt(bytes: Buffer, from: number, to: number): Key | null {
  const length = to - from;
  const candidates = keys[length];
  if (candidates === undefined) return null;
  for (let k = 0; k < candidates.length; k += 1) {
    const key = candidates[k] as Key;
    let i = 0;
    while (i < length && key.bytes[i] === bytes[from + i]) i += 1;
    if (i === length) return key;
  }
  return null;
}

function isEscaped(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) if (bytes[i] === backslash) return true;
  return false;
}

function afterSpace(bytes: Buffer, from: number): number {
  let i = from;
  let c = bytes[i] as number;
  while (c === 0x20 || (c >= 0x09 && c <= 0x0d)) {
    i += 1;
    c = bytes[i] as number;
  }
  return i;
}

/** The index after the string that begins before `from`; beyond the end when it never ends. */
function afterString(bytes: Buffer, from: number, end: number): number {
  let i = from;
  while (i < end) {
    const c = bytes[i] as number;
    i += 1;
    if (c === quote) return i;
    if (c === backslash) i += 1;
  }
  return end + 1;
}

/** The index after the value that begins at `from`; beyond the end when it never ends. */
function afterValue(bytes: Buffer, from: number, end: number): number {
  const first = bytes[from] as number;
  if (first === quote) return afterString(bytes, from + 1, end);
  let i = from;
  if ((first | 0x20) !== 0x7b) {
    // A number, true, false or null.
    while (i < end) {
      const c = bytes[i] as number;
      if (c === comma || (c | 0x20) === 0x7d || c <= 0x20) return i === from ? end + 1 : i;
      i += 1;
    }
    return end + 1;
  }
  let depth = 0;
  while (i < end) {
    const c = bytes[i] as number;
    i += 1;
    if (c === quote) {
      i = afterString(bytes, i, end);
    } else if ((c | 0x20) === 0x7b) {
      depth += 1;
    } else if ((c | 0x20) === 0x7d) {
      depth -= 1;
      if (depth === 0) return i;
    }
  }
  return end + 1;
}

/**
 * Notes the parts of the record that begins at `from`, of its members from `start` on; answers with the index after
 * it, or beyond the end.
 */
function record(
  bytes: Buffer,
  from: number,
  start: number,
  end: number,
  slots: Int32Array,
  base: number,
): number {
  for (let k = base + slot.identity; k < base + slot.form; k += 1) slots[k] = -1;
  let odd = false;
  let regions = 0;
  let open = false;
  let i = start;
  let c = bytes[i] as number;
  if (c <= 0x20) {
    i = afterSpace(bytes, i);
    c = bytes[i] as number;
  }
  while (c === quote) {
    const keyFrom = i + 1;
    i = afterString(bytes, keyFrom, end);
    const key = keyAt(bytes, keyFrom, i - 1);
    // Written with escapes, a name could be any name.
    if (key === null && isEscaped(bytes, keyFrom, i - 1)) odd = true;
    if (bytes[i] !== colon) {
      i = afterSpace(bytes, i);
      if (bytes[i] !== colon) return end + 1;
    }
    i += 1;
    if ((bytes[i] as number) <= 0x20) i = afterSpace(bytes, i);
    const valueFrom = i;
    i = afterValue(bytes, i, end);
    if (i > end) return i;
    if (key === null || !key.tells) {
      open = false;
    } else if (open) {
      slots[base + slot.firstRegion + 2 * regions - 1] = i;
    } else if (regions === mostRegions) {
      odd = true;
    } else {
      open = true;
      slots[base + slot.firstRegion + 2 * regions] = keyFrom - 1;
      slots[base + slot.firstRegion + 2 * regions + 1] = i;
      regions += 1;
    }
    if (key !== null && key.at >= 0) {
      // Of two members with one name the last counts; a parse knows that.
      if (slots[base + key.at] !== -1) odd = true;
      slots[base + key.at] = valueFrom;
      slots[base + key.at + 1] = i;
    }
    c = bytes[i] as number;
    if (c <= 0x20) {
      i = afterSpace(bytes, i);
      c = bytes[i] as number;
    }
    if (c !== comma) break;
    i += 1;
    c = bytes[i] as number;
    if (c <= 0x20) {
      i = afterSpace(bytes, i);
      c = bytes[i] as number;
    }
    if (c !== quote) return end + 1;
  }
  if (c !== 0x7d || i >= end) return end + 1;
  slots[base + slot.from] = from;
  slots[base + slot.to] = i + 1;
  slots[base + slot.form] = odd ? form.odd : form.plain;
  slots[base + slot.known] = -1;
  slots[base + slot.regions] = regions;
  return i + 1;
}

const versionFirst = Buffer.from('{"eventVersion":"');
const identityNext = Buffer.from('","userIdentity":');
const longestVersion = 8;
/** Searched by their rarest letter first: the search begins with finding that. */
const request = Buffer.from('Parameters":');
const beforeRequest = Buffer.from('"request');
const time = Buffer.from('"eventTime":');

export interface Interest<T> {
  /** Can a caller in scope stand between these positions? Asked with rising positions. */
  readonly isCandidate: (from: number, to: number) => boolean;
  /** What is known of the caller that begins at that position, and how many bytes it takes. */
  readonly knownAt: (from: number) => { readonly length: number; readonly value: T } | null;
  readonly isForeign: (known: T) => boolean;
  /** Are the times of the others asked for? */
  readonly times: boolean;
}

/** Answers with the position of the next needle from a position on, -1 for none; asked with rising positions. */
function ahead(bytes: Buffer, needle: Uint8Array): (from: number) => number {
  let at = -2;
  return (from) => {
    if (at !== -1 && at < from) at = bytes.indexOf(needle, from);
    return at;
  };
}

function standsAt(bytes: Buffer, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i += 1) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/**
 * Follows the members after a caller that is known, and passes over calls of nobody in scope. As AWS writes them, a record begins with its version and its caller, and no
 * member before `requestParameters` holds what a caller can name: so if no caller in scope stands there, only
 * the members from there on are followed. -1 for a record that may be of interest, or is written otherwise.
 */
function shortCuts<T>(bytes: Buffer, end: number, interest: Interest<T>, known: T[]) {
  const { isCandidate, knownAt, isForeign, times } = interest;
  const nextRequest = ahead(bytes, request);
  const nextRecord = ahead(bytes, versionFirst);
  const nextTime = ahead(bytes, time);
  return (from: number, into: Int32Array, base: number): number => {
    if (!standsAt(bytes, from, versionFirst)) return -1;
    let at = from + versionFirst.length;
    const latest = at + longestVersion;
    while (at < latest && bytes[at] !== quote) at += 1;
    if (!standsAt(bytes, at, identityNext)) return -1;
    const caller = at + identityNext.length;
    const found = knownAt(caller);
    if (found !== null && !isForeign(found.value)) {
      const after = caller + found.length;
      if (bytes[after] !== comma || bytes[after + 1] !== quote) return -1;
      const to = record(bytes, from, after + 1, end, into, base);
      if (to > end || into[base + slot.identity] !== -1) return -1;
      into[base + slot.identity] = caller;
      into[base + slot.identity + 1] = after;
      into[base + slot.known] = known.push(found.value) - 1;
      return to;
    }
    let start = nextRequest(from) - beforeRequest.length;
    while (start >= from && !standsAt(bytes, start, beforeRequest)) {
      start = nextRequest(start + beforeRequest.length + 1) - beforeRequest.length;
    }
    const next = nextRecord(from + 1);
    if (start < from || (next !== -1 && next < start)) return -1;
    if (found === null && isCandidate(from, start)) return -1;
    const to = record(bytes, from, start, end, into, base);
    if (to > end || into[base + slot.form] !== form.plain || into[base + slot.id] === -1) return -1;
    // One of these after the request would be another writer's order, or a second one that counts instead.
    if (into[base + slot.identity] !== -1 || into[base + slot.time] !== -1) return -1;
    if (times) {
      const timeAt = nextTime(from);
      if (timeAt === -1 || timeAt > start) return -1;
      into[base + slot.time] = timeAt + time.length;
      into[base + slot.time + 1] = afterValue(bytes, timeAt + time.length, end);
    }
    into[base + slot.form] = form.foreign;
    return to;
  };
}

const opening = Buffer.from('"Records"');

/**
 * Finds the records of a file in AWS's form, `{"Records":[{…},…]}`, and their parts without parsing them. Strings and
 * nesting are followed exactly wherever a caller's own words can stand, so nothing that stands inside of a record can
 * pass for one. Null for a file of any other form, and for a damaged one: then a parse must say what it is.
 */
export function skim<T>(bytes: Buffer, interest: Interest<T>): Skimmed<T> | null {
  const end = bytes.length;
  let i = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  i = afterSpace(bytes, i);
  if (bytes[i] !== 0x7b) return null;
  i = afterSpace(bytes, i + 1);
  for (const byte of opening) {
    if (bytes[i] !== byte) return null;
    i += 1;
  }
  i = afterSpace(bytes, i);
  if (bytes[i] !== colon) return null;
  i = afterSpace(bytes, i + 1);
  if (bytes[i] !== 0x5b) return null;
  i = afterSpace(bytes, i + 1);
  let slots = new Int32Array(stride * 256);
  let count = 0;
  const known: T[] = [];
  const shortCut = shortCuts(bytes, end, interest, known);
  while (bytes[i] === 0x7b) {
    if ((count + 1) * stride > slots.length) {
      const larger = new Int32Array(slots.length * 2);
      larger.set(slots);
      slots = larger;
    }
    const from = i;
    i = shortCut(from, slots, count * stride);
    if (i < 0) i = record(bytes, from, from + 1, end, slots, count * stride);
    if (i > end) return null;
    count += 1;
    i = afterSpace(bytes, i);
    if (bytes[i] === comma) {
      i = afterSpace(bytes, i + 1);
      if (bytes[i] !== 0x7b) return null;
    }
  }
  if (bytes[i] !== 0x5d) return null;
  i = afterSpace(bytes, i + 1);
  return bytes[i] === 0x7d && afterSpace(bytes, i + 1) >= end ? { count, slots, known } : null;
}
