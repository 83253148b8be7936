import {
  denyingStatement,
  isPolicyError,
  type Policy,
  parsePolicy,
  prove,
  touchingStatement,
} from "@plp/iam-policy";
import { messageOf } from "@plp/runtime";
import * as z from "zod";
import type { AwsRequest, AwsResponse } from "./http.ts";
import { invalid, restError, unknownOperation } from "./rest-errors.ts";
import { findingsIn } from "./validate-policy.ts";

// Shapes, members and limits: the service's model of 2019-11-01.
const documentText = z.string().min(1);
const validateRequest = z.object({
  policyDocument: documentText,
  policyType: z.enum([
    "IDENTITY_POLICY",
    "RESOURCE_POLICY",
    "SERVICE_CONTROL_POLICY",
    "RESOURCE_CONTROL_POLICY",
  ]),
});
const checkType = z.enum(["IDENTITY_POLICY", "RESOURCE_POLICY"]);
const newAccessRequest = z.object({
  newPolicyDocument: documentText,
  existingPolicyDocument: documentText,
  policyType: checkType,
});
const notGrantedRequest = z.object({
  policyDocument: documentText,
  access: z
    .array(
      z.object({
        actions: z.array(z.string().min(1)).max(100).optional(),
        resources: z.array(z.string().max(2048)).max(100).optional(),
      }),
    )
    .length(1),
  policyType: checkType,
});

const json = (value: unknown): AwsResponse => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

/** ValidatePolicy, CheckNoNewAccess and CheckAccessNotGranted by their wire format, for identity policies. */
export function policyChecks(request: AwsRequest): AwsResponse {
  if (request.method !== "POST") return unknownOperation(request);
  switch (request.path.replace(/\/$/, "")) {
    case "/policy/validation":
      return answer(request, validateRequest, ({ policyDocument }) =>
        paged(request, findingsIn(policyDocument)),
      );
    case "/policy/check-no-new-access":
      return answer(request, newAccessRequest, ({ newPolicyDocument, existingPolicyDocument }) =>
        noNewAccess(policyOf(newPolicyDocument), policyOf(existingPolicyDocument)),
      );
    case "/policy/check-access-not-granted":
      return answer(request, notGrantedRequest, ({ policyDocument, access: [access] }) =>
        notGranted(policyOf(policyDocument), access?.actions ?? ["*"], access?.resources ?? ["*"]),
      );
    default:
      return unknownOperation(request);
  }
}

function answer<T>(request: AwsRequest, schema: z.ZodType<T>, work: (body: T) => AwsResponse): AwsResponse {
  let value: unknown;
  try {
    value = JSON.parse(request.body.toString("utf8"));
  } catch (error) {
    return invalid("cannotParse", `The request body is not JSON: ${messageOf(error)}`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path, message }) => ({ name: path.join("."), message }));
    return invalid("fieldValidationFailed", "Invalid parameters in the request.", fields);
  }
  try {
    return work(parsed.data);
  } catch (error) {
    if (!isPolicyError(error)) throw error;
    return restError(400, "InvalidParameterException", `The policy document is invalid: ${error.message}`);
  }
}

function policyOf(text: string): Policy {
  return parsePolicy(text, "the policy document");
}

function paged({ query }: AwsRequest, findings: readonly object[]): AwsResponse {
  const max = Number(query.get("maxResults") ?? "100");
  const from = Number(Buffer.from(query.get("nextToken") ?? "", "base64url").toString() || "0");
  if (!Number.isInteger(max) || max < 1) {
    return invalid("fieldValidationFailed", "maxResults is invalid.", [
      { name: "maxResults", message: "Must be a whole number of at least 1." },
    ]);
  }
  if (!Number.isInteger(from) || from < 0 || from > findings.length) {
    return invalid("fieldValidationFailed", "nextToken is invalid.", [
      { name: "nextToken", message: "The token is not one of this list." },
    ]);
  }
  const next = from + max;
  return json({
    findings: findings.slice(from, next),
    ...(next < findings.length ? { nextToken: Buffer.from(String(next)).toString("base64url") } : {}),
  });
}

/** By our own proof. Which statements bring it about is told one by one, each with the Denies beside it. */
function noNewAccess(next: Policy, existing: Policy): AwsResponse {
  if (!prove({ old: existing, next, additions: [] }).wider)
    return json({
      result: "PASS",
      message: "The modified permissions do not grant new access compared to your existing policy.",
    });
  const denies = next.statements.filter(({ effect }) => effect === "Deny");
  const guilty = next.statements.flatMap((statement, index) => {
    if (statement.effect === "Deny") return [];
    const alone = { ...next, statements: [statement, ...denies] };
    return prove({ old: existing, next: alone, additions: [] }).wider ? [index] : [];
  });
  return json({
    result: "FAIL",
    message: "The modified permissions grant new access compared to your existing policy.",
    reasons: guilty.map((index) => reason(next, index, "New access in the statement with")),
  });
}

function notGranted(policy: Policy, actions: readonly string[], resources: readonly string[]): AwsResponse {
  const wanted = actions.flatMap((action) =>
    resources.map((resource) => ({ action, resource, condition: null })),
  );
  const guilty = policy.statements.flatMap((statement, index) => {
    const alone: Policy = { ...policy, statements: [statement] };
    const isGranted = wanted.some(
      (permission) =>
        touchingStatement(alone, permission) !== null && denyingStatement(policy, permission) === null,
    );
    return isGranted ? [index] : [];
  });
  if (guilty.length === 0)
    return json({
      result: "PASS",
      message: "The policy document does not grant access to perform one or more of the listed actions.",
    });
  return json({
    result: "FAIL",
    message: "The policy document grants access to perform one or more of the listed actions.",
    reasons: guilty.map((index) =>
      reason(policy, index, "One or more of the listed actions in the statement with"),
    ),
  });
}

function reason({ statements }: Policy, statementIndex: number, begin: string) {
  const sid = statements[statementIndex]?.sid;
  const isNamed = sid !== null && sid !== undefined && sid !== "";
  return {
    description: isNamed ? `${begin} sid: ${sid}.` : `${begin} index: ${statementIndex}.`,
    statementIndex,
    ...(isNamed ? { statementId: sid } : {}),
  };
}
