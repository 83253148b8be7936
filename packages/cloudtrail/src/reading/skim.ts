import { randomBytes } from "node:crypto";
import type { Identity } from "./callers.ts";
import type { Found } from "./found.ts";
import { perId } from "./known-records.ts";

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
  /** The number of its caller; above all numbers where that one was not met before, -1 where it has none. */
  caller: 17,
  /** How many regions follow: members that bear on what a call was, and what became of it. */
  regions: 18,
  firstRegion: 19,
  /** 1 where the eventID is a UUID, whose 128 bits are the four numbers from `uuidWords` on. */
  uuid: 31,
  uuidWords: 32,
  /** 1 where the response may tell of an error. */
  failed: 36,
  /** 1 where the record was seen before. */
  duplicate: 37,
} as const;

/** Numbers per record. */
export const stride = 40;

export const form = {
  plain: 0,
  /** Only a whole parse can tell what the record says. */
  odd: 1,
  /** A call of nobody in scope. */
  foreign: 2,
} as const;

/** Why a record is not taken by itself. */
export const why = { odd: 0, caller: 1, time: 2, full: 3, whole: 4 } as const;

/** Context of a caller that is out of scope. */
const outOfScope = 1;

/** More needles are not looked for. */
export const mostNeedles = 6;

const members = new Map<string, number>([
  ["userIdentity", slot.identity],
  ["eventTime", slot.time],
  ["eventID", slot.id],
  ["sharedEventID", slot.shared],
  ["userAgent", slot.agent],
  ["sourceIPAddress", slot.address],
  ["responseElements", slot.response],
]);

/** What the reading of a call depends on, beside who called and what was answered; and what stands between and hardly ever differs. */
const telling = [
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
];

/** What says nothing; a name that is known is passed over sooner. */
const others = [
  "additionalEventData",
  "apiVersion",
  "eventVersion",
  "requestID",
  "sessionCredentialFromConsole",
  "tlsDetails",
  "vpcEndpointAccountId",
  "vpcEndpointId",
];

interface Global {
  readonly value: number;
}

/** What assembly/index.ts exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly ENTRIES: Global;
  readonly ENTRY: Global;
  readonly INPUT: Global;
  readonly KEYS: Global;
  readonly KEY: Global;
  readonly KEYS_OF_LENGTH: Global;
  readonly NEEDLES: Global;
  readonly NEEDLE: Global;
  readonly MOST_ENTRIES: Global;
  readonly MOST_SAYINGS: Global;
  readonly MOST_TEXTS: Global;
  readonly SAYINGS: Global;
  readonly TEXTS: Global;
  prepare(length: number): number;
  skim(length: number): number;
  slots(): number;
  next(record: number): number;
  settle(call: number): number;
  setCaller(record: number, context: number, identity: number): number;
  setFile(file: number, deliveredAt: number): void;
  setTime(record: number, time: number): void;
  setWindow(since: number, until: number): void;
  tell(call: number, serial: number): void;
  outsideWindow(): number;
  whoCalled(): number;
  whenCalled(): number;
  entryCount(): number;
  sayingBytes(): number;
  textBytes(): number;
  clear(): void;
  setKey(first: bigint, second: bigint): void;
}

export interface Skimmed {
  readonly count: number;
  /** `stride` numbers per record. */
  readonly slots: Int32Array;
  /** `perId` numbers per record. */
  readonly ids: Int32Array;
}

/** Why the records of a file cannot be taken further, and by which record. */
export interface Stop {
  readonly record: number;
  readonly why: (typeof why)[keyof typeof why];
}

export interface Skimmer {
  /**
   * Finds the records of a file in AWS's form, `{"Records":[{…},…]}`, and their parts without parsing them. Strings and
   * nesting are followed exactly, so nothing that stands inside of a record can pass for one. Null for a file of any
   * other form, and for a damaged one: then a parse must say what it is. The answer holds until the next file.
   */
  skim(unpacked: Uint8Array): Skimmed | null;
  /** The file skimmed last: its number, and when it was delivered (milliseconds). */
  setFile(file: number, deliveredAt: number | null): void;
  /** Takes the records of the file from one on, until one needs to be looked at. Null at the end. */
  take(from: number): Stop | null;
  /**
   * Tells who called: the context under which calls say the same, and which of the identities that are given away next.
   * Null for somebody out of scope. Answers with the caller's number.
   */
  setCaller(record: number, context: number | null, identity: number): number;
  setTime(record: number, time: number | null): void;
  /** Of a record that is to be read as a whole: the number of its caller, and when it counts as made. */
  called(): { readonly caller: number; readonly time: number };
  /** What a call answers does not matter to its reading. */
  tell(call: number, serial: number): void;
  /** Gives away what was counted, from one call on: answers with the next where there is no room, null at the end. */
  settle(from: number): number | null;
  outsideWindow(): number;
  /** How much was found: 1 where there is no room for more. */
  fullness(): number;
  found(identities: readonly Identity[]): Found;
  clear(): void;
}

