import { type ActionInfo, findAction, type ResourceType } from "@plp/iam-policy";
import type { MappedAction } from "./action.ts";
import { withoutVersion } from "./action.ts";
import { pathOf } from "./apigateway.ts";
import { type ArnFormat, arnFormat, bindingsOf, fillFormat, formatsOf, type Place } from "./arn-format.ts";
import { literal } from "./literal.ts";
import { type TrailRecord, textOf } from "./record.ts";
import { alsoCreated, lowerCased, parameterNames } from "./tables/parameters.ts";
import { plainName, type Values, valuesOf } from "./values.ts";
import { widenedResources } from "./widened.ts";

export interface FoundResource {
  /** An ARN, `*` for an action that has no resource type, null where the record does not tell. */
  readonly resource: string | null;
  readonly why: string;
  /** For a resource that is not told: what the record does tell of it, `*` for the rest. */
  readonly patterns?: readonly string[];
}

const most = 500;
const creating =
  /^(Create|Run|Allocate|Import|Copy|Register|Request|Restore|Purchase|Put|Start|Submit|Issue)([A-Z].*)$/;

/** Where a call happened. The partition is told by the ARNs of the record, else by the Region. */
export function placeOf(record: TrailRecord): Place {
  const { arn, sessionIssuer, accountId } = record.userIdentity;
  const told = /^arn:(aws[a-z-]*):/.exec(sessionIssuer?.arn ?? arn ?? "")?.[1];
  const region =
    record.awsRegion !== null && /^[a-z0-9-]{2,40}$/.test(record.awsRegion) ? record.awsRegion : null;
  const account = record.recipientAccountId ?? accountId ?? sessionIssuer?.accountId ?? null;
  return {
    partition: told ?? partitionOf(region),
    region,
    accountId: account !== null && /^\d{12}$/.test(account) ? account : null,
  };
}

function partitionOf(region: string | null): string {
  const byPrefix = [
    ["cn-", "aws-cn"],
    ["us-gov-", "aws-us-gov"],
    ["us-isob-", "aws-iso-b"],
    ["us-isof-", "aws-iso-f"],
    ["eu-isoe-", "aws-iso-e"],
    ["us-iso-", "aws-iso"],
    ["eusc-", "aws-eusc"],
  ] as const;
  return byPrefix.find(([prefix]) => region?.startsWith(prefix))?.[1] ?? "aws";
}

interface Call {
  readonly record: TrailRecord;
  readonly name: string;
  readonly place: Place;
  readonly request: Values;
  readonly response: Values;
}

function callOf(record: TrailRecord): Call {
  return {
    record,
    name: withoutVersion(record.eventName ?? ""),
    place: placeOf(record),
    request: valuesOf(record.requestParameters),
    response: valuesOf(record.responseElements),
  };
}

/** Is this the type that the call creates? `CreateDBCluster` creates `cluster`, `CreateVpc` creates `vpc`. */
function creates(call: Call, info: ActionInfo, type: ResourceType): boolean {
  const noun = plainName(creating.exec(call.name)?.[2] ?? "").replace(/s$/, "");
  const name = plainName(type.name);
  const listed = Object.hasOwn(alsoCreated, info.action) ? alsoCreated[info.action] : undefined;
  return listed?.includes(type.name) === true || (noun !== "" && (noun === name || noun.endsWith(name)));
}

/** The parameter names that may fill a placeholder, likeliest first. */
function candidates(service: string, type: ResourceType, placeholder: string): readonly string[] {
  const table = Object.hasOwn(parameterNames, service) ? parameterNames[service] : undefined;
  const listed = table !== undefined && Object.hasOwn(table, placeholder) ? table[placeholder] : undefined;
  if (listed !== undefined) {
    return listed;
  }
  const plain = plainName(placeholder).replace(/withpath$/, "");
  const stem = plain.replace(/(name|id|identifier)$/, "");
  const generic = stem === "" || stem === "resource";
  const stems = generic ? [plainName(type.name)] : [stem];
  const endings = ["name", "id", "identifier", ""];
  return [
    ...new Set([...(generic ? [] : [plain]), ...stems.flatMap((each) => endings.map((end) => each + end))]),
  ];
}

/** Ids are made by AWS; names are given by the caller. */
function isGenerated(placeholder: string): boolean {
  return /(Id|Identifier|UUID|Uuid|Hash|Token|Suffix|Timestamp|Version)$/.test(placeholder);
}

/** A name given as a path (`/ci/`, `shop`) fills a `…WithPath` placeholder as `ci/shop`. */
function withPath(values: Values, placeholder: string, value: string): string {
  const path = values.top.get("path")?.[0];
  const given = placeholder.endsWith("WithPath") && path !== undefined && /^\/([\w+=,.@-]+\/)*$/.test(path);
  return given ? `${path.slice(1)}${value}` : value;
}

