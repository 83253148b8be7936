import type { MappedAction } from "./action.ts";
import { pathOf } from "./apigateway.ts";
import { fillAll } from "./arn-format.ts";
import { type Call, creates, requestOf } from "./call.ts";
import { literal } from "./literal.ts";
import { isFields, textOf } from "./record.ts";
import { type ActionShape, shapeOf, type TypeShape } from "./shape.ts";
import { ec2Ids } from "./tables/ec2-ids.ts";

export interface FoundResource {
  /** An ARN, `*` for an action that has no resource type, null where the record does not tell. */
  readonly resource: string | null;
  readonly why: string;
  /** For a resource that is not told: what the record does tell of it, `*` for the rest. */
  readonly patterns?: readonly string[];
}

type Finder = (call: Call, mapped: MappedAction, shape: ActionShape) => readonly FoundResource[] | null;

/** `arn:aws:<service>:<region>:<account>:`, null where the record tells no Region or account. */
function prefix(call: Call, service: string): string | null {
  const { partition, region, accountId } = call.place;
  return region === null || accountId === null ? null : `arn:${partition}:${service}:${region}:${accountId}:`;
}

const some = (resources: readonly string[], why: string): FoundResource[] | null =>
  resources.length === 0 ? null : [...new Set(resources)].map((resource) => ({ resource, why }));

const apiGateway: Finder = (call) => {
  const path = pathOf(call.name, call.record.requestParameters);
  const { partition, region } = call.place;
  const tags = call.name === "TagResource" || call.name === "UntagResource";
  return path === null || region === null || tags
    ? [{ resource: null, why: "the record does not tell the path" }]
    : [{ resource: `arn:${partition}:apigateway:${region}::${path}`, why: "the path of the request" }];
};

