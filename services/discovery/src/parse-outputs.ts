import { posix } from "node:path";
import type { ApplicationId, EnvironmentScope } from "@plp/domain";
import * as z from "zod";

export interface FoundEnvironment {
  readonly scope: EnvironmentScope;
  readonly roleArn: string;
}

export type Outputs =
  | {
      readonly kind: "application";
      readonly name: string;
      readonly environments: readonly FoundEnvironment[];
      readonly failed: readonly { readonly environment: string; readonly reason: string }[];
    }
  | { readonly kind: "refused"; readonly code: string; readonly reason: string };

const applicationName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    "1 to 63 letters, digits, dots, dashes or underscores, a letter or digit first",
  )
  .refine((name) => !name.includes(".."), "must not hold two dots in a row");
const environmentName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/);
const region = z
  .string()
  .regex(/^[a-z]{2,4}(-[a-z]{1,10}){1,2}-\d{1,2}$/, "an AWS Region such as eu-central-1");
const days = z.int().min(1).max(3650);
const sid = z.string().regex(/^[A-Za-z0-9]{1,128}$/);

const environment = z.object({
  account_id: z.string().regex(/^\d{12}$/, "an account id has 12 digits"),
  region,
  role_arn: z.string().max(2048),
  policy_path: z.string().min(1).max(400),
  generate: z.boolean().default(true),
  mode: z.enum(["observe", "enforce"]).default("observe"),
  regions: z.array(region).max(50).optional(),
  initial_policy_path: z.string().min(1).max(400).nullish(),
  permissions_boundary_path: z.string().min(1).max(400).nullish(),
  protected_sids: z.array(sid).max(500).optional(),
  retention_days: days.nullish(),
  quiet_days: days.nullish(),
});

/** What the apply job writes and what the template keeps modes in: never a policy. */
const OWN_FILES = /^plp\.(outputs|environments)\.json$/i;
const roleArn =
  /^arn:(aws|aws-cn|aws-us-gov|aws-eusc|aws-iso(?:-[a-z])?):iam::(\d{12}):role\/((?:[\x21-\x2e\x30-\x7e]{1,509}\/){0,20})([\w+=,.@-]{1,64})$/;

/**
 * Reads the `plp` output of one folder, from what `terraform output -json` printed (all outputs, or this one's value)
 * or from a Terraform state of version 4. Everything in it is hostile: what is wrong with one environment is told of
 * that environment, what is wrong with the whole refuses the folder. No other output is looked at.
 */
export function parseOutputs(text: string, place: ApplicationId, source: string): Outputs {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse(
      "outputs-not-json",
      `${source} is not JSON${positionOf(error)}; write it with: terraform output -json`,
    );
  }
  const value = plpValue(json);
  if (value === undefined) {
    return refuse(
      "outputs-missing",
      `${source} has no output named "plp"; add output "plp" to the configuration and apply it`,
    );
  }
  const shape = z
    .object({ application: z.unknown(), environments: z.record(z.string().max(200), z.unknown()) })
    .safeParse(value);
  if (!shape.success) return refuse("outputs-invalid", `${source}: output "plp" ${problems(shape.error)}`);
  const name = applicationName.safeParse(shape.data.application);
  if (!name.success) {
    return refuse(
      "application-name",
      `${source}: application ${quote(shape.data.application)} is no usable name: ${problems(name.error)}`,
    );
  }
  return {
    kind: "application",
    name: name.data,
    ...readEnvironments(shape.data.environments, { ...place, name: name.data }),
  };
}

function readEnvironments(
  raw: Readonly<Record<string, unknown>>,
  application: EnvironmentScope["application"],
): { environments: FoundEnvironment[]; failed: { environment: string; reason: string }[] } {
  const environments: FoundEnvironment[] = [];
  const failed: { environment: string; reason: string }[] = [];
  for (const [key, value] of Object.entries(raw).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const found = environmentName.safeParse(key).success
      ? readEnvironment(key, value, application)
      : `environment ${quote(key)} is no usable name: up to 32 letters, digits, dashes or underscores`;
    if (typeof found === "string") failed.push({ environment: shorten(key), reason: found });
    else environments.push(found);
  }
  const shared = new Set<FoundEnvironment>();
  for (const [found, what] of [
    ...sharing(environments, ({ roleArn: arn }) => `role ${arn}`),
    ...sharing(
      environments.filter(({ scope }) => scope.generate),
      // A split policy goes on in `prod.2.json`, so that file is not free for another environment.
      ({ scope }) => `policy_path ${quote(scope.policyPath.replace(/(\.\d+)?\.json$/, ".json"))}`,
    ),
  ]) {
    if (shared.has(found)) continue;
    shared.add(found);
    failed.push({
      environment: found.scope.environment,
      reason: `${what} stands in more than one environment of ${application.name}; give each its own`,
    });
  }
  return { environments: environments.filter((found) => !shared.has(found)), failed };
}

