import { PolicyError, quoted } from "./errors.ts";

/** AWS refuses raw policy text over 131,072 characters; twenty parts of that are more than a role can carry. */
const MAX_CHARACTERS = 2_621_440;
const MAX_DEPTH = 32;

/**
 * Parses JSON text of a policy and refuses what `JSON.parse` would pass over in silence: a key that stands
 * twice in one object (only the last would count, so a reader sees another policy than AWS), a number that would be
 * written otherwise than it stands, nesting beyond any policy, and text beyond any policy. Throws `PolicyError`.
 */
export function parseJson(text: string, where: string): unknown {
  if (text.length > MAX_CHARACTERS) {
    throw new PolicyError(where, `${text.length} characters; a policy has at most ${MAX_CHARACTERS}`);
  }
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PolicyError(where, `not JSON: ${quoted(reason)}; expected a policy document`);
  }
  refuseSurprises(source, where);
  return value;
}

/** Walks text that is known to be valid JSON: strings, and the brackets between them, are all that matters. */
function refuseSurprises(text: string, where: string): void {
  const open: (Set<string> | null)[] = [];
  let previous = "";
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = stringEnd(text, at);
      const keys = open.at(-1);
      if (keys && (previous === "{" || previous === ",")) {
        const key = String(JSON.parse(text.slice(at, end + 1)));
        if (keys.has(key)) throw new PolicyError(where, `the key ${quoted(key)} stands twice in one object`);
        keys.add(key);
      }
      at = end;
      previous = '"';
    } else if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : null);
      if (open.length > MAX_DEPTH) throw new PolicyError(where, `nested more than ${MAX_DEPTH} levels deep`);
      previous = character;
    } else if (character === "}" || character === "]") {
      open.pop();
      previous = character;
    } else if (character === "," || character === ":") {
      previous = character;
    } else if (character === "-" || (character >= "0" && character <= "9")) {
      at += numberAt(text, at, where).length - 1;
    }
  }
}

/** `1.0` and `12345678901234567890` would come out as other texts, and IAM compares texts. */
function numberAt(text: string, start: number, where: string): string {
  let end = start + 1;
  while (/[\d.eE+-]/.test(text.charAt(end))) end += 1;
  const number = text.slice(start, end);
  if (String(Number(number)) !== number) {
    throw new PolicyError(
      where,
      `the number ${quoted(number)} is not kept as it stands; write it as a string`,
    );
  }
  return number;
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text.charAt(at) !== '"') at += text.charAt(at) === "\\" ? 2 : 1;
  return at;
}

/** A value that did not come through `parseJson` (an API answer, an event) is held to the same depth. */
export function refuseDepth(value: unknown, where: string): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw new PolicyError(where, `nested more than ${MAX_DEPTH} levels deep`);
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      for (const child of Object.values(item))
        if (typeof child === "object" && child !== null) next.push(child);
    }
    level = next;
  }
}

/** JSON with sorted keys: the same content gives the same text, whatever order it was written in. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
