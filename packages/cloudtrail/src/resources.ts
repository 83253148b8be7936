import type { ActionInfo, ResourceType } from "@plp/iam-policy";
import { widenedResources } from "@plp/iam-policy/widened";
import type { MappedAction } from "./action.ts";
import { type ArnFormat, arnFormat, fillFormat } from "./arn-format.ts";
import { type Call, creates, isAbout, makes } from "./call.ts";
import { boundBy, filled, isGenerated, valuesFor } from "./fill.ts";
import { listedAction } from "./listed.ts";
import { literal } from "./literal.ts";
import { type FoundResource, specialResources } from "./special-resources.ts";

interface Told {
  readonly arns: readonly string[];
  readonly why: string;
}

/** One action of one record names at most this many resources. */
const most = 500;

const serviceOf = (info: ActionInfo) => info.action.slice(0, info.action.indexOf(":"));

/** SQS names its queues by URL. */
function queueArns(call: Call): string[] {
  const { partition, region } = call.place;
  return (call.request.byName.get("queueurl") ?? []).flatMap((url) => {
    const [, host, account, name] =
      /^https?:\/\/([a-z0-9.-]+)\/(\d{12})\/([\w-]+(?:\.fifo)?)$/.exec(url) ?? [];
    const where = /^sqs\.([a-z0-9-]+)\.amazonaws\./.exec(host ?? "")?.[1] ?? region;
    return name === undefined || where === null ? [] : [`arn:${partition}:sqs:${where}:${account}:${name}`];
  });
}

/** ARNs that stand in the record: strictly those of the formats; only where there is none, the wider reading. */
function byArn(call: Call, type: ResourceType, formats: readonly ArnFormat[]): Told | null {
  const own = call.record.resources.flatMap(({ arn }) => literal(arn) ?? []);
  const all = [...own, ...call.request.arns, ...queueArns(call)];
  if (all.length === 0) {
    return null;
  }
  for (const kind of ["strict", "loose"] as const) {
    const arns = all.filter((arn) => formats.some((format) => format[kind].test(arn)));
    if (arns.length > 0) {
      return { arns, why: `${type.name}: the record has its ARN` };
    }
  }
  return null;
}

function byName(
  call: Call,
  info: ActionInfo,
  type: ResourceType,
  formats: readonly ArnFormat[],
): Told | null {
  // A lone `name` is the thing that the call makes, or, where it makes nothing, the only thing it can be about.
  const single =
    info.resourceTypes.length === 1 && formats.every(({ placeholders }) => placeholders.length === 1);
  const plainNames = isAbout(call, type) || (single && !makes(call));
  for (const format of formats) {
    if (lacksPath(call, info, type, format)) continue;
    const own = ownName(format);
    const named = format.placeholders.map((name, index) =>
      valuesFor(call, call.request, serviceOf(info), type, name, plainNames && index === own),
    );
    // Another thing's ARN may tell a part, but something must name this thing itself.
    const lists = named.some((list) => list.length > 0) ? completed(call, info, format, named) : named;
    if (lists.length > 0 && lists.every((list) => list.length > 0)) {
      return { arns: filled(format, call.place, lists), why: `${type.name}: named by the request` };
    }
  }
  return null;
}

/** IAM names what has a path by its name alone: only a call that makes the thing tells where it lies. */
function lacksPath(call: Call, info: ActionInfo, type: ResourceType, { placeholders }: ArnFormat): boolean {
  return placeholders.some((name) => name.endsWith("WithPath")) && !creates(call, info.action, type);
}

/** Which placeholder a lone `name` can be meant to fill: the last one that is given and not made by AWS. */
function ownName({ placeholders }: ArnFormat): number {
  const given = placeholders.findLastIndex((name) => !isGenerated(name));
  return given === -1 ? placeholders.length - 1 : given;
}

function completed(call: Call, info: ActionInfo, format: ArnFormat, lists: readonly (readonly string[])[]) {
  return format.placeholders.map((name, index) => {
    const list = lists[index] ?? [];
    return list.length > 0 ? list : boundBy(call.request, serviceOf(info), name);
  });
}

/** What the call creates has no id yet when AWS checks, so it checks `type/*`. Everything before the id is told. */
function byCreation(
  call: Call,
  info: ActionInfo,
  type: ResourceType,
  formats: readonly ArnFormat[],
): Told | null {
  if (call.record.requestParameters === null || !creates(call, info.action, type)) {
    return null;
  }
  const arns = formats.flatMap((format) => {
    const own = ownName(format);
    const named = format.placeholders.map((name, index) =>
      valuesFor(call, call.request, serviceOf(info), type, name, index === own),
    );
    const lists = completed(call, info, format, named).map((told, index) => {
      const name = format.placeholders[index] ?? "";
      const last = index === format.placeholders.length - 1;
      return told.length === 0 && last && isGenerated(name) ? ["*"] : told;
    });
    return lists.length === 0 ? [] : filled(format, call.place, lists);
  });
  return arns.length === 0 ? null : { arns, why: `${type.name}: created by this call, so it has no id yet` };
}

