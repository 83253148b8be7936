import { createHash } from "node:crypto";

/** A stream of pseudo-random values that depends on its labels alone. */
export interface Random {
  /** 0 <= n < below, whole. */
  int(below: number): number;
  /** from <= n <= to, whole. */
  between(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  hex(length: number): string;
  /** In the form of a version 4 UUID. */
  uuid(): string;
  /** Upper-case letters and digits, as AWS makes its ids. */
  token(length: number): string;
}

const hexDigits = "0123456789abcdef";
const tokenDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * A stream per list of labels (the first is the seed), so that one more draw in one place moves nothing elsewhere.
 * The generator is Chris Doty-Humphrey's sfc32; it is fast and not meant for secrets.
 */
export function random(...labels: readonly string[]): Random {
  const seed = createHash("sha256").update(JSON.stringify(labels)).digest();
  let a = seed.readInt32LE(0);
  let b = seed.readInt32LE(4);
  let c = seed.readInt32LE(8);
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  const int = (below: number) => Math.floor((next() / 4_294_967_296) * below);
  const text = (length: number, digits: string) => {
    let out = "";
    for (let i = 0; i < length; i++) out += digits[int(digits.length)];
    return out;
  };
  return {
    int,
    between: (from, to) => from + int(to - from + 1),
    pick: (list) => {
      const found = list[int(list.length)];
      if (found === undefined) throw new RangeError("random: nothing to pick from an empty list");
      return found;
    },
    hex: (length) => text(length, hexDigits),
    uuid: () => {
      const words = [next(), next(), next(), next()]
        .map((word) => word.toString(16).padStart(8, "0"))
        .join("");
      return `${words.slice(0, 8)}-${words.slice(8, 12)}-4${words.slice(13, 16)}-a${words.slice(17, 20)}-${words.slice(20)}`;
    },
    token: (length) => text(length, tokenDigits),
  };
}
