import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "../evaluate.ts";
import { findAction } from "../service-reference.ts";
import { policyOf } from "../testing.ts";
import { riskPaths, risksOf } from "./find.ts";

const allow = (
  Action: string | readonly string[],
  Resource: string | readonly string[] = "*",
  more: object = {},
) => ({
  Effect: "Allow",
  ...{ Action, Resource, ...more },
});
const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const onlyTo = (service: string) => ({ Condition: { StringEquals: { "iam:PassedToService": service } } });
const ids = (...statements: object[]) => risksOf(policyOf(...statements)).map(({ id }) => id);
const severities = (...statements: object[]) =>
  Object.fromEntries(risksOf(policyOf(...statements)).map(({ id, severity }) => [id, severity]));

/** What a catalogue says that a path takes: names are facts. */
const pathfindingCatalogue = `
apprunner-001 iam:PassRole apprunner:CreateService
apprunner-002 apprunner:UpdateService
bedrock-001 iam:PassRole bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter
bedrock-002 bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter
cloudformation-001 iam:PassRole cloudformation:CreateStack
cloudformation-002 cloudformation:UpdateStack
cloudformation-003 iam:PassRole cloudformation:CreateStackSet cloudformation:CreateStackInstances
cloudformation-004 iam:PassRole cloudformation:UpdateStackSet
cloudformation-005 cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet
codebuild-001 iam:PassRole codebuild:CreateProject codebuild:StartBuild
codebuild-002 codebuild:StartBuild
codebuild-003 codebuild:StartBuildBatch
codebuild-004 iam:PassRole codebuild:CreateProject codebuild:StartBuildBatch
datapipeline-001 iam:PassRole datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline
ec2-001 iam:PassRole ec2:RunInstances
ec2-002 ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances
ec2-003 iam:PassRole ec2:RequestSpotInstances
ec2-004 ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate
ec2instanceconnect-003 ec2-instance-connect:SendSSHPublicKey ec2:DescribeInstances
ecs-001 iam:PassRole ecs:CreateCluster ecs:RegisterTaskDefinition ecs:CreateService
ecs-002 iam:PassRole ecs:CreateCluster ecs:RegisterTaskDefinition ecs:RunTask
ecs-003 iam:PassRole ecs:RegisterTaskDefinition ecs:CreateService
ecs-004 iam:PassRole ecs:RegisterTaskDefinition ecs:RunTask
ecs-005 iam:PassRole ecs:RegisterTaskDefinition ecs:StartTask
ecs-006 ecs:ExecuteCommand ecs:DescribeTasks
glue-001 iam:PassRole glue:CreateDevEndpoint
glue-002 glue:UpdateDevEndpoint
glue-003 iam:PassRole glue:CreateJob glue:StartJobRun
glue-004 iam:PassRole glue:CreateJob glue:CreateTrigger
glue-005 iam:PassRole glue:UpdateJob glue:StartJobRun
glue-006 iam:PassRole glue:UpdateJob glue:CreateTrigger
iam-001 iam:CreatePolicyVersion
iam-002 iam:CreateAccessKey
iam-003 iam:CreateAccessKey iam:DeleteAccessKey
iam-004 iam:CreateLoginProfile
iam-005 iam:PutRolePolicy
iam-006 iam:UpdateLoginProfile
iam-007 iam:PutUserPolicy
iam-008 iam:AttachUserPolicy
iam-009 iam:AttachRolePolicy
iam-010 iam:AttachGroupPolicy
iam-011 iam:PutGroupPolicy
iam-012 iam:UpdateAssumeRolePolicy
iam-013 iam:AddUserToGroup
iam-014 iam:AttachRolePolicy sts:AssumeRole
iam-015 iam:AttachUserPolicy iam:CreateAccessKey
iam-016 iam:CreatePolicyVersion sts:AssumeRole
iam-017 iam:PutRolePolicy sts:AssumeRole
iam-018 iam:PutUserPolicy iam:CreateAccessKey
iam-019 iam:AttachRolePolicy iam:UpdateAssumeRolePolicy
iam-020 iam:CreatePolicyVersion iam:UpdateAssumeRolePolicy
iam-021 iam:PutRolePolicy iam:UpdateAssumeRolePolicy
lambda-001 iam:PassRole lambda:CreateFunction lambda:InvokeFunction
lambda-002 iam:PassRole lambda:CreateFunction lambda:CreateEventSourceMapping
lambda-003 lambda:UpdateFunctionCode
lambda-004 lambda:UpdateFunctionCode lambda:InvokeFunction
lambda-005 lambda:UpdateFunctionCode lambda:AddPermission
lambda-006 iam:PassRole lambda:CreateFunction lambda:AddPermission
sagemaker-001 iam:PassRole sagemaker:CreateNotebookInstance
sagemaker-002 iam:PassRole sagemaker:CreateTrainingJob
sagemaker-003 iam:PassRole sagemaker:CreateProcessingJob
sagemaker-004 sagemaker:CreatePresignedNotebookInstanceUrl
sagemaker-005 sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance sagemaker:UpdateNotebookInstance sagemaker:StartNotebookInstance
ssm-001 ssm:StartSession
ssm-002 ssm:SendCommand
sts-001 sts:AssumeRole
`;