function writeKeys({ memory, KEYS, KEY, KEYS_OF_LENGTH }: Exports): void {
  const view = new DataView(memory.buffer);
  const ofLength = new Map<number, number>();
  for (const name of new Set([...members.keys(), ...telling, ...others])) {
    const index = ofLength.get(name.length) ?? 0;
    ofLength.set(name.length, index + 1);
    const at = KEYS.value + (name.length * KEYS_OF_LENGTH.value + index) * KEY.value;
    const quoted = Buffer.from(`"${name}"`);
    view.setBigUint64(at, quoted.readBigUInt64LE(0), true);
    view.setBigUint64(at + 8, quoted.readBigUInt64LE(quoted.length - 8), true);
    view.setBigUint64(at + 16, name.length < 14 ? 0n : quoted.readBigUInt64LE(7), true);
    view.setUint32(at + 24, name.length, true);
    view.setUint32(at + 28, 4 * (members.get(name) ?? 0), true);
    view.setUint32(at + 32, telling.includes(name) ? 1 : 0, true);
  }
}

function writeNeedles({ memory, NEEDLES, NEEDLE }: Exports, needles: readonly string[]): void {
  const view = new DataView(memory.buffer);
  view.setUint32(NEEDLES.value, needles.length, true);
  for (const [index, needle] of needles.entries()) {
    const at = NEEDLES.value + 4 + index * NEEDLE.value;
    const bytes = Buffer.from(needle);
    view.setUint32(at, bytes.length, true);
    new Uint8Array(memory.buffer).set(bytes, at + 4);
  }
}

export interface SkimOptions {
  /** What stands in every caller in scope: at most `mostNeedles`, 1,000 bytes each. */
  readonly needles: readonly string[];
  /** Milliseconds since 1970, both included. */
  readonly since?: number;
  readonly until?: number;
}

/**
 * Reads log files in WebAssembly, sixteen bytes at a time, and counts the calls in them by what they say: what none said
 * before, and the numbers, are given away as `Found`.
 */
export function skimmer(module: WebAssembly.Module, { needles, since, until }: SkimOptions): Skimmer {
  const exports = new WebAssembly.Instance(module).exports as Exports;
  const { memory, ENTRIES, ENTRY, INPUT, SAYINGS, TEXTS } = exports;
  writeKeys(exports);
  writeNeedles(exports, needles);
  const key = randomBytes(16);
  exports.setKey(key.readBigUInt64LE(0), key.readBigUInt64LE(8));
  exports.setWindow(since ?? Number.NEGATIVE_INFINITY, until ?? Number.POSITIVE_INFINITY);
  return {
    skim(unpacked) {
      if (exports.prepare(unpacked.length) === 0) return null;
      new Uint8Array(memory.buffer).set(unpacked, INPUT.value);
      const count = exports.skim(unpacked.length);
      if (count < 0) return null;
      const slots = new Int32Array(memory.buffer, exports.slots(), stride * count);
      return {
        count,
        slots,
        ids: new Int32Array(memory.buffer, slots.byteOffset + slots.byteLength, perId * count),
      };
    },
    setFile: (file, deliveredAt) => exports.setFile(file, deliveredAt ?? Number.NaN),
    take(from) {
      const stopped = exports.next(from);
      return stopped < 0 ? null : { record: stopped >> 3, why: (stopped & 7) as Stop["why"] };
    },
    setCaller: (record, context, identity) => exports.setCaller(record, context ?? outOfScope, identity),
    setTime: (record, time) => exports.setTime(record, time ?? Number.NaN),
    called: () => ({ caller: exports.whoCalled(), time: exports.whenCalled() }),
    tell: exports.tell,
    settle(from) {
      const next = exports.settle(from);
      return next < 0 ? null : next;
    },
    outsideWindow: exports.outsideWindow,
    fullness: () =>
      Math.max(
        exports.entryCount() / exports.MOST_ENTRIES.value,
        exports.sayingBytes() / exports.MOST_SAYINGS.value,
        exports.textBytes() / exports.MOST_TEXTS.value,
      ),
    found(identities) {
      const bytes = exports.entryCount() * ENTRY.value;
      return {
        numbers: new Int32Array(memory.buffer, ENTRIES.value, bytes / 4),
        times: new Float64Array(memory.buffer, ENTRIES.value, bytes / 8),
        sayings: new Uint8Array(memory.buffer, SAYINGS.value, exports.sayingBytes()),
        texts: new Uint8Array(memory.buffer, TEXTS.value, exports.textBytes()),
        identities,
      };
    },
    clear: exports.clear,
  };
}
