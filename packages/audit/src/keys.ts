import { digest } from "@plp/domain";

/**
 * Keys of the index items. All begin with `index#`, so they are nobody's stream; what comes from outside and may be
 * long (names of people, ARNs) is kept within DynamoDB's 2,048 bytes by its hash.
 */
const PREFIX = "index#";
const LONGEST_NAME = 700;

/** What an entry can be found by. */
export type Facet = "role" | "application" | "account" | "actor" | "type" | "action" | "month";

/** The entries of one role, account, person …; names compare without regard to case. */
export function facetKey(facet: Facet, value: string): string {
  const folded = value.toLowerCase();
  const name = Buffer.byteLength(folded) <= LONGEST_NAME ? folded : `sha256:${digest(folded)}`;
  return `${PREFIX}${facet}#${name}`;
}

/** By when it happened, then by version, then by stream: one place for every event in every facet. */
export function entrySlot(occurredAt: string, version: number, stream: string): string {
  return `${occurredAt}#${String(version).padStart(12, "0")}#${shortName(stream)}`;
}

/** Which months there are entries of. */
export const monthsKey = `${PREFIX}months`;

/** A list of streams lies in so many partitions, which are read at once. */
export const LIST_PARTS = 16;
export type ListedKind = "role" | "application";

export function listKey(kind: ListedKind, part: number): string {
  return `${PREFIX}list#${kind}#${part.toString(16)}`;
}

/** Where a stream stands in its list. */
export function listed(kind: ListedKind, stream: string): { readonly pk: string; readonly sk: string } {
  const name = shortName(stream);
  return { pk: listKey(kind, Number.parseInt(name.slice(0, 1), 16)), sk: name };
}

/** Which roles have, or had, that ARN; one that was made again has another unique id. */
export function namedKey(arn: string): string {
  return `${PREFIX}named#${shortName(arn)}`;
}

/** Where a role stands among those of its ARN. */
export function named(arn: string, stream: string): { readonly pk: string; readonly sk: string } {
  return { pk: namedKey(arn), sk: shortName(stream) };
}

/** What a role may do now, with the origin of every permission. */
export function standingKey(stream: string): { readonly pk: string; readonly sk: string } {
  return { pk: `${PREFIX}standing#${shortName(stream)}`, sk: "now" };
}

/** The runs that were requested on a day, `YYYY-MM-DD`. */
export function runsKey(day: string): string {
  return `${PREFIX}runs#${day}`;
}

/** How many permissions the roles of that part of their list had, day by day. */
export function growthKey(part: string): string {
  return part.replace(/^index#list#/, `${PREFIX}growth#`);
}

/** recordedAt of the newest commit that the index has taken up. */
export const newestKey = { pk: `${PREFIX}newest`, sk: "now" } as const;

export function isIndexKey(pk: string): boolean {
  return pk.startsWith(PREFIX);
}

/** 32 hex digits: sk may have no more than 1,024 bytes, and a stream's name may be longer. */
function shortName(stream: string): string {
  return digest("stream", stream).slice(0, 32);
}
