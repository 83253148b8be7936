import { verbOf } from "./apigateway.ts";
import { listedAction } from "./listed.ts";
import { type Fields, isFields, type TrailRecord, textOf } from "./record.ts";
import { remembered, rememberedPair } from "./remembered.ts";
import { calls, needNothing } from "./tables/calls.ts";
import { s3Calls, s3Extras, s3Versioned } from "./tables/s3.ts";
import { servicePrefixes } from "./tables/services.ts";

export interface MappedAction {
  /** In the spelling of AWS's list. */
  readonly action: string;
  readonly why: string;
  /** Checked beside the call's main action because of what the request asked for (tags, ACLs). */
  readonly extra: boolean;
  /** Where the resource stands for this action when it is not where the call's main resource stands. */
  readonly from: "source" | "destination" | null;
}

export type Mapping =
  | { readonly kind: "actions"; readonly actions: readonly MappedAction[] }
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "unmapped"; readonly why: string };

const version = /_?(19|20)\d\d_?\d\d_?\d\d(v\d+)?$/;

/** `Invoke20150331` → `Invoke`, `CreateDistribution2015_07_27` → `CreateDistribution`. */
export const withoutVersion = remembered((eventName) => eventName.replace(version, ""));

/** The IAM prefixes under which calls of an eventSource are checked, in the order of likelihood. */
const prefixesOf = remembered((eventSource): readonly string[] => {
  const name = eventSource.toLowerCase().replace(/\.(amazonaws\.com(\.cn)?|aws\.internal|api\.aws)$/, "");
  const renamed = Object.hasOwn(servicePrefixes, name) ? servicePrefixes[name] : undefined;
  return renamed ?? [name];
});

function mapped(names: readonly string[], why: string, extra = false): MappedAction[] {
  return names.flatMap((name) => {
    const action = listedAction(name)?.action;
    return action === undefined ? [] : [{ action, why, extra, from: null }];
  });
}

function ofTable(table: Readonly<Record<string, readonly string[]>> | undefined, name: string) {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}

