import { randomBytes } from "node:crypto";
import { compiled } from "./skim.data.ts";

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
  /** The number of its caller, with `fresh` where that one was not met before; -1 where it has none. */
  caller: 17,
  /** How many regions follow: members that bear on what a call was, and what became of it. */
  regions: 18,
  firstRegion: 19,
  /** 1 where the eventID is a UUID, whose 128 bits are the four numbers from `uuidWords` on. */
  uuid: 31,
  uuidWords: 32,
  /** 1 where the response may tell of an error. */
  failed: 36,
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

/** Stands in a number for what was not met before, or was forgotten since. */
export const fresh = 0x40000000;
/** There are fewer callers and fewer calls than these at any time; of what is forgotten the number is given away anew. */
export const mostCallers = 2_048;
export const mostCalls = 65_536;

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

/** What assembly/skim.ts exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly INPUT: Global;
  readonly KEYS: Global;
  readonly KEY: Global;
  readonly KEYS_OF_LENGTH: Global;
  readonly NEEDLES: Global;
  readonly NEEDLE: Global;
  prepare(length: number): number;
  skim(length: number): number;
  slots(): number;
  find(record: number, context: number, answered: number): number;
  setForeign(record: number): void;
  setKey(first: bigint, second: bigint): void;
}

export interface Skimmed {
  readonly count: number;
  /** `stride` numbers per record. */
  readonly slots: Int32Array;
}

export interface Skimmer {
  /**
   * Finds the records of a file in AWS's form, `{"Records":[{…},…]}`, and their parts without parsing them. Strings and
   * nesting are followed exactly, so nothing that stands inside of a record can pass for one. Null for a file of any
   * other form, and for a damaged one: then a parse must say what it is. The answer holds until the next file.
   */
  skim(unpacked: Uint8Array): Skimmed | null;
  /**
   * The number of a record's call: the same for records that say the same under the same context, with `fresh`
   * where none did before. The response counts where it may tell of an error or `answered` asks for it.
   */
  find(record: number, context: number, answered: boolean): number;
  /** The caller of that record is known to be out of scope from now on. */
  setForeign(record: number): void;
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
    const place = members.get(name);
    view.setInt32(at + 28, place === undefined ? -1 : 4 * place, true);
    view.setInt32(at + 32, telling.includes(name) ? 1 : 0, true);
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

let module: WebAssembly.Module | undefined;

/**
 * Reads the form of log files in WebAssembly, sixteen bytes at a time: the same loops in JavaScript take twice as long. A
 * record is foreign where none of the needles (at most `mostNeedles`, 1,000 bytes each) stands in its caller.
 */
export function skimmer(needles: readonly string[]): Skimmer {
  module ??= new WebAssembly.Module(Buffer.from(compiled, "base64"));
  const exports = new WebAssembly.Instance(module).exports as Exports;
  const { memory, INPUT } = exports;
  writeKeys(exports);
  writeNeedles(exports, needles);
  const key = randomBytes(16);
  exports.setKey(key.readBigUInt64LE(0), key.readBigUInt64LE(8));
  return {
    skim(unpacked) {
      if (exports.prepare(unpacked.length) === 0) return null;
      new Uint8Array(memory.buffer).set(unpacked, INPUT.value);
      const count = exports.skim(unpacked.length);
      if (count < 0) return null;
      return { count, slots: new Int32Array(memory.buffer, exports.slots(), stride * count) };
    },
    find: (record, context, answered) => exports.find(record, context, answered ? 1 : 0),
    setForeign: exports.setForeign,
  };
}