/** What the older catalogues have beside these, or in another form. */
const otherCatalogues = `
Rhino-2 iam:SetDefaultPolicyVersion
Rhino-14 iam:UpdateAssumeRolePolicy sts:AssumeRole
Rhino-17 iam:PassRole lambda:CreateFunction lambda:CreateEventSourceMapping dynamodb:CreateTable dynamodb:PutItem
Rhino-22 iam:PassRole datapipeline:CreatePipeline datapipeline:PutPipelineDefinition
Rhino-23 codestar:CreateProjectFromTemplate
Rhino-24 codestar:CreateProject iam:PassRole
Rhino-25 codestar:CreateProject codestar:AssociateTeamMember
Rhino-26 lambda:UpdateFunctionConfiguration
Rhino-27 sagemaker:CreateNotebookInstance sagemaker:CreatePresignedNotebookInstanceUrl iam:PassRole
iam-vulnerable-codeBuild iam:PassRole codebuild:CreateProject codebuild:StartBuild
Cloudsplaining-DataPipeline iam:PassRole datapipeline:CreatePipeline
Pacu-Glue iam:PassRole glue:CreateDevEndpoint glue:GetDevEndpoint
Prowler-IAM iam:*
Prowler-IAMPut iam:Put*
Prowler-AutoScaling iam:PassRole autoscaling:CreateAutoScalingGroup autoscaling:CreateLaunchConfiguration
Prowler-AutoScalingUpdate iam:PassRole autoscaling:UpdateAutoScalingGroup autoscaling:CreateLaunchConfiguration
Prowler-ECS-StartTask iam:PassRole ecs:StartTask ecs:RegisterContainerInstance ecs:DeregisterContainerInstance
Prowler-ECS-RunTask iam:PassRole ecs:RunTask
Prowler-AgentCore iam:PassRole bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:InvokeCodeInterpreter
`;

const rows = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line): [string, string[]] => {
      const [name = "", ...actions] = line.split(" ");
      return [name, actions];
    });

describe("The paths of the public catalogues", () => {
  it.each(rows(pathfindingCatalogue))("%s of pathfinding.cloud is flagged by its name", (id, actions) => {
    const risks = risksOf(policyOf(...actions.map((action) => allow(action))));
    const risk = risks.find((one) => one.id === id);
    expect(risk?.kind).toBe("escalation");
    expect(risk?.reference).toBe(`https://pathfinding.cloud/paths/${id}`);
    expect(actions).toEqual(expect.arrayContaining([...(risk?.actions ?? [])]));
  });

  it.each(rows(otherCatalogues))("%s is flagged", (_, actions) => {
    const risks = risksOf(policyOf(allow(actions)));
    expect(risks.filter(({ kind, id }) => kind === "escalation" && id !== "pass-any-role")).not.toEqual([]);
  });

  it("are flagged together where a policy allows everything, however it says so", () => {
    const everything = ids(allow("*"));
    for (const statement of [{ Effect: "Allow", NotAction: "aws-portal:*", Resource: "*" }, allow("*:*")])
      expect(ids(statement)).toEqual(everything);
    expect(everything).toEqual(
      expect.arrayContaining(["iam-019", "lambda-001", "trail", "own-role", "secrets"]),
    );
    expect(risksOf(policyOf(allow("*")))[0]?.severity).toBe("high");
  });
});