const copies = ["CopyObject", "UploadPartCopy"];
const s3Writes = ["PutObject", "PostObject", "CreateMultipartUpload", "InitiateMultipartUpload"];
const byItems = ["TransactWriteItems", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"];

function s3Actions(name: string, parameters: Fields): MappedAction[] | null {
  const versioned = textOf(parameters.versionId) !== null;
  const swap = (action: string) => (versioned ? (s3Versioned[action] ?? action) : action);
  if (copies.includes(name)) {
    const source = textOf(parameters["x-amz-copy-source"])?.includes("versionId=") === true;
    const [read] = mapped([source ? "s3:GetObjectVersion" : "s3:GetObject"], `${name} reads its source`);
    const [write] = mapped(["s3:PutObject"], `${name} writes its destination`);
    return [
      ...(write === undefined ? [] : [write]),
      ...(read === undefined ? [] : [{ ...read, from: "source" as const }]),
      ...s3ExtraActions("object", parameters),
    ];
  }
  if (name === "GetObjectAttributes") {
    return mapped([swap("s3:GetObject"), swap("s3:GetObjectAttributes")], `${name} checks both`);
  }
  const main = ofTable(s3Calls, name) ?? [`s3:${name}`];
  const why = main[0] === `s3:${name}` ? "the call's own name" : `S3 checks ${name} as this`;
  const actions = mapped(main.map(swap), versioned ? `${why}, on a version` : why);
  if (actions.length === 0) {
    return null;
  }
  const kind = s3Writes.includes(name) ? "object" : name === "CreateBucket" ? "bucket" : null;
  return kind === null ? actions : [...actions, ...s3ExtraActions(kind, parameters)];
}

function s3ExtraActions(kind: "object" | "bucket", parameters: Fields): MappedAction[] {
  const present = Object.entries(s3Extras[kind] ?? {}).filter(([key]) => textOf(parameters[key]) !== null);
  return present.flatMap(([key, names]) => mapped(names, `the request sets ${key}`, true));
}

const transactions: Readonly<Record<string, string>> = {
  conditionCheck: "dynamodb:ConditionCheckItem",
  put: "dynamodb:PutItem",
  update: "dynamodb:UpdateItem",
  delete: "dynamodb:DeleteItem",
};

function transactActions(parameters: Fields): MappedAction[] {
  const items = Array.isArray(parameters.transactItems) ? parameters.transactItems.filter(isFields) : [];
  const names = Object.entries(transactions).filter(([key]) => items.some((item) => isFields(item[key])));
  return mapped(
    names.map(([, action]) => action),
    "the transaction holds such an item",
  );
}

const statements: Readonly<Record<string, string>> = {
  select: "dynamodb:PartiQLSelect",
  insert: "dynamodb:PartiQLInsert",
  update: "dynamodb:PartiQLUpdate",
  delete: "dynamodb:PartiQLDelete",
};

function partiqlActions(parameters: Fields): MappedAction[] {
  const lists = [parameters.statements, parameters.transactStatements].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  const texts = [parameters, ...lists.filter(isFields)].map((holder) => textOf(holder.statement) ?? "");
  const words = new Set(texts.map((text) => /^[a-z]+/i.exec(text)?.[0].toLowerCase() ?? ""));
  const names = Object.entries(statements).filter(([word]) => words.has(word));
  return mapped(
    names.map(([, action]) => action),
    "the verb of the PartiQL statement",
  );
}

function special(prefix: string, name: string, parameters: Fields | null): MappedAction[] | null {
  if (prefix === "s3") {
    return s3Actions(name, parameters ?? {});
  }
  if (prefix === "apigateway") {
    const verb = verbOf(name, parameters);
    return verb === null
      ? null
      : mapped([`apigateway:${verb}`], `API Gateway checks ${name} as its HTTP verb`);
  }
  if (prefix === "dynamodb" && name === "TransactWriteItems") {
    return transactActions(parameters ?? {});
  }
  if (prefix === "dynamodb" && byItems.includes(name)) {
    return partiqlActions(parameters ?? {});
  }
  if (prefix === "kms" && name === "ReEncrypt") {
    const [from] = mapped(["kms:ReEncryptFrom"], "ReEncrypt decrypts with the source key");
    const [to] = mapped(["kms:ReEncryptTo"], "ReEncrypt encrypts with the destination key");
    return [
      ...(from === undefined ? [] : [{ ...from, from: "source" as const }]),
      ...(to === undefined ? [] : [{ ...to, from: "destination" as const }]),
    ];
  }
  const table = Object.hasOwn(calls, prefix) ? ofTable(calls[prefix], name) : undefined;
  return table === undefined ? null : mapped(table, `${prefix} checks ${name} as this`);
}

/** Tags given at creation are checked as a call of the tagging action; only where the request shows tags. */
function taggingExtras(prefix: string, name: string, parameters: Fields | null): MappedAction[] {
  if (prefix === "ec2" && name !== "CreateTags" && isFields(parameters?.tagSpecificationSet)) {
    const { items } = parameters.tagSpecificationSet;
    return Array.isArray(items) && items.length > 0
      ? mapped(["ec2:CreateTags"], "the request sets tags", true)
      : [];
  }
  const tags = parameters?.tags ?? parameters?.tagList;
  const tagged = (Array.isArray(tags) && tags.length > 0) || (isFields(tags) && Object.keys(tags).length > 0);
  if (!tagged || !/^(Create|Copy|Restore|Run|Start|Register|Import|Purchase|Put|Request)/.test(name)) {
    return [];
  }
  const by = { rds: "rds:AddTagsToResource", elasticache: "elasticache:AddTagsToResource" } as Record<
    string,
    string
  >;
  const action = Object.hasOwn(by, prefix) ? by[prefix] : undefined;
  const own = /^(iam)$/.test(prefix) ? `iam:Tag${name.replace(/^Create/, "")}` : undefined;
  const chosen = action ?? own;
  return chosen === undefined ? [] : mapped([chosen], "the request sets tags", true);
}

const insight = "an observation of CloudTrail Insights";

const whyNoCall = remembered((eventType) => {
  const type = eventType.toLowerCase();
  if (type === "awsserviceevent") {
    return "something that AWS did itself";
  }
  if (type === "awsconsolesignin" || type === "awsconsoleaction") {
    return "signing in to the console";
  }
  return type === "awscloudtrailinsight" ? insight : null;
});

function notACall({ eventType, eventCategory }: TrailRecord): string | null {
  const why = eventType === null ? null : whyNoCall(eventType);
  return why ?? (eventCategory !== null && /^insight$/i.test(eventCategory) ? insight : null);
}

/** What of its request can change what a call is checked as; tags can wherever there is a request. */
type Sway = "all" | "parameters" | "version" | "tags";

function swayOf(prefixes: readonly string[], name: string): Sway {
  if (prefixes.includes("apigateway") || prefixes.includes("application-autoscaling")) return "all";
  if (prefixes.includes("dynamodb")) return byItems.includes(name) ? "parameters" : "tags";
  if (!prefixes.includes("s3")) return "tags";
  const asks = name === "CreateBucket" || s3Writes.includes(name) || copies.includes(name);
  return asks ? "parameters" : "version";
}

function isSwayed(sway: Sway, parameters: Fields | null): boolean {
  if (sway === "all" || parameters === null) return sway === "all";
  const { tags, tagList, tagSpecificationSet } = parameters;
  return (
    sway === "parameters" ||
    (sway === "version" && parameters.versionId !== undefined) ||
    tags !== undefined ||
    tagList !== undefined ||
    tagSpecificationSet !== undefined
  );
}

/** Of a call by its source and name alone: a log has the same few again and again. */
const byName = rememberedPair((eventSource, eventName) => ({
  mapping: mapCall(eventSource, eventName, null),
  sway: swayOf(prefixesOf(eventSource), withoutVersion(eventName)),
}));

/**
 * The IAM actions that AWS checked for a record's call, from its source, name and parameters. Only actions of
 * AWS's own list come out. `nothing`: no policy was asked; `unmapped`: nobody here knows, so it is to be reported.
 */
export function mapRecord(record: TrailRecord): Mapping {
  const why = notACall(record);
  if (why !== null) {
    return { kind: "nothing", why };
  }
  const { eventSource, eventName, requestParameters } = record;
  if (eventSource === null || eventName === null) {
    return { kind: "unmapped", why: "the record names no call" };
  }
  const { mapping, sway } = byName(eventSource, eventName);
  return isSwayed(sway, requestParameters) ? mapCall(eventSource, eventName, requestParameters) : mapping;
}

function mapCall(eventSource: string, eventName: string, parameters: Fields | null): Mapping {
  const name = withoutVersion(eventName);
  const prefixes = prefixesOf(eventSource);
  for (const prefix of prefixes) {
    const free = Object.hasOwn(needNothing, `${prefix}:${name}`)
      ? needNothing[`${prefix}:${name}`]
      : undefined;
    if (free !== undefined) {
      return { kind: "nothing", why: free };
    }
  }
  // Application Auto Scaling reports as autoscaling, and two of its calls have namesakes there.
  const scaling = prefixes.includes("application-autoscaling") && textOf(parameters?.serviceNamespace);
  const ordered = scaling ? ["application-autoscaling", ...prefixes] : prefixes;
  for (const prefix of ordered) {
    const own = special(prefix, name, parameters) ?? mapped([`${prefix}:${name}`], "the call's own name");
    if (own.length > 0) {
      const seen = new Set(own.map(({ action }) => action));
      const extras = taggingExtras(prefix, name, parameters).filter(({ action }) => !seen.has(action));
      return { kind: "actions", actions: [...own, ...extras] };
    }
  }
  if (prefixes.includes("signin")) {
    return { kind: "nothing", why: "signing in to the console" };
  }
  return { kind: "unmapped", why: `AWS's list has no action for ${eventSource} ${eventName}` };
}
