import type { ConditionBlock } from "@plp/iam-policy";
import type { MappedAction } from "./action.ts";
import { type Call, requestOf } from "./call.ts";
import { literal } from "./literal.ts";
import { isFields, textOf } from "./record.ts";
import { remembered } from "./remembered.ts";
import { shapeOf } from "./shape.ts";
import { neverPasses, passedTo } from "./tables/passed-to.ts";
import { plainName } from "./values.ts";

export interface PassedRole {
  /** Null where the request names the role without its path. */
  readonly roleArn: string | null;
  /** Where the ARN is null: where the role can lie. */
  readonly patterns: readonly string[];
  readonly condition: ConditionBlock;
  readonly why: string;
}

const roleArn = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
/** Parameters that hand a role over; a principal that is granted something is none. */
const handsOver = /role|credentialsarn|deliverlogspermissionarn|snscallerarn|iamfleet/;
const onlyNames = /principal|grantee|trust|assumed|linked|policydocument|member/;

/** Every `[parameter, role ARN]` of the request; a bounded walk. */
function rolesIn(value: unknown, path: string, depth: number, found: Map<string, string>): void {
  if (depth > 8 || found.size >= 20) {
    return;
  }
  if (isFields(value)) {
    for (const [key, inner] of Object.entries(value)) {
      rolesIn(inner, `${path}/${plainName(key)}`, depth + 1, found);
    }
  } else if (Array.isArray(value)) {
    for (const inner of value.slice(0, 100)) {
      rolesIn(inner, path, depth + 1, found);
    }
  } else {
    const text = textOf(value);
    if (text !== null && roleArn.test(text) && handsOver.test(path) && !onlyNames.test(path)) {
      found.set(text, path.slice(path.lastIndexOf("/") + 1));
    }
  }
}

function serviceOf(source: string, name: string, parameter: string): string {
  const plain = source.replace(/\.amazonaws\.com(\.cn)?$/, "");
  const keys = [`${plain}/${name}/${parameter}`, `${plain}/*/${parameter}`, `${plain}/${name}`, `${plain}/*`];
  return (
    keys.map((key) => (Object.hasOwn(passedTo, key) ? passedTo[key] : undefined)).find(Boolean) ??
    `${plain}.amazonaws.com`
  );
}

const plainSource = remembered((source) =>
  /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(source) ? source.replace(/\..*$/, "") : "",
);

const none: readonly PassedRole[] = [];

/**
 * The roles that a call passed to a service. CloudTrail never records `iam:PassRole`, so it is inferred from role
 * ARNs in the request of a call that writes, with the service as condition. Service-linked roles are not passed.
 */
export function passedRoles(call: Call, actions: readonly MappedAction[]): readonly PassedRole[] {
  const { record, name, place } = call;
  const level = shapeOf(actions[0]?.action ?? "")?.accessLevel;
  if (level === undefined || level === "Read" || level === "List" || level === "Tagging") {
    return none;
  }
  const source = record.eventSource?.toLowerCase() ?? "";
  const prefix = plainSource(source);
  if (prefix === "") {
    return none;
  }
  const passed = (parameter: string) => {
    const service = serviceOf(source, name, parameter);
    const condition = { StringEquals: { "iam:PassedToService": [service] } };
    return { condition, why: `${name} passes the role of ${parameter} to ${service}` };
  };
  if (prefix === "iam" && name === "AddRoleToInstanceProfile") {
    const role = literal(textOf(record.requestParameters?.roleName));
    const below = `arn:${place.partition}:iam::${place.accountId}:role/`;
    const patterns = [`${below}*/${role}`, `${below}${role}`];
    const isRole = role !== null && roleArn.test(`${below}${role}`);
    return isRole ? [{ roleArn: null, patterns, ...passed("rolename") }] : [];
  }
  if (neverPasses.has(prefix) || !requestOf(call).arns.some((arn) => arn.includes(":role/"))) {
    return none;
  }
  const found = new Map<string, string>();
  rolesIn(record.requestParameters, "", 0, found);
  return [...found]
    .filter(([arn]) => !arn.includes(":role/aws-service-role/"))
    .map(([arn, parameter]) => ({ roleArn: arn, patterns: [], ...passed(parameter) }));
}
