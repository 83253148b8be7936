/** A way through a JSON document: keys and positions. */
export type JsonPath = readonly (string | number)[];

export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export interface Span {
  readonly start: Position;
  readonly end: Position;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g;

/** Where each value of a document stands, by its path as JSON; the text is known to be JSON. */
export function placesIn(text: string): (path: JsonPath) => Span {
  const spans = new Map<string, readonly [number, number]>();
  /** Of each open object or array: its path, where it begins, and what comes next in it. */
  const open: { readonly path: JsonPath; readonly from: number; next: string | number | null }[] = [];
  const here = (): JsonPath => {
    const top = open.at(-1);
    return top === undefined || top.next === null ? [] : [...top.path, top.next];
  };
  const after = () => {
    const top = open.at(-1);
    if (top !== undefined) top.next = typeof top.next === "number" ? top.next + 1 : null;
  };
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match;
    const top = open.at(-1);
    if (token === "{" || token === "[")
      open.push({ path: here(), from: match.index, next: token === "[" ? 0 : null });
    else if (token === "}" || token === "]") {
      const closed = open.pop();
      if (closed !== undefined) spans.set(JSON.stringify(closed.path), [closed.from, match.index + 1]);
      after();
    } else if (token !== ":" && token !== ",") {
      if (top !== undefined && top.next === null) top.next = JSON.parse(token) as string;
      else {
        spans.set(JSON.stringify(here()), [match.index, match.index + token.length]);
        after();
      }
    }
  }
  return (path) => {
    const [from, to] = spans.get(JSON.stringify(path)) ?? [0, text.length];
    return { start: positionOf(text, from), end: positionOf(text, to) };
  };
}

/** Lines from 1, columns from 0, as Access Analyzer counts them. */
function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1), offset };
}