const copySource: Finder = (call, { from }) => {
  if (from !== "source") {
    return null;
  }
  const header =
    textOf(call.record.requestParameters?.["x-amz-copy-source"])?.replace(/\?versionId=.*$/, "") ?? "";
  let path = "";
  try {
    path = decodeURIComponent(header).replace(/^\//, "");
  } catch {
    // Not a path that S3 could have read.
  }
  const value = literal(path);
  const told = value?.includes("/") === true && !value.startsWith("arn:");
  return [{ resource: told ? `arn:${call.place.partition}:s3:::${value}` : null, why: "x-amz-copy-source" }];
};

/** A secret's ARN ends with six random characters, which a caller who names the secret does not know. */
const secret: Finder = (call) => {
  const created = call.name === "CreateSecret" ? requestOf(call).top.get("name") : undefined;
  const names = (created ?? requestOf(call).byName.get("secretid") ?? []).filter(
    (name) => !name.startsWith("arn:"),
  );
  const start = prefix(call, "secretsmanager");
  const known = call.record.resources.some(({ arn }) => arn?.includes(":secret:"));
  return known || start === null
    ? null
    : some(
        names.map((name) => `${start}secret:${name}-??????`),
        "named by the request; the last six characters are AWS's",
      );
};

const reEncrypt: Finder = (call, { from }) => {
  if (from === null) {
    return null;
  }
  const parameter = from === "source" ? "sourceKeyId" : "destinationKeyId";
  const key = literal(textOf(call.record.requestParameters?.[parameter]));
  const start = prefix(call, "kms");
  const told = key !== null && !key.includes("alias/") && (key.startsWith("arn:") || start !== null);
  return [{ resource: told ? (key.startsWith("arn:") ? key : `${start}key/${key}`) : null, why: parameter }];
};

/** What an item of a transaction is called on which the action is checked. */
const itemOf: ReadonlyMap<string, string> = new Map([
  ["dynamodb:PutItem", "put"],
  ["dynamodb:UpdateItem", "update"],
  ["dynamodb:DeleteItem", "delete"],
  ["dynamodb:ConditionCheckItem", "conditionCheck"],
]);

/** Batches and transactions hold their tables as keys or inside items, each action its own. */
const tables: Finder = (call, { action }) => {
  const parameters = call.record.requestParameters;
  const start = prefix(call, "dynamodb");
  if (start === null || parameters === null) {
    return null;
  }
  if (call.name === "Query" || call.name === "Scan") {
    const [table] = requestOf(call).top.get("tablename") ?? [];
    const [index] = requestOf(call).top.get("indexname") ?? [];
    if (table !== undefined && index !== undefined) {
      const arn = table.startsWith("arn:") ? table : `${start}table/${table}`;
      return some([`${arn}/index/${index}`], "a query of an index is checked on the index");
    }
  }
  const { requestItems, transactItems } = parameters;
  const own = itemOf.get(action);
  const names = isFields(requestItems) ? Object.keys(requestItems) : [];
  if (Array.isArray(transactItems) && own !== undefined) {
    for (const item of transactItems.filter(isFields)) {
      const inner = item[own];
      if (isFields(inner)) names.push(textOf(inner.tableName) ?? "");
    }
  }
  const arns = names.flatMap((name) => {
    const value = literal(name);
    return value === null ? [] : [value.startsWith("arn:") ? value : `${start}table/${value}`];
  });
  return some(arns, "the tables of the request's items");
};

/** `ec2:CreateTags` beside a creation is checked on the types that the request wants tagged. */
function createdTags(call: Call): readonly FoundResource[] | null {
  const types = requestOf(call).byName.get("resourcetype") ?? [];
  const known = shapeOf("ec2:CreateTags")?.types.filter(({ name }) => types.includes(name)) ?? [];
  const arns = known.flatMap((type) => filledWith(type, call, "*"));
  return some(arns, "tagged while it is created, before it has an id");
}

/** A type's ARNs with that one value in them. */
function filledWith(type: TypeShape, call: Call, value: string): string[] {
  return type.formats.flatMap(({ format }) => fillAll(format, call.place, value) ?? []);
}

const ec2: Finder = (call, { action, extra }, { types }) => {
  if (action === "ec2:CreateTags" && extra) {
    return createdTags(call);
  }
  if (!["CreateTags", "DeleteTags", "CreateFlowLogs"].includes(call.name)) {
    return null;
  }
  const made = types.filter((type) => call.name === "CreateFlowLogs" && creates(call, type));
  const ids = requestOf(call).byName.get("resourceid") ?? [];
  const arns = ids.flatMap((id) => {
    const name = ec2Ids[id.replace(/-[0-9a-zA-Z]+$/, "")];
    const type = types.find((one) => one.name === name);
    return type === undefined ? [] : filledWith(type, call, id);
  });
  const fresh = made.flatMap((type) => filledWith(type, call, "*"));
  return some([...arns, ...fresh], "the ids of the request tell their types");
};

/** All but the tagging calls of CloudWatch Logs are checked on `log-group:NAME:*`, as its guide says. */
const logGroup: Finder = (call, { action }, { types }) => {
  const start = prefix(call, "logs");
  const tagging = ["logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource"].includes(action);
  const groups =
    types.some(({ name }) => name === "log-group") && !types.some(({ name }) => name === "log-stream");
  const names = (requestOf(call).byName.get("loggroupname") ?? []).filter((name) => !name.startsWith("arn:"));
  if (tagging || start === null || !groups || names.length === 0) {
    return null;
  }
  const others = types.filter(({ name }) => name !== "log-group").flatMap(({ formats }) => formats);
  const arns = requestOf(call).arns.filter((arn) => others.some(({ format }) => format.strict.test(arn)));
  return some(
    [...names.map((name) => `${start}log-group:${name}:*`), ...arns],
    "Logs checks a group with its streams",
  );
};

/** A task definition is named `family:revision`, or by its family alone. */
const taskDefinition: Finder = (call, { action }) => {
  const start = prefix(call, "ecs");
  const named = requestOf(call).top.get("taskdefinition") ?? [];
  const arns = named
    .filter((name) => /^[\w-]+:\d+$/.test(name))
    .map((name) => `${start}task-definition/${name}`);
  return start === null || !["ecs:RunTask", "ecs:StartTask"].includes(action)
    ? null
    : some(arns, "named by the request");
};

/** Version 2 of Elastic Load Balancing puts the kind of balancer into the ARN. */
const loadBalancer: Finder = (call, { action }) => {
  const start = prefix(call, "elasticloadbalancing");
  const [name] = requestOf(call).top.get("name") ?? [];
  if (action !== "elasticloadbalancing:CreateLoadBalancer" || start === null || name === undefined) {
    return null;
  }
  const kinds: Readonly<Record<string, string>> = { application: "app", network: "net", gateway: "gwy" };
  const kind = kinds[requestOf(call).top.get("type")?.[0] ?? "application"] ?? "app";
  return some([`${start}loadbalancer/${kind}/${name}/*`], "created by this call, so it has no id yet");
};

/** What IAM names by another thing's name: an OpenID provider by its URL, a service-linked role by its service. */
const iam: Finder = (call) => {
  const { partition, accountId } = call.place;
  if (accountId === null) {
    return null;
  }
  const start = `arn:${partition}:iam::${accountId}:`;
  if (call.name === "CreateOpenIDConnectProvider") {
    const host = requestOf(call)
      .top.get("url")?.[0]
      ?.replace(/^https:\/\//, "");
    return host === undefined ? null : some([`${start}oidc-provider/${host}`], "the URL of the request");
  }
  if (call.name === "CreateServiceLinkedRole") {
    const [service] = requestOf(call).top.get("awsservicename") ?? [];
    return service === undefined
      ? null
      : some([`${start}role/aws-service-role/${service}/*`], "the service whose role is created");
  }
  return null;
};

const topicOfSubscription: Finder = (call) => {
  const arns = requestOf(call).byName.get("subscriptionarn") ?? [];
  const topics = arns.flatMap((arn) => /^(arn:[^:]*:sns:[^:]*:[^:]*:[^:]+):[^:]+$/.exec(arn)?.[1] ?? []);
  return some(topics, "a subscription is checked on its topic");
};

const bedrock: Finder = (call, { action }) => {
  const model = literal(textOf(call.record.requestParameters?.modelId));
  if (!action.startsWith("bedrock:InvokeModel") || model === null || model.startsWith("arn:")) {
    return null;
  }
  const { partition, region } = call.place;
  const start = prefix(call, "bedrock");
  if (/^(us|eu|apac|jp|au|global|us-gov)\./.test(model)) {
    return start === null ? null : some([`${start}inference-profile/${model}`], "modelId names a profile");
  }
  return region === null
    ? null
    : some(
        [`arn:${partition}:bedrock:${region}::foundation-model/${model}`],
        "modelId names a foundation model",
      );
};

const webAcl: Finder = (call, { action }) => {
  const [scope, name, id] = ["scope", "name", "id"].map((key) => requestOf(call).top.get(key)?.[0]);
  const start = prefix(call, "wafv2");
  const kind = /(WebACL|IPSet|RuleGroup|RegexPatternSet)$/.exec(call.name)?.[1]?.toLowerCase();
  if (start === null || kind === undefined || scope === undefined || name === undefined) {
    return null;
  }
  const where = scope === "CLOUDFRONT" ? "global" : "regional";
  const last = id ?? (action.startsWith("wafv2:Create") ? "*" : undefined);
  const own = last === undefined ? [] : [`${start}${where}/${kind}/${name}/${last}`];
  return some(
    [...own, ...requestOf(call).arns.filter((arn) => arn.includes(":wafv2:"))],
    "scope, name and id",
  );
};

const ssmTags: Finder = (call) => {
  const [kind] = requestOf(call).top.get("resourcetype") ?? [];
  const types: Readonly<Record<string, string>> = {
    Document: "document/",
    MaintenanceWindow: "maintenancewindow/",
    ManagedInstance: "managed-instance/",
    Parameter: "parameter/",
    PatchBaseline: "patchbaseline/",
  };
  const type = kind !== undefined && Object.hasOwn(types, kind) ? types[kind] : undefined;
  const start = prefix(call, "ssm");
  const ids = requestOf(call).top.get("resourceid") ?? [];
  return start === null || type === undefined
    ? null
    : some(
        ids.map((id) => `${start}${type}${id.replace(/^\//, "")}`),
        "resourceType and resourceId",
      );
};

const finders: ReadonlyMap<string, Finder> = new Map(
  Object.entries({
    apigateway: apiGateway,
    bedrock,
    dynamodb: tables,
    ec2,
    ecs: taskDefinition,
    elasticloadbalancing: loadBalancer,
    iam,
    kms: reEncrypt,
    logs: logGroup,
    s3: copySource,
    secretsmanager: secret,
    sns: topicOfSubscription,
    ssm: ssmTags,
    wafv2: webAcl,
  }),
);

/** Resources of calls that name them in a way of their own; null where the general way serves. */
export function specialResources(
  call: Call,
  mapped: MappedAction,
  shape: ActionShape,
): readonly FoundResource[] | null {
  return finders.get(shape.service)?.(call, mapped, shape) ?? null;
}
