import type { ResourceType } from "@plp/iam-policy";
import { withoutVersion } from "./action.ts";
import type { Place } from "./arn-format.ts";
import type { TrailRecord } from "./record.ts";
import { remembered } from "./remembered.ts";
import { alsoCreated } from "./tables/parameters.ts";
import { plainName, type Values, valuesOf } from "./values.ts";

/** A record as the search for its resources needs it. */
export interface Call {
  readonly record: TrailRecord;
  /** The event name without its version. */
  readonly name: string;
  readonly place: Place;
  readonly request: Values;
  readonly response: Values;
}

const partitions = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-isob-", "aws-iso-b"],
  ["us-isof-", "aws-iso-f"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-iso-", "aws-iso"],
  ["eusc-", "aws-eusc"],
] as const;

const partitionOfArn = remembered((arn) => /^arn:(aws[a-z-]*):/.exec(arn)?.[1] ?? null);
const partitionOfRegion = remembered(
  (region) => partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "aws",
);
const isRegion = remembered((text) => /^[a-z0-9-]{2,40}$/.test(text));
const isAccount = remembered((text) => /^\d{12}$/.test(text));

/** Where a call happened. The partition is told by the ARNs of the record, else by the Region. */
export function placeOf(record: TrailRecord): Place {
  const { arn, sessionIssuer, accountId } = record.userIdentity;
  const told = partitionOfArn(sessionIssuer?.arn ?? arn ?? "");
  const region = record.awsRegion !== null && isRegion(record.awsRegion) ? record.awsRegion : null;
  const account = record.recipientAccountId ?? accountId ?? sessionIssuer?.accountId ?? null;
  return {
    partition: told ?? partitionOfRegion(region ?? ""),
    region,
    accountId: account !== null && isAccount(account) ? account : null,
  };
}

/** Reads of a record what its resources are looked for in. `onResponse` is called when that is the response. */
export function callOf(record: TrailRecord, onResponse?: () => void): Call {
  let request: Values | null = null;
  let response: Values | null = null;
  return {
    record,
    name: withoutVersion(record.eventName ?? ""),
    place: placeOf(record),
    get request() {
      request ??= valuesOf(record.requestParameters);
      return request;
    },
    // Most calls are told by their request.
    get response() {
      onResponse?.();
      response ??= valuesOf(record.responseElements);
      return response;
    },
  };
}

const verb = /^[A-Z][a-z]+/;
const creating =
  /^(Create|Run|Allocate|Import|Copy|Register|Request|Restore|Purchase|Put|Start|Submit|Issue)[A-Z]/;

/** Does the call make something new, by its verb? */
export function makes(call: Call): boolean {
  return isCreation(call.name);
}

const isCreation = remembered((name) => creating.test(name));

/** What a call is about, plain: `dbinstance` of `RestoreDBInstanceFromDBSnapshot`. */
const nounOf = remembered((name) => {
  const rest = name.replace(verb, "").replace(/(From|To|For|With|In|On)[A-Z].*$/, "");
  return plainName(rest).replace(/s$/, "");
});

/** Is the call about things of this type? `UpdateFunctionCode` is about no `code`, `DeleteDBCluster` about `cluster`. */
export function isAbout(call: Call, type: ResourceType): boolean {
  const noun = nounOf(call.name);
  return noun !== "" && noun.endsWith(plainName(type.name));
}

/** Is this a type that the call creates? `CreateDBCluster` creates `cluster`, `RunInstances` also `volume`. */
export function creates(call: Call, action: string, type: ResourceType): boolean {
  const listed = Object.hasOwn(alsoCreated, action) ? alsoCreated[action] : undefined;
  return listed?.includes(type.name) === true || (makes(call) && isAbout(call, type));
}
