import type { Mode } from "../scope.ts";

/** Of the template of an IAM repository: `{"prod": {"mode": "observe"}}`, one for each folder. */
export const MODES_FILE = "plp.environments.json";

/**
 * The file with the mode of these environments changed and every other byte as it is; null where it is no such file, or
 * one of them has no mode in it: then a person changes it.
 */
export function withMode(content: string, environments: readonly string[], mode: Mode): string | null {
  let text = content;
  for (const environment of environments) {
    const found = modeIn(text, environment);
    if (found === null) return null;
    text = text.slice(0, found.from) + JSON.stringify(mode) + text.slice(found.to);
  }
  return text;
}

interface Place {
  readonly from: number;
  readonly to: number;
}

/** Where the value of `mode` of an environment stands in the text. */
function modeIn(text: string, environment: string): Place | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const value = own(own(parsed, environment), "mode");
  if (value !== "observe" && value !== "enforce") return null;
  const places = valuesAt(text, [environment, "mode"]);
  // A key that stands there twice means what stands last; which one a person meant, nobody knows.
  return places.length === 1 ? (places[0] ?? null) : null;
}

function own(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g;

/** The values at a path of keys in a text that is known to be JSON. */
function valuesAt(text: string, path: readonly string[]): readonly Place[] {
  const found: Place[] = [];
  /** The key under which each open object stands or, for arrays, a number. */
  const open: (string | number)[] = [];
  let key: string | null = null;
  let isKey = false;
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match;
    if (token === "{" || token === "[") {
      open.push(key ?? open.length);
      key = null;
      isKey = token === "{";
    } else if (token === "}" || token === "]") {
      open.pop();
      key = null;
    } else if (token === ",") {
      isKey = true;
      key = null;
    } else if (token === ":") isKey = false;
    else if (isKey && token.startsWith('"')) key = JSON.parse(token);
    else if (key !== null && open.length === path.length) {
      const here = [...open.slice(1), key];
      if (here.every((part, i) => part === path[i]))
        found.push({ from: match.index, to: match.index + token.length });
    }
  }
  return found;
}
