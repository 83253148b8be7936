import { withoutVersion } from "./action.ts";
import type { Place } from "./arn-format.ts";
import type { TrailRecord } from "./record.ts";
import { remembered } from "./remembered.ts";
import type { TypeShape } from "./shape.ts";
import { plainName, type Values, valuesOf } from "./values.ts";

/** A record as the search for its resources needs it. */
export interface Call extends CallName {
  readonly record: TrailRecord;
  readonly place: Place;
  /** Told when a resource is looked for in the response. */
  readonly onResponse: (() => void) | undefined;
  /** Read when they are first asked for: by `requestOf` and `responseOf`. */
  request: Values | null;
  response: Values | null;
}

/** What the name of a call tells. */
interface CallName {
  /** The event name without its version. */
  readonly name: string;
  /** What the call is about, plain: `dbinstance` of `RestoreDBInstanceFromDBSnapshot`; empty where it is the verb alone. */
  readonly noun: string;
  /** Does it make something new, by its verb? */
  readonly makes: boolean;
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
const isRegion = /^[a-z0-9-]{2,40}$/;
const isAccount = /^\d{12}$/;

/** Where a call happened. The partition is told by the ARNs of the record, else by the Region. */
export function placeOf(record: TrailRecord): Place {
  const { arn, sessionIssuer, accountId } = record.userIdentity;
  const region = record.awsRegion !== null && isRegion.test(record.awsRegion) ? record.awsRegion : null;
  const account = record.recipientAccountId ?? accountId ?? sessionIssuer?.accountId ?? null;
  return {
    partition: partitionOfArn(sessionIssuer?.arn ?? arn ?? "") ?? partitionOfRegion(region ?? ""),
    region,
    accountId: account !== null && isAccount.test(account) ? account : null,
  };
}

/** Reads of a record what its resources are looked for in. `onResponse` is called when that is the response. */
export function callOf(record: TrailRecord, onResponse?: () => void): Call {
  const { name, noun, makes } = callNameOf(record.eventName ?? "");
  const place = placeOf(record);
  return { record, name, noun, makes, place, onResponse, request: null, response: null };
}

/** What the request holds. */
export function requestOf(call: Call): Values {
  call.request ??= valuesOf(call.record.requestParameters);
  return call.request;
}

/** What the response holds; most calls are told by their request. */
export function responseOf(call: Call): Values {
  call.onResponse?.();
  call.response ??= valuesOf(call.record.responseElements);
  return call.response;
}

const verb = /^[A-Z][a-z]+/;
const creating =
  /^(Create|Run|Allocate|Import|Copy|Register|Request|Restore|Purchase|Put|Start|Submit|Issue)[A-Z]/;

const callNameOf = remembered((eventName): CallName => {
  const name = withoutVersion(eventName);
  const rest = name.replace(verb, "").replace(/(From|To|For|With|In|On)[A-Z].*$/, "");
  return { name, noun: plainName(rest).replace(/s$/, ""), makes: creating.test(name) };
});

/** Is the call about things of this type? `UpdateFunctionCode` is about no `code`, `DeleteDBCluster` about `cluster`. */
export function isAbout({ noun }: Call, { plain }: TypeShape): boolean {
  return noun !== "" && noun.endsWith(plain);
}

/** Is this a type that the call creates? `CreateDBCluster` creates `cluster`, `RunInstances` also `volume`. */
export function creates(call: Call, type: TypeShape): boolean {
  return type.alsoCreated || (call.makes && isAbout(call, type));
}
