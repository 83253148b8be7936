import type { ConditionBlock } from "@plp/iam-policy";

type Json = Readonly<Record<string, unknown>>;

/** What a call needs of IAM, as the people who wrote the configuration would grant it. */
export interface Grant {
  readonly action: string;
  readonly resource: string;
  readonly condition: ConditionBlock | null;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Who refused it; null when the call passed authorization and failed later. */
  readonly refusedBy: "identity" | "scp" | null;
}

/** One API call as CloudTrail records it; only who makes it, when and with which ids is missing. */
export interface Call {
  readonly source: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly region: string;
  readonly accountId: string;
  readonly request: Json | null;
  readonly response: Json | null;
  readonly resources: readonly Json[] | null;
  readonly apiVersion: string | null;
  readonly host: string;
  readonly grants: readonly Grant[];
  readonly failure: Failure | null;
}

/** Where an environment of an application lives. */
export interface Place {
  readonly application: string;
  readonly environment: string;
  readonly accountId: string;
  readonly region: string;
}

/** A resource of a Terraform configuration: what the AWS provider calls for each of its operations. */
export interface TerraformResource {
  readonly address: string;
  readonly refresh: readonly Call[];
  readonly create: readonly Call[];
  readonly update: readonly Call[];
  readonly destroy: readonly Call[];
}

interface CallOptions {
  /** IAM's action where its name is not the service's prefix and the call's name. */
  readonly action?: string;
  readonly condition?: ConditionBlock;
  /** Needed besides the action of the call's own name. */
  readonly also?: readonly Grant[];
  readonly response?: Json;
  /** CloudTrail's type for `resources`; without it the record names no resource. */
  readonly type?: string;
  readonly apiVersion?: string;
  readonly host?: string;
  readonly failure?: Failure;
}

type MakeCall = (name: string, request: Json | null, resource: string, options?: CallOptions) => Call;

/** The services whose calls CloudTrail records in us-east-1, wherever they are made. */
const globalServices = new Set(["iam", "cloudfront"]);

/**
 * Makes calls to one service from one place. `service` is the event source without `.amazonaws.com` and also IAM's
 * prefix; IAM's action is `service:Name` with the API version that Lambda appends to names taken off.
 */
export function calls(place: Place, service: string): { read: MakeCall; write: MakeCall } {
  const isGlobal = globalServices.has(service);
  const make =
    (readOnly: boolean): MakeCall =>
    (name, request, resource, options = {}) => ({
      source: `${service}.amazonaws.com`,
      name,
      readOnly,
      region: isGlobal ? "us-east-1" : place.region,
      accountId: place.accountId,
      request,
      response: options.response ?? null,
      resources:
        options.type === undefined
          ? null
          : [{ accountId: place.accountId, type: options.type, ARN: resource }],
      apiVersion: options.apiVersion ?? null,
      host:
        options.host ?? (isGlobal ? `${service}.amazonaws.com` : `${service}.${place.region}.amazonaws.com`),
      grants: [
        {
          action: options.action ?? `${service}:${name.replace(/20\d{6}(v\d)?$/, "")}`,
          resource,
          condition: options.condition ?? null,
        },
        ...(options.also ?? []),
      ],
      failure: options.failure ?? null,
    });
  return { read: make(true), write: make(false) };
}

export function failed(code: string, message: string): Failure {
  return { code, message, refusedBy: null };
}

/** Services of AWS's JSON protocol, which name the refusal with `Exception`. */
const jsonServices = new Set(
  ["dynamodb", "ecr", "kms", "logs", "secretsmanager", "ssm"].map((it) => `${it}.amazonaws.com`),
);

/** The call as it fails when no identity policy allows it; CloudTrail then often keeps no request parameters. */
export function refused(call: Call, session: string, by: "identity" | "scp", keepRequest = false): Call {
  const grant = call.grants[0];
  if (grant === undefined) throw new RangeError(`refused: ${call.name} needs nothing that could be refused`);
  const because =
    by === "identity"
      ? `because no identity-based policy allows the ${grant.action} action`
      : "with an explicit deny in a service control policy";
  const sentence = `User: ${session} is not authorized to perform: ${grant.action} on resource: ${grant.resource} ${because}`;
  const isEc2 = call.source === "ec2.amazonaws.com";
  return {
    ...call,
    request: keepRequest ? call.request : null,
    response: null,
    resources: null,
    grants: [grant],
    failure: {
      code: isEc2
        ? "Client.UnauthorizedOperation"
        : jsonServices.has(call.source)
          ? "AccessDeniedException"
          : "AccessDenied",
      message: isEc2 ? `You are not authorized to perform this operation. ${sentence}` : sentence,
      refusedBy: by,
    },
  };
}

export function arn(place: Place, service: string, rest: string): string {
  return `arn:aws:${service}:${place.region}:${place.accountId}:${rest}`;
}

export function roleArn(place: Place, name: string): string {
  return `arn:aws:iam::${place.accountId}:role/${name}`;
}

export function tagsOf(place: Place): Json {
  return { application: place.application, environment: place.environment, "managed-by": "terraform" };
}