describe("The table of risks", () => {
  it("names only actions of AWS's list, but for one of a service that has ended", () => {
    const named = riskPaths.flatMap(({ needs }) => needs.flat());
    expect([...new Set(named)].filter((action) => findAction(action)?.action !== action)).toEqual([
      "codestar:CreateProjectFromTemplate",
    ]);
  });

  it("has every path once, with a public page, and with a reason why it may be harmless", () => {
    expect(new Set(riskPaths.map(({ id }) => id)).size).toBe(riskPaths.length);
    for (const { id, reference, why, harmless, title, severity } of riskPaths) {
      expect(URL.parse(reference)?.protocol, id).toBe("https:");
      for (const text of [why, harmless]) expect(text, id).toMatch(/^[A-Z].{20,}\.$/);
      expect(title, id).toMatch(/^[A-Z].*[^.]$/);
      // Wider is never less of a risk.
      const ranks = severity.map((one) => ["high", "medium", "low", null].indexOf(one));
      expect(ranks, id).toEqual([...ranks].sort((a, b) => a - b));
    }
  });
});

describe("A risk", () => {
  it("tells what is granted, where, by which statements, and why it may be harmless", () => {
    const policy = policyOf(
      allow("sqs:*", "*"),
      allow(
        ["lambda:CreateFunction", "lambda:InvokeFunction"],
        "arn:aws:lambda:eu-central-1:111122223333:function:shop",
      ),
      allow("iam:PassRole", role("shop-worker"), onlyTo("lambda.amazonaws.com")),
    );
    expect(risksOf(policy).find(({ kind }) => kind === "escalation")).toMatchObject({
      ...{ id: "lambda-001", severity: "medium", resources: [role("shop-worker")], statements: [1, 2] },
      actions: ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
      harmless: expect.stringContaining("Usual"),
    });
  });

  it("weighs more on anything than on things by their names", () => {
    const create = allow("lambda:CreateFunction");
    const invoke = allow("lambda:InvokeFunction");
    const pass = (resource: string) =>
      severities(create, invoke, allow("iam:PassRole", resource))["lambda-001"];
    expect(pass("*")).toBe("high");
    expect(pass(role("*"))).toBe("high");
    expect(pass(role("ci/shop-*"))).toBe("medium");
    expect(pass(role("shop-worker"))).toBe("medium");
    const code = (resource: string) => severities(allow("lambda:UpdateFunctionCode", resource))["lambda-003"];
    const functions = "arn:aws:lambda:eu-central-1:111122223333:function:";
    expect([code(`${functions}*`), code(`${functions}shop-*`), code(`${functions}shop`)]).toEqual([
      "high",
      "medium",
      "low",
    ]);
  });

  it.each([
    ["the objects of one bucket", "s3:GetObject", "arn:aws:s3:::shop/*"],
    [
      "the streams of one log group",
      "logs:DeleteLogGroup",
      "arn:aws:logs:eu-central-1:1:log-group:/aws/lambda/shop:*",
    ],
    ["one parameter", "ssm:GetParameter", "arn:aws:ssm:eu-central-1:1:parameter/shop/prod"],
    ["an alarm", "cloudwatch:DeleteAlarms", "arn:aws:cloudwatch:eu-central-1:1:alarm:shop"],
  ])("is none where only %s may be touched", (_, action, resource) => {
    expect(ids(allow(action))).toHaveLength(1);
    expect(ids(allow(action, resource))).toEqual([]);
  });

  it("is none where a role cannot be passed to the service, where a Deny refuses, or where a part is missing", () => {
    const create = allow(["lambda:CreateFunction", "lambda:InvokeFunction", "ec2:RunInstances"]);
    const pass = allow("iam:PassRole", role("worker"), onlyTo("ec2.amazonaws.com"));
    expect(ids(create, pass)).toEqual(["ec2-001"]);
    expect(ids(create, allow("iam:PassRole", role("worker")))).toEqual(["ec2-001", "lambda-001"]);
    const notTo = { Condition: { StringNotEquals: { "iam:PassedToService": "lambda.amazonaws.com" } } };
    const deny = { ...allow("iam:*", "*", notTo), Effect: "Deny" };
    expect(ids(create, allow("iam:PassRole", role("worker")), deny)).toEqual(["lambda-001"]);
    expect(ids(create)).toEqual([]);
    expect(ids(pass)).toEqual([]);
  });

  it("is not undone by a Deny of other resources, or of which nobody knows whether it applies", () => {
    const put = allow("iam:PutRolePolicy");
    const deny = (more: object) => ({ ...put, Effect: "Deny", ...more });
    expect(ids(put, deny({ Resource: role("admin") }))).toEqual(["iam-005"]);
    expect(ids(put, deny({ Condition: { Bool: { "aws:MultiFactorAuthPresent": "false" } } }))).toEqual([
      "iam-005",
    ]);
    expect(ids(put, { Effect: "Deny", Action: "iam:PutRolePolicy", NotResource: role("shop") })).toEqual([
      "iam-005",
    ]);
    expect(ids(put, deny({}))).toEqual([]);
  });

  it("that takes more tells what takes less of the same", () => {
    expect(ids(allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"]))).toEqual(["lambda-004"]);
    expect(ids(allow("iam:PassRole"), allow("ec2:RunInstances"))).toEqual(["ec2-001"]);
  });

  it("to the pipeline itself is high where its own role is meant, and none where it is not", () => {
    const of = (resource: string) =>
      risksOf(policyOf(allow("iam:DeleteRole", resource)), { roleArn: role("ci/shop-prod") });
    expect(of(role("ci/*"))).toMatchObject([{ id: "own-role", severity: "high" }]);
    expect(of(role("shop-*"))).toEqual([]);
    expect(severities(allow("iam:DeleteRole", role("ci/*")))).toEqual({ "own-role": "low" });
  });

  it("of additions is what they bring about or widen, not what stood there", () => {
    const old = [
      allow("iam:PassRole", role("old")),
      allow("lambda:CreateFunction"),
      allow("iam:PutRolePolicy"),
    ];
    const added = (action: string, resource: string) => ({ action, resource, condition: null });
    const invoke = added("lambda:InvokeFunction", "*");
    const policy = policyOf(...old, allow("lambda:InvokeFunction"), allow("iam:PassRole", role("new")));
    expect(risksOf(policy, { added: [invoke] })).toMatchObject([
      { id: "lambda-001", severity: "medium", resources: [role("old"), role("new")] },
    ]);
    expect(risksOf(policy, { added: [added("IAM:passrole", role("new"))] })).toMatchObject([
      { id: "lambda-001", resources: [role("new")] },
    ]);
    expect(risksOf(policy, { added: [added("sqs:SendMessage", "*")] })).toEqual([]);
  });

  it("is told only of what the evaluator allows somewhere", () => {
    const names = riskPaths.flatMap(({ needs }) => needs.flat());
    const statement = fc.record({
      Effect: fc.constantFrom("Allow", "Allow", "Deny"),
      Action: fc.array(fc.constantFrom(...names, "iam:*", "lambda:*", "*"), { minLength: 1, maxLength: 4 }),
      Resource: fc.constantFrom("*", role("a"), role("*")),
    });
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 5 }), (statements) => {
        const policy = policyOf(...statements);
        for (const { actions, id } of risksOf(policy))
          for (const action of actions) {
            const verdicts = ["*", role("a"), role("b")].map((resource) =>
              evaluate(policy, { action, resource }),
            );
            expect(verdicts, `${id} ${action}`).toContain("allowed");
          }
      }),
    );
  });
});
