import type { ResourceType } from "@plp/iam-policy";
import { type ArnFormat, bindingsOf, fillFormat, formatsOf, type Place } from "./arn-format.ts";
import type { Call } from "./call.ts";
import { remembered } from "./remembered.ts";
import { lowerCased, parameterNames } from "./tables/parameters.ts";
import { plainName, type Values } from "./values.ts";

/** One ARN format is filled with at most this many combinations of values. */
const most = 500;

const candidatesByType = new WeakMap<ResourceType, Map<string, readonly string[]>>();

/** The parameter names that may fill a placeholder, likeliest first. */
function candidates(service: string, type: ResourceType, placeholder: string): readonly string[] {
  let ofType = candidatesByType.get(type);
  if (ofType === undefined) {
    ofType = new Map();
    candidatesByType.set(type, ofType);
  }
  let names = ofType.get(placeholder);
  if (names === undefined) {
    names = candidatesOf(service, type, placeholder);
    ofType.set(placeholder, names);
  }
  return names;
}

function candidatesOf(service: string, type: ResourceType, placeholder: string): readonly string[] {
  const table = Object.hasOwn(parameterNames, service) ? parameterNames[service] : undefined;
  const listed = table !== undefined && Object.hasOwn(table, placeholder) ? table[placeholder] : undefined;
  if (listed !== undefined) {
    return listed;
  }
  const plain = plainName(placeholder).replace(/withpath$/, "");
  const stem = plain.replace(/(name|id|identifier)$/, "");
  const generic = stem === "" || stem === "resource";
  const near = (generic ? plainName(type.name) : stem) || plain;
  const typed = ["name", "id", "identifier"].map((end) => plainName(type.name) + end);
  const names = [near, `${near}name`, `${near}id`, `${near}identifier`, ...typed];
  const all = new Set(generic ? names : [plain, ...names]);
  // A name is no id: an ARN that ends with an id is not told by a name.
  return [...all].filter((name) => !(isGenerated(placeholder) && name.endsWith("name")));
}

/** Ids are made by AWS; names are given by the caller. */
export const isGenerated = remembered((placeholder) =>
  /(Id|Identifier|UUID|Uuid|Hash|Token|Suffix|Timestamp|CreationTime|Version|RevisionNumber)$/.test(
    placeholder,
  ),
);

/** A name given beside a path (`/ci/`, `shop`) fills a `…WithPath` placeholder as `ci/shop`. */
function withPath(values: Values, placeholder: string, value: string): string {
  const path = values.top.get("path")?.[0];
  const given = placeholder.endsWith("WithPath") && path !== undefined && /^\/([\w+=,.@-]+\/)*$/.test(path);
  return given ? `${path.slice(1)}${value}` : value;
}

const none: readonly string[] = [];

/** The values of one parameter as an ARN holds them: Route 53 and SSM write slashes before, KMS `alias/`. */
function namedBy(values: Values["byName"], name: string, placeholder: string): readonly string[] {
  const given = values.get(name);
  if (given === undefined) {
    return none;
  }
  const texts = given.filter((value) => !/^(arn:|https?:\/\/)/.test(value));
  if (placeholder === "Alias") {
    return texts.map((value) => value.replace(/^alias\//, ""));
  }
  const bare = texts.filter((value) => !value.startsWith("alias/"));
  return placeholder === "ParameterNameWithoutLeadingSlash"
    ? bare.map((value) => value.replace(/^\//, ""))
    : bare.map((value) => value.replace(/^\/(hostedzone|change|delegationset|healthcheck)\//, ""));
}

/**
 * The values that fill one placeholder of a type's ARN format: those of the first parameter with a fitting name.
 * `plainNames`: the parameter `name` (or `id`) may be meant.
 */
export function valuesFor(
  call: Call,
  values: Values,
  service: string,
  type: ResourceType,
  placeholder: string,
  plainNames: boolean,
): readonly string[] {
  let plain = none;
  for (const name of candidates(service, type, placeholder)) {
    plain = namedBy(values.byName, name, placeholder);
    if (plain.length > 0) break;
  }
  if (plain.length === 0 && plainNames) {
    plain = namedBy(values.top, isGenerated(placeholder) ? "id" : "name", placeholder);
  }
  if (plain.length === 0) {
    return none;
  }
  const named = plain.map((value) => withPath(call.request, placeholder, value));
  return lowerCased.has(service) ? named.map((value) => value.toLowerCase()) : named;
}

/** What ARNs of the same service tell of one placeholder: the cluster of a service, the user pool of a client. */
export function boundBy(values: Values, service: string, placeholder: string): readonly string[] {
  const found = values.arns.flatMap((arn) =>
    formatsOf(service).flatMap((format) => bindingsOf(format, arn)?.get(placeholder) ?? []),
  );
  return [...new Set(found)];
}

function product(lists: readonly (readonly string[])[]): string[][] {
  if (lists.every((list) => list.length === 1)) {
    return [lists.map(([value]) => value ?? "")];
  }
  let rows: string[][] = [[]];
  for (const list of lists) {
    rows = rows.flatMap((row) => list.map((value) => [...row, value])).slice(0, most);
  }
  return rows;
}

/** Every ARN that the format and the lists of values (one a placeholder) make. */
export function filled(format: ArnFormat, place: Place, lists: readonly (readonly string[])[]): string[] {
  return product(lists).flatMap((row) => fillFormat(format, place, (_, index) => row[index] ?? null) ?? []);
}
