import { widenedResources } from "@plp/iam-policy/widened";
import type { MappedAction } from "./action.ts";
import { fillFormat } from "./arn-format.ts";
import { type Call, creates, isAbout, requestOf, responseOf } from "./call.ts";
import { boundBy, filled, valuesFor } from "./fill.ts";
import { literal } from "./literal.ts";
import { type ActionShape, type FormatShape, shapeOf, type TypeShape } from "./shape.ts";
import { type FoundResource, specialResources } from "./special-resources.ts";
import type { Values } from "./values.ts";

interface Told {
  readonly arns: readonly string[];
  readonly why: string;
}

/** One action of one record names at most this many resources. */
const most = 500;

/** SQS names its queues by URL. */
function queueArns(call: Call, urls: readonly string[]): string[] {
  const { partition, region } = call.place;
  return urls.flatMap((url) => {
    const [, host, account, name] =
      /^https?:\/\/([a-z0-9.-]+)\/(\d{12})\/([\w-]+(?:\.fifo)?)$/.exec(url) ?? [];
    const where = /^sqs\.([a-z0-9-]+)\.amazonaws\./.exec(host ?? "")?.[1] ?? region;
    return name === undefined || where === null ? [] : [`arn:${partition}:sqs:${where}:${account}:${name}`];
  });
}

/** Every ARN that stands in the record, its response apart. */
function arnsOf(call: Call): readonly string[] {
  const { resources } = call.record;
  const { arns, byName } = requestOf(call);
  const urls = byName.get("queueurl");
  return resources.length === 0 && urls === undefined
    ? arns
    : [...resources.flatMap(({ arn }) => literal(arn) ?? []), ...arns, ...queueArns(call, urls ?? [])];
}

/** ARNs that stand in the record: strictly those of the formats; only where there is none, the wider reading. */
function byArn(all: readonly string[], type: TypeShape): Told | null {
  if (all.length === 0) {
    return null;
  }
  for (const kind of ["strict", "loose"] as const) {
    const arns = all.filter((arn) => type.formats.some(({ format }) => format[kind].test(arn)));
    if (arns.length > 0) {
      return { arns, why: `${type.name}: the record has its ARN` };
    }
  }
  return null;
}

const isEmpty = (list: readonly string[]) => list.length === 0;

function byName(call: Call, shape: ActionShape, type: TypeShape): Told | null {
  // A lone `name` is the thing that the call makes, or, where it makes nothing, the only thing it can be about.
  const plainNames = isAbout(call, type) || (type.isLone && !call.makes);
  for (const format of type.formats) {
    if (lacksPath(call, type, format)) continue;
    const named = valuesForEach(call, requestOf(call), format, plainNames);
    // Another thing's ARN may tell a part, but something must name this thing itself.
    if (named.every(isEmpty)) continue;
    const lists = completed(call, shape, format, named);
    if (!lists.some(isEmpty)) {
      return { arns: filled(format.format, call.place, lists), why: `${type.name}: named by the request` };
    }
  }
  return null;
}

/** What fills each blank of a format. `plainNames`: the parameter `name` (or `id`) may be meant for its own one. */
function valuesForEach(call: Call, values: Values, { blanks, own }: FormatShape, plainNames: boolean) {
  return blanks.map((blank, index) => valuesFor(call, values, blank, plainNames && index === own));
}

function lacksPath(call: Call, type: TypeShape, { hasPath }: FormatShape): boolean {
  return hasPath && !creates(call, type);
}

function completed(
  call: Call,
  { service }: ActionShape,
  { blanks }: FormatShape,
  lists: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const values = requestOf(call);
  return values.arns.length === 0
    ? lists
    : lists.map((list, index) =>
        list.length > 0 ? list : boundBy(values, service, blanks[index]?.placeholder ?? ""),
      );
}

/** What the call creates has no id yet when AWS checks, so it checks `type/*`. Everything before the id is told. */
function byCreation(call: Call, shape: ActionShape, type: TypeShape): Told | null {
  if (call.record.requestParameters === null || !creates(call, type)) {
    return null;
  }
  const arns = type.formats.flatMap((format) => {
    const { blanks } = format;
    const named = valuesForEach(call, requestOf(call), format, true);
    const lists = completed(call, shape, format, named).map((told, index) => {
      const isNew = told.length === 0 && index === blanks.length - 1 && blanks[index]?.isGenerated;
      return isNew ? ["*"] : told;
    });
    return lists.length === 0 ? [] : filled(format.format, call.place, lists);
  });
  return arns.length === 0 ? null : { arns, why: `${type.name}: created by this call, so it has no id yet` };
}