/** A type of which each account has but one, where the action has no other. */
function byNature(
  call: Call,
  info: ActionInfo,
  type: ResourceType,
  formats: readonly ArnFormat[],
): Told | null {
  const fixed = formats.filter(({ placeholders }) => placeholders.length === 0);
  return fixed.length !== 1 || info.resourceTypes.length > 1
    ? null
    : {
        arns: fixed.flatMap((format) => filled(format, call.place, [])),
        why: `${type.name}: there is but one`,
      };
}

/** What exists already and the response names (the subnet of an instance), where the request left it to AWS. */
function byResponse(
  call: Call,
  info: ActionInfo,
  type: ResourceType,
  formats: readonly ArnFormat[],
): Told | null {
  if (!type.required || call.record.requestParameters === null) {
    return null;
  }
  const arns = formats.flatMap((format) => {
    const whole = call.response.arns.filter((arn) => format.strict.test(arn));
    const lists = format.placeholders.map((name) =>
      valuesFor(call, call.response, serviceOf(info), type, name, false),
    );
    const isTold = whole.length > 0 || lists.length === 0 || lacksPath(call, info, type, format);
    return isTold ? whole : filled(format, call.place, lists);
  });
  return arns.length === 0 ? null : { arns, why: `${type.name}: named by the response` };
}

function ofType(call: Call, info: ActionInfo, type: ResourceType): Told | null {
  const formats = type.arnFormats.map(arnFormat);
  return (
    byArn(call, type, formats) ??
    byName(call, info, type, formats) ??
    byCreation(call, info, type, formats) ??
    byNature(call, info, type, formats) ??
    byResponse(call, info, type, formats)
  );
}

/** Where the thing can lie that a call names and IAM keeps below a path; none where it is not one thing. */
function placesOfNamed(call: Call, info: ActionInfo): readonly string[] {
  const required = info.resourceTypes.filter((type) => type.required);
  const [type, ...others] = required.length > 0 ? required : info.resourceTypes;
  const [text, ...more] = type?.arnFormats ?? [];
  if (type === undefined || text === undefined || others.length > 0 || more.length > 0) return [];
  const format = arnFormat(text);
  const [placeholder = "", ...further] = format.placeholders;
  if (!placeholder.endsWith("WithPath") || further.length > 0) return [];
  const values = valuesFor(call, call.request, serviceOf(info), type, placeholder, isAbout(call, type));
  const [value] = values;
  if (value === undefined || values.length > 1) return [];
  return [`*/${value}`, value].flatMap((path) => fillFormat(format, call.place, () => path) ?? []);
}

/** A resource that is not told, with the parts of it that are. */
function untold(call: Call, info: ActionInfo): FoundResource {
  const places = placesOfNamed(call, info);
  if (places.length > 0) {
    const why = "the record tells a name, and not the path before it";
    return { resource: null, why, patterns: places };
  }
  const patterns = widenedResources(info.action, call.place, (type, placeholder) => {
    const values = valuesFor(call, call.request, serviceOf(info), type, placeholder, isAbout(call, type));
    return values.length === 1 ? (values[0] ?? null) : null;
  });
  return { resource: null, why: "the record does not tell the resource", patterns };
}

/**
 * The resources on which an action was checked: ARNs from `resources[]` and the request, else the formats of the
 * action's resource types filled from request and response, with the account, Region and partition of the record.
 * `*` only for an action without resource types; one null where the record does not tell. Names are literal: a
 * `*` in a name never becomes a pattern. Nothing is taken from an error message.
 */
export function resourcesOf(call: Call, mapped: MappedAction): readonly FoundResource[] {
  const info = listedAction(mapped.action);
  if (info === undefined || info.resourceTypes.length === 0) {
    return [{ resource: "*", why: "the action takes no resource" }];
  }
  const special = specialResources(call, mapped);
  if (special !== null) {
    const told = special.filter(({ resource }) => resource !== null);
    return told.length > 0 ? told.slice(0, most) : [untold(call, info)];
  }
  // Tags given at creation are checked on what is created, not on what it is made from.
  const made = info.resourceTypes.filter((type) => mapped.extra && creates(call, mapped.action, type));
  const whys = new Map<string, string>();
  for (const type of made.length > 0 ? made : info.resourceTypes) {
    const told = ofType(call, info, type);
    for (const arn of told?.arns.slice(0, most) ?? []) {
      whys.set(arn, whys.get(arn) ?? told?.why ?? type.name);
    }
  }
  // Glue checks its catalog with everything that lies in it.
  const catalog = info.resourceTypes.find(({ name }) => name === "rootcatalog");
  if (whys.size > 0 && catalog !== undefined && serviceOf(info) === "glue") {
    for (const arn of catalog.arnFormats.flatMap((text) => filled(arnFormat(text), call.place, []))) {
      whys.set(arn, "the catalog that holds it");
    }
  }
  const found = [...whys].slice(0, most).map(([resource, why]) => ({ resource, why }));
  return found.length > 0 ? found : [untold(call, info)];
}