/** Those that have something in common with another, and what. */
function sharing(
  environments: readonly FoundEnvironment[],
  of: (found: FoundEnvironment) => string,
): readonly (readonly [FoundEnvironment, string])[] {
  const counts = new Map<string, number>();
  for (const found of environments) counts.set(of(found), (counts.get(of(found)) ?? 0) + 1);
  return environments
    .filter((found) => (counts.get(of(found)) ?? 0) > 1)
    .map((found) => [found, of(found)] as const);
}

/** The environment, or the sentence that says why it cannot be taken up. */
function readEnvironment(
  name: string,
  value: unknown,
  application: EnvironmentScope["application"],
): FoundEnvironment | string {
  const parsed = environment.safeParse(value);
  if (!parsed.success) return problems(parsed.error);
  const given = parsed.data;
  const arn = roleArn.exec(given.role_arn);
  const [, partition, account] = arn ?? [];
  if (arn === null || partition === undefined)
    return `role_arn ${quote(given.role_arn)} is not the ARN of an IAM role`;
  if (account !== given.account_id) {
    return `role ${given.role_arn} is in account ${account}, but the environment's account_id is ${given.account_id}`;
  }
  if (partition !== partitionOf(given.region)) {
    return `role ${given.role_arn} is in partition ${partition}, but region ${given.region} is in ${partitionOf(given.region)}`;
  }
  for (const [option, path] of [
    ["policy_path", given.policy_path],
    ["initial_policy_path", given.initial_policy_path],
    ["permissions_boundary_path", given.permissions_boundary_path],
  ] as const) {
    if (path && OWN_FILES.test(posix.normalize(path))) {
      return `${option} ${quote(path)} is a file that PLP reads; choose another name`;
    }
    if (path && !staysInside(path)) {
      return `${option} ${quote(path)} must be a .json file inside the application's folder, without "..", "\\" or control characters`;
    }
  }
  const scope: EnvironmentScope = {
    application,
    environment: name,
    accountId: given.account_id,
    partition,
    region: given.region,
    regions: [given.region, ...(given.regions ?? []).filter((other) => other !== given.region).sort()],
    policyPath: posix.normalize(given.policy_path),
    initialPolicyPath: given.initial_policy_path ?? null,
    permissionsBoundaryPath: given.permissions_boundary_path ?? null,
    protectedSids: given.protected_sids ?? [],
    generate: given.generate,
    mode: given.mode,
    retentionDays: given.retention_days ?? null,
    quietDays: given.quiet_days ?? null,
  };
  return { scope, roleArn: given.role_arn };
}

/** Where the text stops being JSON. Never the parser's own words: they quote the text, which may hold secrets. */
function positionOf(error: unknown): string {
  const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
  return position === undefined ? "" : ` (at character ${position})`;
}

function plpValue(json: unknown): unknown {
  if (!isObject(json)) return undefined;
  const outputs = isObject(json.outputs) && json.version === 4 ? json.outputs : json;
  if (isObject(outputs.plp) && "value" in outputs.plp) return outputs.plp.value;
  return "environments" in json && "application" in json ? json : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function staysInside(path: string): boolean {
  const hidden = path.split("/").some((part) => part === ".." || part === ".git");
  const strange = [...path].some((char) => char < " " || char === "\\" || char === "\u007f");
  return (
    !hidden &&
    !strange &&
    !posix.isAbsolute(path) &&
    path.endsWith(".json") &&
    !posix.normalize(path).startsWith("../")
  );
}

function partitionOf(name: string): string {
  if (name.startsWith("cn-")) return "aws-cn";
  if (name.startsWith("us-gov-")) return "aws-us-gov";
  if (name.startsWith("us-iso-")) return "aws-iso";
  if (name.startsWith("us-isob-")) return "aws-iso-b";
  if (name.startsWith("eu-isoe-")) return "aws-iso-e";
  if (name.startsWith("us-isof-")) return "aws-iso-f";
  if (name.startsWith("eusc-")) return "aws-eusc";
  return "aws";
}

function problems(error: z.ZodError): string {
  return shorten(
    error.issues
      .map((issue) => (issue.path.length > 0 ? `${issue.path.join(".")}: ${issue.message}` : issue.message))
      .join("; "),
    400,
  );
}

function refuse(code: string, reason: string): Outputs {
  return { kind: "refused", code, reason };
}

function quote(value: unknown): string {
  return JSON.stringify(shorten(typeof value === "string" ? value : String(JSON.stringify(value))));
}

function shorten(text: string, most = 120): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
