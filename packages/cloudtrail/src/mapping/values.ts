import { literal } from "./literal.ts";
import { type Fields, isFields, textOf } from "./record.ts";
import { remembered } from "./remembered.ts";

const deepest = 10;
const most = 2_000;

/** The strings of a record's parameters, by the name of their parameter. */
export interface Values {
  /** Lower case, without separators → values, in the order of the record. */
  readonly byName: ReadonlyMap<string, readonly string[]>;
  /** The same for parameters at the top. */
  readonly top: ReadonlyMap<string, readonly string[]>;
  readonly arns: readonly string[];
}

export const plainName = remembered((name) => name.replace(/[^A-Za-z0-9]/g, "").toLowerCase());

interface Name {
  readonly plain: string;
  /** What a name in the plural, or in EC2's `…Set` form, is the plural of. */
  readonly singular: string | null;
}

const nameOf = remembered((parameter): Name => {
  const plain = plainName(parameter);
  const singular = plain
    .replace(/(idlist|list|set)$/, (ending) => (ending === "idlist" ? "id" : ""))
    .replace(/s$/, "");
  return { plain, singular: singular === plain || singular === "" ? null : singular };
});

type Lists = Map<string, string[]>;

function add(lists: Lists, { plain, singular }: Name, value: string): void {
  addTo(lists, plain, value);
  if (singular !== null) addTo(lists, singular, value);
}

function addTo(lists: Lists, name: string, value: string): void {
  const list = lists.get(name);
  if (list === undefined) {
    lists.set(name, [value]);
  } else if (!list.includes(value)) {
    list.push(value);
  }
}

/** What was found so far. While all of it lay at the top, `top` and `byName` are the same lists, as in most requests. */
interface Found {
  readonly byName: Lists;
  top: Lists;
  arns: Set<string> | null;
  left: number;
}

function note(found: Found, name: Name, text: string, isTop: boolean): void {
  if (text.startsWith("arn:")) {
    found.arns ??= new Set();
    found.arns.add(text);
  }
  if (!isTop && found.top === found.byName) {
    found.top = new Map([...found.byName].map(([each, list]) => [each, [...list]]));
  }
  add(found.byName, name, text);
  if (isTop && found.top !== found.byName) {
    add(found.top, name, text);
  }
}

function visit(found: Found, value: unknown, name: Name | null, depth: number): void {
  if (found.left <= 0 || depth > deepest) {
    return;
  }
  found.left -= 1;
  if (isFields(value)) {
    for (const key of Object.keys(value)) {
      const isThrough = name !== null && (key === "content" || key === "items" || key === "member");
      visit(found, value[key], isThrough ? name : named(key), depth + 1);
    }
  } else if (Array.isArray(value)) {
    for (const inner of value) {
      visit(found, inner, name, depth + 1);
    }
  } else if (name !== null) {
    const text = literal(textOf(value));
    if (text !== null) note(found, name, text, depth <= 2);
  }
}

/** Null for a parameter whose name has neither letter nor digit. */
function named(parameter: string): Name | null {
  const name = nameOf(parameter);
  return name.plain === "" ? null : name;
}

const nothing: Values = { byName: new Map(), top: new Map(), arns: [] };

/**
 * Collects the strings of request parameters or response elements, to a bounded depth and number: a hostile
 * record costs no more than an honest one. Documents in a string are not opened. EC2 writes `{content, tag}`
 * and `{items: […]}`; both are looked through.
 */
export function valuesOf(fields: Fields | null): Values {
  if (fields === null) {
    return nothing;
  }
  const byName: Lists = new Map();
  const found: Found = { byName, top: byName, arns: null, left: most };
  visit(found, fields, null, 0);
  return { byName, top: found.top, arns: found.arns === null ? nothing.arns : [...found.arns] };
}
