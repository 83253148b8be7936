import { isIP } from "node:net";
import { compilePattern, matches, type PatternOptions } from "./match.ts";
import type { Operator } from "./operators.ts";
import type { Answer } from "./types.ts";

/**
 * Compares one value of the request with one value of the policy, negation aside. "cannot-tell" where a value is
 * not of the operator's type or holds a policy variable.
 */
export function compareValue(operator: Operator, policy: string, actual: string, escapes: boolean): Answer {
  if (operator.kind === "like") return globbed(policy, actual, { escapes });
  if (operator.kind === "arn") return arnLike(policy, actual, escapes);
  const pattern = compilePattern(policy, { wildcards: false, escapes });
  if (pattern.literal === null) return "cannot-tell";
  const wanted = pattern.literal;
  switch (operator.kind) {
    case "string":
    case "binary":
      return answer(wanted === actual);
    case "stringIgnoreCase":
      return answer(wanted.toLowerCase() === actual.toLowerCase());
    case "bool":
    case "null":
      return answer(wanted.toLowerCase() === actual.toLowerCase());
    case "number":
      return ordered(operator, numberOf(wanted), numberOf(actual));
    case "date":
      return ordered(operator, dateOf(wanted), dateOf(actual));
    default:
      return inNetwork(wanted, actual);
  }
}

function globbed(policy: string, actual: string, options: PatternOptions): Answer {
  return matches(compilePattern(policy, options), actual);
}

/** Each of the six parts of an ARN is matched by itself; the last may hold further colons, and so may a variable's value. */
function arnLike(policy: string, actual: string, escapes: boolean): Answer {
  const whole = compilePattern(policy, { escapes });
  if (whole.hasVariable) return matches(whole, actual);
  const wanted = arnParts(policy);
  const found = arnParts(actual);
  if (found === null) return "cannot-tell";
  if (wanted === null) return policy.includes("*") ? "cannot-tell" : "no";
  let result: Answer = "yes";
  for (const [index, part] of wanted.entries()) {
    const one = globbed(part, found[index] ?? "", { escapes });
    if (one === "no") return "no";
    if (one === "cannot-tell") result = one;
  }
  return result;
}

function arnParts(text: string): readonly string[] | null {
  const parts = text.split(":");
  return parts.length < 6 || parts[0] !== "arn" ? null : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

function ordered(operator: Operator, wanted: number | null, actual: number | null): Answer {
  if (wanted === null || actual === null) return "cannot-tell";
  switch (operator.comparison) {
    case "eq":
      return answer(actual === wanted);
    case "lt":
      return answer(actual < wanted);
    case "le":
      return answer(actual <= wanted);
    case "gt":
      return answer(actual > wanted);
    default:
      return answer(actual >= wanted);
  }
}

function numberOf(text: string): number | null {
  return /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : null;
}

/** ISO 8601 with a zone or a bare date, or seconds since 1970, as IAM accepts them. */
function dateOf(text: string): number | null {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  const iso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/;
  const time = iso.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

interface Network {
  readonly bits: bigint;
  readonly width: 32 | 128;
  readonly prefix: number;
}

function inNetwork(wanted: string, actual: string): Answer {
  const network = networkOf(wanted);
  const address = networkOf(actual);
  if (network === null || address === null || address.prefix !== address.width) return "cannot-tell";
  if (network.width !== address.width) return "no";
  const shift = BigInt(network.width - network.prefix);
  return answer(network.bits >> shift === address.bits >> shift);
}

function networkOf(text: string): Network | null {
  const [address = "", length, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes("%")) return null;
  const width = version === 4 ? 32 : 128;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return null;
  const prefix = length === undefined ? width : Number(length);
  if (prefix > width) return null;
  return { bits: version === 4 ? v4Bits(address) : v6Bits(address), width, prefix };
}

function v4Bits(address: string): bigint {
  return address.split(".").reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

/** The text is known to be an IPv6 address; its last 32 bits may be written as IPv4. */
function v6Bits(address: string): bigint {
  const dotted = /[0-9.]+$/.exec(address)?.[0] ?? "";
  const tail = dotted.includes(".") ? v4Bits(dotted) : null;
  const text =
    tail === null
      ? address
      : `${address.slice(0, -dotted.length)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  const [head = "", end] = text.split("::");
  const before = groups(head);
  const after = groups(end ?? "");
  const zeros = new Array<string>(end === undefined ? 0 : 8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].reduce((bits, part) => (bits << 16n) | BigInt(`0x${part}`), 0n);
}

function groups(text: string): readonly string[] {
  return text === "" ? [] : text.split(":");
}

function answer(yes: boolean): Answer {
  return yes ? "yes" : "no";
}
