import {
  findAction,
  MAX_POLICY_SIZE,
  type Policy,
  parsePolicy,
  policySize,
  type Statement,
} from "@plp/iam-policy";
import { messageOf } from "@plp/runtime";
import { type JsonPath, placesIn } from "./json-places.ts";

/** Types, codes and links: the IAM user guide's "policy check reference". */
export interface Finding {
  readonly findingType: "ERROR" | "SECURITY_WARNING" | "WARNING" | "SUGGESTION";
  readonly issueCode: string;
  readonly findingDetails: string;
  readonly learnMoreLink: string;
  readonly locations: readonly object[];
}

const GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html";

/** Some of the checks of ValidatePolicy for identity policies: those that a generated policy could fall under. */
export function findingsIn(text: string): readonly Finding[] {
  const places = isJson(text) ? placesIn(text) : null;
  const finding = (
    findingType: Finding["findingType"],
    issueCode: string,
    findingDetails: string,
    ...paths: readonly JsonPath[]
  ): Finding => ({
    ...{ findingType, issueCode, findingDetails },
    learnMoreLink: `${GUIDE}#access-analyzer-reference-policy-checks-${[findingType, issueCode].map((part) => part.toLowerCase().replaceAll("_", "-")).join("-")}`,
    locations: paths.flatMap((path) =>
      places === null
        ? []
        : [
            {
              path: path.map((one) => (typeof one === "number" ? { index: one } : { value: one })),
              span: places(path),
            },
          ],
    ),
  });
  let policy: Policy;
  try {
    policy = parsePolicy(text, "The policy");
  } catch (error) {
    return [
      finding("ERROR", places === null ? "JSON_SYNTAX_ERROR" : "INVALID_POLICY_SYNTAX", messageOf(error), []),
    ];
  }
  const size = policySize(policy);
  const isOne = !/"Statement"\s*:\s*\[/.test(text);
  const at = (index: number, ...rest: JsonPath): JsonPath => [
    "Statement",
    ...(isOne ? [] : [index]),
    ...rest,
  ];
  return [
    ...(size > MAX_POLICY_SIZE
      ? [
          finding(
            "ERROR",
            "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
            `The ${size} characters in the identity policy, excluding whitespace, exceed the ${MAX_POLICY_SIZE} character maximum for a managed policy.`,
          ),
        ]
      : []),
    ...(policy.version === null
      ? [finding("WARNING", "MISSING_VERSION", "We recommend that you specify the Version element.")]
      : []),
    ...policy.statements.flatMap((statement, index) => [
      ...sids(policy, statement, index).map(({ type, code, details }) =>
        finding(type, code, details, at(index, "Sid")),
      ),
      ...unknownActions(statement).map(({ action, position }) =>
        finding(
          "ERROR",
          "INVALID_ACTION",
          `The action ${action} does not exist. Did you mean another one?`,
          at(index, "Action", ...position),
        ),
      ),
      ...(passesAnyRole(statement)
        ? [
            finding(
              "SECURITY_WARNING",
              "PASS_ROLE_WITH_STAR_IN_RESOURCE",
              "Using the iam:PassRole action with wildcards (*) in the resource can be overly permissive because it allows iam:PassRole permissions on multiple resources.",
              at(index, "Action"),
              at(index, "Resource"),
            ),
          ]
        : []),
    ]),
  ];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

interface SidIssue {
  readonly type: Finding["findingType"];
  readonly code: string;
  readonly details: string;
}

function sids({ statements }: Policy, { sid }: Statement, index: number): readonly SidIssue[] {
  if (sid === null) return [];
  if (sid === "")
    return [
      {
        type: "SUGGESTION",
        code: "EMPTY_SID_VALUE",
        details: "Add a value to the empty string in the Sid element.",
      },
    ];
  const first = statements.findIndex((one) => one.sid === sid);
  return first === index
    ? []
    : [{ type: "ERROR", code: "UNIQUE_SIDS_REQUIRED", details: `Duplicate statement ID: ${sid}.` }];
}

function unknownActions({ actions, verbatim }: Statement) {
  const isList = Array.isArray(verbatim.Action);
  return (actions ?? []).flatMap((action, i) =>
    /[*?]/.test(action) || findAction(action) !== undefined ? [] : [{ action, position: isList ? [i] : [] }],
  );
}

function passesAnyRole({ effect, actions, resources, conditions }: Statement): boolean {
  const isPass = (actions ?? []).some((action) => action.toLowerCase() === "iam:passrole");
  return effect === "Allow" && isPass && conditions === null && (resources ?? ["*"]).includes("*");
}
