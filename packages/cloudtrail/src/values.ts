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

function add(map: Map<string, string[]>, name: string, value: string): void {
  const list = map.get(name);
  if (list === undefined) {
    map.set(name, [value]);
  } else if (!list.includes(value)) {
    list.push(value);
  }
}

/** What a name in the plural, or in EC2's `…Set` form, is the plural of. */
const namesOf = remembered((name): readonly string[] => {
  const singular = name
    .replace(/(idlist|list|set)$/, (ending) => (ending === "idlist" ? "id" : ""))
    .replace(/s$/, "");
  return singular === name || singular === "" ? [name] : [name, singular];
});

/**
 * Collects the strings of request parameters or response elements, to a bounded depth and number: a hostile
 * record costs no more than an honest one. Documents in a string are not opened. EC2 writes `{content, tag}`
 * and `{items: […]}`; both are looked through.
 */
export function valuesOf(fields: Fields | null): Values {
  const byName = new Map<string, string[]>();
  const top = new Map<string, string[]>();
  const arns = new Set<string>();
  let left = most;
  const visit = (value: unknown, name: string, depth: number): void => {
    if (left <= 0 || depth > deepest) {
      return;
    }
    left -= 1;
    if (isFields(value)) {
      for (const [key, inner] of Object.entries(value)) {
        const through = key === "content" || key === "items" || key === "member";
        visit(inner, through && name !== "" ? name : plainName(key), depth + 1);
      }
    } else if (Array.isArray(value)) {
      for (const inner of value) {
        visit(inner, name, depth + 1);
      }
    } else {
      const text = literal(textOf(value));
      if (text === null || name === "") {
        return;
      }
      if (text.startsWith("arn:")) {
        arns.add(text);
      }
      for (const each of namesOf(name)) {
        add(byName, each, text);
        if (depth <= 2) {
          add(top, each, text);
        }
      }
    }
  };
  visit(fields ?? {}, "", 0);
  return { byName, top, arns: [...arns] };
}
