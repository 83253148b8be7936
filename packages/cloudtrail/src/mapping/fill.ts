import { type ArnFormat, bindingsOf, fillFormat, formatsOf, type Place } from "./arn-format.ts";
import { type Call, requestOf } from "./call.ts";
import type { Blank } from "./shape.ts";
import type { Values } from "./values.ts";

/** One ARN format is filled with at most this many combinations of values. */
const most = 500;

const none: readonly string[] = [];

/** A value as an ARN holds it: Route 53 and SSM write slashes before, KMS `alias/`; null for an ARN, a URL, an alias. */
function nameIn(value: string, placeholder: string): string | null {
  if (value.startsWith("arn:") || value.startsWith("http://") || value.startsWith("https://")) {
    return null;
  }
  if (placeholder === "Alias") {
    return value.replace(/^alias\//, "");
  }
  if (value.startsWith("alias/")) {
    return null;
  }
  if (!value.startsWith("/")) {
    return value;
  }
  return placeholder === "ParameterNameWithoutLeadingSlash"
    ? value.slice(1)
    : value.replace(/^\/(hostedzone|change|delegationset|healthcheck)\//, "");
}

/** A name given beside a path (`/ci/`, `shop`) fills a `…WithPath` placeholder as `ci/shop`. */
function pathBefore(call: Call): string {
  const path = requestOf(call).top.get("path")?.[0];
  return path !== undefined && /^\/([\w+=,.@-]+\/)*$/.test(path) ? path.slice(1) : "";
}

const isName = (name: string | null): name is string => name !== null;

/** The values of one parameter as they fill the blank. */
function namedBy(call: Call, values: Values["byName"], name: string, blank: Blank): readonly string[] {
  const given = values.get(name);
  if (given === undefined) {
    return none;
  }
  const path = blank.withPath ? pathBefore(call) : "";
  const named = given.map((value) => {
    const name = nameIn(value, blank.placeholder);
    return name === null || !blank.isLowerCased ? name : name.toLowerCase();
  });
  const names = named.every(isName) ? named : named.filter(isName);
  return path === "" ? names : names.map((name) => path + name);
}

/**
 * The values that fill one placeholder of a type's ARN format: those of the first parameter with a fitting name.
 * `plainNames`: the parameter `name` (or `id`) may be meant.
 */
export function valuesFor(call: Call, values: Values, blank: Blank, plainNames: boolean): readonly string[] {
  for (const name of blank.parameters) {
    const named = namedBy(call, values.byName, name, blank);
    if (named.length > 0) return named;
  }
  return plainNames ? namedBy(call, values.top, blank.isGenerated ? "id" : "name", blank) : none;
}

/** What ARNs of the same service tell of one placeholder: the cluster of a service, the user pool of a client. */
export function boundBy(values: Values, service: string, placeholder: string): readonly string[] {
  if (values.arns.length === 0) {
    return none;
  }
  const found = values.arns.flatMap((arn) =>
    formatsOf(service).flatMap((format) => bindingsOf(format, arn)?.get(placeholder) ?? []),
  );
  return [...new Set(found)];
}

function product(lists: readonly (readonly string[])[]): string[][] {
  let rows: string[][] = [[]];
  for (const list of lists) {
    rows = rows.flatMap((row) => list.map((value) => [...row, value])).slice(0, most);
  }
  return rows;
}

const isOne = (list: readonly string[]) => list.length === 1;
const firstOf = (list: readonly string[]) => list[0] ?? "";

/** Every ARN that the format and the lists of values (one a placeholder) make. */
export function filled(
  format: ArnFormat,
  place: Place,
  lists: readonly (readonly string[])[],
): readonly string[] {
  if (lists.every(isOne)) {
    const arn = fillFormat(format, place, lists.map(firstOf));
    return arn === null ? none : [arn];
  }
  const arns: string[] = [];
  for (const row of product(lists)) {
    const arn = fillFormat(format, place, row);
    if (arn !== null) arns.push(arn);
  }
  return arns;
}
