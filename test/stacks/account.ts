import { evaluate, type Policy, parsePolicy, type Verdict } from "@plp/iam-policy";
import { templates } from "../../stacks/accounts/templates.ts";
import { resolveTemplate } from "./resolve.ts";

export const memberId = "444455556666";
export const hubId = "999988887777";
export const organizationId = "o-a1b2c3d4e5";

export const archiveParameters = {
  OrganizationId: organizationId,
  TrailArn: "arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization",
  TrailBucket: "organization-trail",
  TrailPrefix: `AWSLogs/${organizationId}/`,
} as const;

/** The parameters of an account in which everything is switched on. */
export const accountParameters = {
  ...archiveParameters,
  TrailKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd",
  HubRoleArns: `arn:aws:iam::${hubId}:role/plp-production-analysis,arn:aws:iam::${hubId}:role/plp-production-trail`,
  ApplyRoleArns: `arn:aws:iam::${hubId}:role/gitlab-apply`,
  PlanRoleArns: `arn:aws:iam::${hubId}:role/gitlab-plan`,
} as const;

export interface AccountPolicy {
  /** Null for the boundary, which nobody assumes. */
  readonly trust: unknown;
  readonly document: unknown;
}

/** The policies that an account has after its stack, by the logical names of their roles. */
export function accountPolicies(
  more: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, AccountPolicy> {
  const resources = resolveTemplate(templates.member, { ...accountParameters, ...more }, memberId);
  return new Map(
    [...resources].map(([name, { properties }]) => {
      const [own] = (properties.Policies ?? []) as readonly { readonly PolicyDocument: unknown }[];
      return [
        name,
        {
          trust: properties.AssumeRolePolicyDocument ?? null,
          document: own?.PolicyDocument ?? properties.PolicyDocument,
        },
      ];
    }),
  );
}

type Context = Readonly<Record<string, string>>;
type Ask = (action: string, resource: string, context?: Context) => Verdict;

/** Asks one policy of the account what it says to a call. */
export function asking(name: string): Ask {
  const document = accountPolicies().get(name)?.document;
  if (document === undefined) throw new Error(`the account has no ${name}`);
  return askingPolicy(parsePolicy(document, name));
}

/** Asks the bucket's policy, as IAM fills in the caller. */
export function askingArchive(caller: { readonly accountId: string; readonly role: string }): Ask {
  const { properties } =
    resolveTemplate(templates.archive, archiveParameters, "111122223333").get("BucketPolicy") ?? {};
  const filled = JSON.stringify(properties?.PolicyDocument).replaceAll(
    "${aws:PrincipalAccount}",
    caller.accountId,
  );
  const { Version, Statement }: { Version: string; Statement: readonly Record<string, unknown>[] } =
    JSON.parse(filled);
  const open = Statement.filter(({ Principal }) => Principal === "*").map(
    ({ Principal: _, ...rest }) => rest,
  );
  const ask = askingPolicy(parsePolicy({ Version, Statement: open }, "the archive"));
  return (action, resource, context = {}) =>
    ask(action, resource, {
      "aws:PrincipalArn": `arn:aws:iam::${caller.accountId}:role/${caller.role}`,
      "aws:PrincipalOrgID": organizationId,
      "aws:SecureTransport": "true",
      ...context,
    });
}

/** What the call does not say of a condition's key is not there, as in a real request. */
function askingPolicy(policy: Policy): Ask {
  const keys = policy.statements.flatMap(({ conditions }) =>
    Object.values(conditions ?? {}).flatMap(Object.keys),
  );
  return (action, resource, given = {}) => {
    const said = Object.entries(given).map(([key, value]) => [key.toLowerCase(), [value]] as const);
    const absent = keys.map((key) => [key.toLowerCase(), []] as const);
    return evaluate(policy, { action, resource, context: Object.fromEntries([...absent, ...said]) });
  };
}
