import { actionsOf } from "@plp/iam-policy/service-reference";

/** Where a call happened: what fills `${Partition}`, `${Region}` and `${Account}`. */
export interface Place {
  readonly partition: string;
  readonly region: string | null;
  readonly accountId: string | null;
}

export interface ArnFormat {
  readonly text: string;
  /** The names of its own placeholders, in order; not partition, region, account. */
  readonly placeholders: readonly string[];
  /** All its placeholders, in order, and what stands before, between and after them. */
  readonly names: readonly string[];
  /** What fills each of these: part of the place, or that one of its own. */
  readonly fillers: readonly (keyof Place | number)[];
  /** How many of these stand before the first of its own. */
  readonly leading: number;
  /** What stands up to there, as it was last made: most calls of a log happen in one place. */
  head: { readonly place: Place; readonly text: string | null } | null;
  readonly between: readonly string[];
  /** Matches an ARN whose values hold no separators. */
  readonly strict: RegExp;
  /** The last placeholder may hold separators: paths, keys, names with slashes. */
  readonly loose: RegExp;
}

const header: ReadonlyMap<string, keyof Place> = new Map([
  ["Partition", "partition"],
  ["Region", "region"],
  ["Account", "accountId"],
]);
const placeholder = /\$\{([^}]*)\}/g;
const cache = new Map<string, ArnFormat>();

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

function expression(text: string, wideLast: boolean): RegExp {
  let source = "";
  let from = 0;
  const found = [...text.matchAll(placeholder)];
  for (const [index, match] of found.entries()) {
    const name = match[1] ?? "";
    source += escaped(text.slice(from, match.index)).replaceAll("\\*", ".*");
    const wide = wideLast && index === found.length - 1 && match.index + match[0].length === text.length;
    source += header.has(name) ? "([^:]*)" : wide ? "(.+)" : "([^:/]+)";
    from = match.index + match[0].length;
  }
  return new RegExp(`^${source}${escaped(text.slice(from)).replaceAll("\\*", ".*")}$`, "s");
}

/** Reads an ARN format of AWS's list, such as one of `ResourceType.arnFormats`. */
export function arnFormat(text: string): ArnFormat {
  const known = cache.get(text);
  if (known !== undefined) {
    return known;
  }
  const names = [...text.matchAll(placeholder)].map((match) => match[1] ?? "");
  let own = -1;
  const fillers = names.map((name) => {
    const part = header.get(name);
    if (part === undefined) own += 1;
    return part ?? own;
  });
  const first = fillers.indexOf(0);
  const format: ArnFormat = {
    text,
    placeholders: names.filter((name) => !header.has(name)),
    names,
    fillers,
    leading: first === -1 ? fillers.length : first,
    head: null,
    between: text.split(/\$\{[^}]*\}/),
    strict: expression(text, false),
    loose: expression(text, true),
  };
  cache.set(text, format);
  return format;
}

/** The values of a format's placeholders in an ARN that has the format; null when it has another. */
export function bindingsOf(format: ArnFormat, arn: string): ReadonlyMap<string, string> | null {
  const match = format.strict.exec(arn) ?? format.loose.exec(arn);
  if (match === null) {
    return null;
  }
  return new Map(format.names.map((name, index) => [name, match[index + 1] ?? ""]));
}

function headAt(format: ArnFormat, place: Place): string | null {
  const { between, fillers, leading, head } = format;
  if (
    head !== null &&
    head.place.region === place.region &&
    head.place.accountId === place.accountId &&
    head.place.partition === place.partition
  ) {
    return head.text;
  }
  const pieces: (string | null)[] = [between[0] ?? ""];
  for (let index = 0; index < leading; index += 1) {
    pieces.push(place[fillers[index] as keyof Place], between[index + 1] ?? "");
  }
  const text = pieces.includes(null) ? null : pieces.join("");
  format.head = { place, text };
  return text;
}

/**
 * The format with its own placeholders filled with these values, in order; null when one is missing or empty. Region and
 * account are only asked of a place where the format has them.
 */
export function fillFormat(format: ArnFormat, place: Place, values: readonly string[]): string | null {
  const { fillers, between, leading } = format;
  let arn = headAt(format, place);
  if (arn === null) return null;
  for (let index = leading; index < fillers.length; index += 1) {
    const filler = fillers[index] ?? 0;
    const found = typeof filler === "number" ? values[filler] : place[filler];
    if (!found) return null;
    arn += found + (between[index + 1] ?? "");
  }
  return arn;
}

/** The format with one text for each of its own placeholders: `*`, or the id of a format that has but one. */
export function fillAll(format: ArnFormat, place: Place, text: string): string | null {
  return fillFormat(
    format,
    place,
    format.placeholders.map(() => text),
  );
}

const formatsByService = new Map<string, readonly ArnFormat[]>();

/** Every ARN format of a service: what an ARN in a parameter may tell about its parts. */
export function formatsOf(service: string): readonly ArnFormat[] {
  const known = formatsByService.get(service);
  if (known !== undefined) {
    return known;
  }
  const texts = new Set(
    actionsOf(service).flatMap((action) => action.resourceTypes.flatMap((type) => type.arnFormats)),
  );
  const formats = [...texts].map(arnFormat);
  formatsByService.set(service, formats);
  return formats;
}