function valuesFor(
  call: Call,
  values: Values,
  service: string,
  type: ResourceType,
  name: string,
  own: boolean,
) {
  const lower = (value: string) => (lowerCased.has(service) ? value.toLowerCase() : value);
  const found = candidates(service, type, name).flatMap((each) => values.byName.get(each) ?? []);
  const generic = found.length === 0 && own && !isGenerated(name) ? (values.top.get("name") ?? []) : [];
  const bound = values.arns.flatMap((arn) =>
    formatsOf(service).flatMap((format) => bindingsOf(format, arn)?.get(name) ?? []),
  );
  const plain = [...found, ...generic].filter((value) => !/^(arn:|alias\/|https?:\/\/)/.test(value));
  const stripped =
    name === "ParameterNameWithoutLeadingSlash" ? plain.map((value) => value.replace(/^\//, "")) : plain;
  return [
    ...stripped.map((value) => lower(withPath(call.request, name, value))),
    ...(plain.length > 0 ? [] : bound),
  ];
}

function product(lists: readonly (readonly string[])[]): string[][] {
  let rows: string[][] = [[]];
  for (const list of lists) {
    rows = rows.flatMap((row) => list.map((value) => [...row, value])).slice(0, most);
  }
  return rows;
}

function filled(format: ArnFormat, place: Place, lists: readonly (readonly string[])[]): string[] {
  return product(lists).flatMap((row) => {
    const values = new Map(format.placeholders.map((name, index) => [name, row[index] ?? ""]));
    return fillFormat(format, place, (name) => values.get(name) ?? null) ?? [];
  });
}

function toldArns(call: Call, format: ArnFormat, strict: boolean): string[] {
  const own = call.record.resources.flatMap(({ arn }) => literal(arn) ?? []);
  const pattern = strict ? format.strict : format.loose;
  return [...own, ...call.request.arns, ...queueArns(call)].filter((arn) => pattern.test(arn));
}

/** SQS names its queues by URL. */
function queueArns(call: Call): string[] {
  const urls = call.request.byName.get("queueurl") ?? [];
  return urls.flatMap((url) => {
    const [, region, account, name] =
      /^https?:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/(\d{12})\/([\w-]+(?:\.fifo)?)$/.exec(url) ??
      [];
    return region === undefined ? [] : [`arn:${call.place.partition}:sqs:${region}:${account}:${name}`];
  });
}

/** The resources of one type that the record tells. */
function ofType(call: Call, info: ActionInfo, type: ResourceType): { arns: string[]; why: string } | null {
  const service = info.action.slice(0, info.action.indexOf(":"));
  const formats = type.arnFormats.map(arnFormat);
  for (const strict of [true, false]) {
    const arns = formats.flatMap((format) => toldArns(call, format, strict));
    if (arns.length > 0) {
      return { arns, why: `${type.name}: the record has its ARN` };
    }
  }
  const own = creates(call, info, type) || formats.every(({ placeholders }) => placeholders.length === 1);
  const noun = call.name.replace(/^[A-Z][a-z]+/, "");
  const named = plainName(noun).replace(/s$/, "").endsWith(plainName(type.name));
  for (const format of formats) {
    const lists = format.placeholders.map((name) =>
      valuesFor(call, call.request, service, type, name, own && named),
    );
    if (lists.length > 0 && lists.every((list) => list.length > 0)) {
      return { arns: filled(format, call.place, lists), why: `${type.name}: named by the request` };
    }
  }
  if (call.record.requestParameters !== null && creates(call, info, type)) {
    const arns = formats.flatMap((format) =>
      filled(
        format,
        call.place,
        format.placeholders.map((name) => {
          const list = valuesFor(call, call.request, service, type, name, true);
          return list.length > 0 || !isGenerated(name) ? list : ["*"];
        }),
      ),
    );
    return arns.length === 0
      ? null
      : { arns, why: `${type.name}: created by this call, AWS checks it before it has an id` };
  }
  const fixed = formats.filter(({ placeholders }) => placeholders.length === 0);
  return fixed.length === 0 || !type.required
    ? null
    : {
        arns: fixed.flatMap((format) => filled(format, call.place, [])),
        why: `${type.name}: there is but one`,
      };
}

/** What exists already and the response names (the subnet of an instance), for types the request left to AWS. */
function fromResponse(call: Call, info: ActionInfo, type: ResourceType): string[] {
  const service = info.action.slice(0, info.action.indexOf(":"));
  return type.arnFormats.map(arnFormat).flatMap((format) => {
    const arns = call.response.arns.filter((arn) => format.strict.test(arn));
    const lists = format.placeholders.map((name) =>
      valuesFor(call, call.response, service, type, name, false),
    );
    return arns.length > 0 || lists.length === 0 ? arns : filled(format, call.place, lists);
  });
}

function s3CopySource(call: Call): string | null {
  const header = textOf(call.record.requestParameters?.["x-amz-copy-source"]);
  if (header === null) {
    return null;
  }
  let path = header.replace(/\?versionId=.*$/, "");
  try {
    path = decodeURIComponent(path);
  } catch {
    return null;
  }
  const value = literal(path.replace(/^\//, ""));
  return value?.includes("/") === true ? `arn:${call.place.partition}:s3:::${value}` : null;
}

function keyArn(call: Call, parameter: string): string | null {
  const key = literal(textOf(call.record.requestParameters?.[parameter]));
  if (key === null || key.includes("alias/")) {
    return null;
  }
  const { partition, region, accountId } = call.place;
  return key.startsWith("arn:")
    ? key
    : region && accountId
      ? `arn:${partition}:kms:${region}:${accountId}:key/${key}`
      : null;
}

/** A secret's ARN ends with six random characters, which a caller who names the secret does not know. */
function secretArns(call: Call): FoundResource[] | null {
  const { partition, region, accountId } = call.place;
  const created = call.name === "CreateSecret" ? call.request.top.get("name") : undefined;
  const names = (created ?? call.request.byName.get("secretid") ?? []).filter(
    (name) => !name.startsWith("arn:"),
  );
  const known = call.record.resources.some(({ arn }) => arn?.includes(":secret:"));
  return names.length === 0 || known || region === null || accountId === null
    ? null
    : names.map((name) => ({
        resource: `arn:${partition}:secretsmanager:${region}:${accountId}:secret:${name}-??????`,
        why: "named by the request; the last six characters are AWS's",
      }));
}

function special(call: Call, mapped: MappedAction): FoundResource[] | null {
  const { action, from } = mapped;
  if (action.startsWith("apigateway:")) {
    const path = pathOf(call.name, call.record.requestParameters);
    const { partition, region } = call.place;
    const tagged = call.name === "TagResource" || call.name === "UntagResource";
    return path === null || region === null || tagged
      ? [{ resource: null, why: "the record does not tell the path" }]
      : [{ resource: `arn:${partition}:apigateway:${region}::${path}`, why: "the path of the request" }];
  }
  if (action.startsWith("s3:") && from === "source") {
    return [{ resource: s3CopySource(call), why: "x-amz-copy-source" }];
  }
  if (action.startsWith("secretsmanager:")) {
    return secretArns(call);
  }
  if (action.startsWith("kms:ReEncrypt")) {
    const parameter = from === "source" ? "sourceKeyId" : "destinationKeyId";
    return [{ resource: keyArn(call, parameter), why: parameter }];
  }
  return null;
}

/**
 * The resources on which an action was checked: ARNs from `resources[]` and the request, else the formats of the
 * action's resource types filled from request and response, with the account, Region and partition of the record.
 * `*` only for an action without resource types; one null where the record does not tell. Names are literal: a
 * `*` in a name never becomes a pattern. Nothing is taken from an error message.
 */
export function resourcesOf(record: TrailRecord, mapped: MappedAction): readonly FoundResource[] {
  const info = findAction(mapped.action);
  if (info === undefined || info.resourceTypes.length === 0) {
    return [{ resource: "*", why: "the action takes no resource" }];
  }
  const call = callOf(record);
  const own = special(call, mapped);
  if (own !== null) {
    return own;
  }
  if (mapped.action === "ec2:CreateTags" && call.name !== "CreateTags") {
    return createdTags(call);
  }
  const found = info.resourceTypes.map((type) => ({ type, told: ofType(call, info, type) }));
  const results = new Map<string, string>();
  for (const { type, told } of found) {
    const arns =
      told?.arns ??
      (type.required && record.requestParameters !== null ? fromResponse(call, info, type) : []);
    for (const arn of arns.slice(0, most)) {
      results.set(arn, results.get(arn) ?? told?.why ?? `${type.name}: named by the response`);
    }
  }
  return results.size === 0
    ? [untold(call, info)]
    : [...results].slice(0, most).map(([resource, why]) => ({ resource, why }));
}

/** A resource that is not told, with the parts of it that are. */
function untold(call: Call, info: ActionInfo): FoundResource {
  const service = info.action.slice(0, info.action.indexOf(":"));
  const patterns = widenedResources(info.action, call.place, (type, name) => {
    const values = valuesFor(call, call.request, service, type, name, false);
    return values.length === 1 ? (values[0] ?? null) : null;
  });
  return { resource: null, why: "the record does not tell the resource", patterns };
}

/** `ec2:CreateTags` beside a creation is checked on the types that the request wants tagged. */
function createdTags(call: Call): readonly FoundResource[] {
  const { partition, region, accountId } = call.place;
  const types = call.request.byName.get("resourcetype")?.filter((type) => /^[a-z0-9-]+$/.test(type)) ?? [];
  if (types.length === 0 || region === null || accountId === null) {
    return [{ resource: null, why: "the record does not tell the resource" }];
  }
  return types.map((type) => ({
    resource: `arn:${partition}:ec2:${region}:${accountId}:${type}/*`,
    why: "tagged while it is created, before it has an id",
  }));
}
