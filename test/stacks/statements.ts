import type { Deployment } from "./evaluate.ts";
import type { Resource } from "./evaluated.ts";

export interface Statement {
  readonly effect: string;
  readonly principal: unknown;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: unknown;
}

interface Written {
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: unknown;
}

/** The statements of a policy document, given as an object or as its JSON. */
export function statementsOf(document: unknown): readonly Statement[] {
  const { Statement: written }: { Statement: Written | readonly Written[] } =
    typeof document === "string" ? JSON.parse(document) : document;
  return many(written).map(({ Effect, Principal, Action, Resource, Condition }) => ({
    effect: Effect,
    principal: Principal ?? null,
    actions: many(Action ?? []),
    resources: many(Resource ?? []),
    condition: Condition ?? null,
  }));
}

function many<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

/** The role as IAM will have it: who may assume it, and what its own policies say. */
export function roleOf({ name, inputs }: Resource) {
  const own = (inputs.inlinePolicies ?? []) as readonly { readonly policy: string }[];
  return {
    name,
    trust: statementsOf(inputs.assumeRolePolicy),
    managed: (inputs.managedPolicyArns ?? []) as readonly string[],
    statements: own.flatMap(({ policy }) => statementsOf(policy)),
  };
}

export function rolesOf(hub: Deployment) {
  return hub.all("aws:iam/role:Role").map(roleOf);
}

/** A statement on one line, ARNs without account, Region and the random end of a name: for people to read. */
export function lineOf({ effect, actions, resources, condition }: Statement): string {
  const condensed = condition === null ? "" : ` if ${JSON.stringify(condition)}`;
  const denied = effect === "Deny" ? "never " : "";
  return `${denied}${actions.join(" ")} on ${resources.map(shortArn).join(" ")}${condensed}`;
}

function shortArn(arn: string): string {
  if (arn === "*") return arn;
  const [, , service, , account, ...rest] = arn.split(":");
  const of = account === "*" ? " of any account" : "";
  return `${service}:${rest.join(":").replace(/-[a-z]{8}(?=$|[./])/, "")}${of}`;
}