/** A type of which each account has but one, where the action has no other. */
function byNature(call: Call, { name, only }: TypeShape): Told | null {
  return only === null
    ? null
    : { arns: filled(only.format, call.place, []), why: `${name}: there is but one` };
}

/** What exists already and the response names (the subnet of an instance), where the request left it to AWS. */
function byResponse(call: Call, type: TypeShape): Told | null {
  if (!type.listed.required || call.record.requestParameters === null) {
    return null;
  }
  const arns = type.formats.flatMap((format) => {
    const response = responseOf(call);
    const whole = response.arns.filter((arn) => format.format.strict.test(arn));
    const isTold = whole.length > 0 || format.blanks.length === 0 || lacksPath(call, type, format);
    return isTold ? whole : filled(format.format, call.place, valuesForEach(call, response, format, false));
  });
  return arns.length === 0 ? null : { arns, why: `${type.name}: named by the response` };
}

function ofType(call: Call, shape: ActionShape, type: TypeShape, arns: readonly string[]): Told | null {
  return (
    byArn(arns, type) ??
    byName(call, shape, type) ??
    byCreation(call, shape, type) ??
    byNature(call, type) ??
    byResponse(call, type)
  );
}

/** Where the thing can lie that a call names and IAM keeps below a path; none where it is not one thing. */
function placesOfNamed(call: Call, { below }: ActionShape): readonly string[] {
  if (below === null) return [];
  const { type, format, blank } = below;
  const values = valuesFor(call, requestOf(call), blank, isAbout(call, type));
  const [value] = values;
  if (value === undefined || values.length > 1) return [];
  return [`*/${value}`, value].flatMap((path) => fillFormat(format, call.place, [path]) ?? []);
}

/** A resource that is not told, with the parts of it that are. */
function untold(call: Call, shape: ActionShape): FoundResource {
  const places = placesOfNamed(call, shape);
  if (places.length > 0) {
    const why = "the record tells a name, and not the path before it";
    return { resource: null, why, patterns: places };
  }
  const patterns = widenedResources(shape.action, call.place, (listed, placeholder) => {
    const type = shape.types.find((one) => one.listed === listed);
    const blanks = type?.formats.flatMap((format) => format.blanks);
    const blank = blanks?.find((one) => one.placeholder === placeholder);
    if (type === undefined || blank === undefined) return null;
    const values = valuesFor(call, requestOf(call), blank, isAbout(call, type));
    return values.length === 1 ? (values[0] ?? null) : null;
  });
  return { resource: null, why: "the record does not tell the resource", patterns };
}

/** The resources of these types, each once; Glue's catalog beside what lies in it. */
function toldOf(call: Call, shape: ActionShape, types: readonly TypeShape[]): readonly FoundResource[] {
  const arns = arnsOf(call);
  const told = types.map((type) => ofType(call, shape, type, arns));
  const first = told[0];
  const resource = first?.arns[0];
  // As nearly always.
  if (told.length === 1 && first?.arns.length === 1 && resource !== undefined && shape.catalog === null) {
    return [{ resource, why: first.why }];
  }
  const whys = new Map<string, string>();
  for (const one of told) {
    if (one === null) continue;
    for (const arn of one.arns.slice(0, most)) {
      if (!whys.has(arn)) whys.set(arn, one.why);
    }
  }
  if (whys.size > 0) {
    for (const { format } of shape.catalog?.formats ?? []) {
      for (const arn of filled(format, call.place, [])) whys.set(arn, "the catalog that holds it");
    }
  }
  return [...whys].slice(0, most).map(([resource, why]) => ({ resource, why }));
}

const noResource: readonly FoundResource[] = [{ resource: "*", why: "the action takes no resource" }];

/**
 * The resources on which an action was checked: ARNs from `resources[]` and the request, else the formats of the
 * action's resource types filled from request and response, with the account, Region and partition of the record.
 * `*` only for an action without resource types; one null where the record does not tell. Names are literal: a
 * `*` in a name never becomes a pattern. Nothing is taken from an error message.
 */
export function resourcesOf(call: Call, mapped: MappedAction): readonly FoundResource[] {
  const shape = shapeOf(mapped.action);
  if (shape === null || shape.types.length === 0) {
    return noResource;
  }
  const special = specialResources(call, mapped, shape);
  if (special !== null) {
    const told = special.filter(({ resource }) => resource !== null);
    return told.length > 0 ? told.slice(0, most) : [untold(call, shape)];
  }
  // Tags given at creation are checked on what is created, not on what it is made from.
  const made = mapped.extra ? shape.types.filter((type) => creates(call, type)) : [];
  const found = toldOf(call, shape, made.length > 0 ? made : shape.types);
  return found.length > 0 ? found : [untold(call, shape)];
}
