import { type Path, pathfinding, type Severities } from "./path.ts";

// The paths of the public catalogues: pathfinding.cloud (whose ids are used), Rhino Security Labs' list, Bishop Fox's
// iam-vulnerable, Cloudsplaining and Prowler. Names and needs are facts of these; the words are ours.

const RHINO = "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/";
const RHINO_2 = "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation-part-2/";
const CODESTAR = "https://rhinosecuritylabs.com/aws/escalating-aws-iam-privileges-undocumented-codestar-api/";
const PROWLER =
  "https://github.com/prowler-cloud/prowler/blob/master/prowler/providers/aws/services/iam/lib/privilege_escalation.py";
const BOUNDARIES = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html";

const writesIam: Severities = ["high", "high", "medium"];
const passes: Severities = ["high", "medium", "medium"];
const changes: Severities = ["high", "medium", "low"];

/** Permissions that change who may do what. */
function iam(
  id: string,
  title: string,
  needs: Path["needs"],
  [why, harmless]: readonly [string, string],
  reference = pathfinding(id),
): Path {
  return { ...{ id, kind: "escalation", title, needs, severity: writesIam }, why, harmless, reference };
}

const policyOf = (whom: string): readonly [string, string] => [
  `Whoever runs as this role can give ${whom} any permission, up to all of them.`,
  "Harmless where a permissions boundary is demanded, or where all of these belong to the application and this role cannot act as them.",
];
const signInAs: readonly [string, string] = [
  "Whoever runs as this role can get credentials of a user and act as that user.",
  "Harmless where the users are only technical ones of this application, with less than this role has.",
];
const andUse = (whom: string): readonly [string, string] => [
  `Whoever runs as this role can give ${whom} any permission and then act as it.`,
  "Harmless where a permissions boundary is demanded.",
];

/** A role is handed to something new, which then acts as that role. */
function newThing(
  id: string,
  thing: string,
  passedTo: string,
  needs: readonly (string | readonly string[])[],
  reference = pathfinding(id),
): Path {
  return {
    ...{ id, kind: "escalation", passedTo, severity: passes, reference },
    title: `Hand a role to ${thing}`,
    needs: ["iam:PassRole", ...needs],
    why: `Whoever runs as this role can have ${thing} act with all that a role may do which can be passed to it.`,
    harmless: `Usual where a pipeline deploys such things; harmless while every role that can be passed may do no more than is meant for ${thing}.`,
  };
}

/** Something that has a role already is made to do something else. */
function existingThing(
  id: string,
  title: string,
  thing: string,
  needs: Path["needs"],
  reference = pathfinding(id),
): Path {
  return {
    ...{ id, kind: "escalation", title, needs, severity: changes, reference },
    why: `Whoever runs as this role can act with the permissions that ${thing} has.`,
    harmless: `Usual where a pipeline looks after ${thing}; harmless while its role may do no more than this pipeline.`,
  };
}

const LAMBDA = "lambda.amazonaws.com";
const ECS = "ecs-tasks.amazonaws.com";
const EC2 = "ec2.amazonaws.com";
const GLUE = "glue.amazonaws.com";
const CLOUDFORMATION = "cloudformation.amazonaws.com";
const CODEBUILD = "codebuild.amazonaws.com";
const SAGEMAKER = "sagemaker.amazonaws.com";
const BEDROCK = "bedrock-agentcore.amazonaws.com";

export const escalationPaths: readonly Path[] = [
  iam(
    "iam-001",
    "Write a new version of a policy",
    ["iam:CreatePolicyVersion"],
    policyOf("whoever has the policy"),
  ),
  iam(
    "set-default-policy-version",
    "Bring an older version of a policy back",
    ["iam:SetDefaultPolicyVersion"],
    [
      "Whoever runs as this role can make a version of a policy valid that allowed more.",
      "Harmless where older versions are deleted, or allowed no more than the present one.",
    ],
    RHINO,
  ),
  iam("iam-002", "Make an access key for a user", ["iam:CreateAccessKey"], signInAs),
  iam("iam-003", "Replace an access key of a user", ["iam:CreateAccessKey", "iam:DeleteAccessKey"], signInAs),
  iam("iam-004", "Give a user a password", ["iam:CreateLoginProfile"], signInAs),
  iam("iam-005", "Write a policy into a role", ["iam:PutRolePolicy"], policyOf("a role, also its own,")),
  iam("iam-006", "Change a user's password", ["iam:UpdateLoginProfile"], signInAs),
  iam("iam-007", "Write a policy into a user", ["iam:PutUserPolicy"], policyOf("a user")),
  iam("iam-008", "Attach a policy to a user", ["iam:AttachUserPolicy"], policyOf("a user")),
  iam("iam-009", "Attach a policy to a role", ["iam:AttachRolePolicy"], policyOf("a role, also its own,")),
  iam("iam-010", "Attach a policy to a group", ["iam:AttachGroupPolicy"], policyOf("the members of a group")),
  iam("iam-011", "Write a policy into a group", ["iam:PutGroupPolicy"], policyOf("the members of a group")),
  iam(
    "iam-012",
    "Change who may assume a role",
    ["iam:UpdateAssumeRolePolicy"],
    [
      "Whoever runs as this role can let anybody assume a role, also from another account.",
      "Harmless where the roles are only those of this application and have less than this role.",
    ],
  ),
  iam(
    "iam-013",
    "Put a user into a group",
    ["iam:AddUserToGroup"],
    [
      "Whoever runs as this role can give a user what the members of any group may do.",
      "Harmless where the groups have less than this role, or the users are only technical ones.",
    ],
  ),
  iam(
    "iam-014",
    "Attach a policy to a role, then assume it",
    ["iam:AttachRolePolicy", "sts:AssumeRole"],
    andUse("a role"),
  ),
  iam(
    "iam-015",
    "Attach a policy to a user, then make a key",
    ["iam:AttachUserPolicy", "iam:CreateAccessKey"],
    andUse("a user"),
  ),
  iam(
    "iam-016",
    "Write a policy version, then assume a role",
    ["iam:CreatePolicyVersion", "sts:AssumeRole"],
    andUse("a role"),
  ),
  iam(
    "iam-017",
    "Write a policy into a role, then assume it",
    ["iam:PutRolePolicy", "sts:AssumeRole"],
    andUse("a role"),
  ),
  iam(
    "iam-018",
    "Write a policy into a user, then make a key",
    ["iam:PutUserPolicy", "iam:CreateAccessKey"],
    andUse("a user"),
  ),
  iam(
    "iam-019",
    "Attach a policy to a role and open it",
    ["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"],
    andUse("a role"),
  ),
  iam(
    "iam-020",
    "Write a policy version and open a role",
    ["iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy"],
    andUse("a role"),
  ),
  iam(
    "iam-021",
    "Write a policy into a role and open it",
    ["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"],
    andUse("a role"),
  ),
  iam(
    "permissions-boundary",
    "Change or lift a permissions boundary",
    [
      [
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
        "iam:PutUserPermissionsBoundary",
      ],
    ],
    [
      "Whoever runs as this role can take away the limit under which roles or users stand.",
      "Harmless where a condition (iam:PermissionsBoundary) demands the boundary that is meant.",
    ],
    BOUNDARIES,
  ),
  iam(
    "user-credentials",
    "Make other credentials of a user, or weaken its sign-in",
    [
      [
        "iam:CreateServiceSpecificCredential",
        "iam:ResetServiceSpecificCredential",
        "iam:UpdateAccessKey",
        "iam:UploadSSHPublicKey",
        "iam:UploadSigningCertificate",
        "iam:DeactivateMFADevice",
      ],
    ],
    signInAs,
    "https://cloudsplaining.readthedocs.io/en/latest/glossary/credentials-exposure/",
  ),
  {
    ...{ id: "sts-001", kind: "escalation", title: "Assume other roles", needs: ["sts:AssumeRole"] },
    severity: ["medium", "low", "low"],
    why: "Whoever runs as this role can go on as every role that trusts it or its account.",
    harmless: "Each of these roles decides by its trust policy whether this one may assume it.",
    reference: pathfinding("sts-001"),
  },
  {
    ...{ id: "pass-any-role", kind: "escalation", title: "Pass any role", needs: ["iam:PassRole"] },
    severity: ["medium", null, null],
    why: "Whatever service it may use, this role can hand it any role of the account.",
    harmless: "Harmless while it may create or change nothing to which a role is passed.",
    reference:
      "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
  },

  newThing("apprunner-001", "a new App Runner service", "tasks.apprunner.amazonaws.com", [
    "apprunner:CreateService",
  ]),
  existingThing("apprunner-002", "Change an App Runner service", "the service", ["apprunner:UpdateService"]),
  newThing(
    "autoscaling-group",
    "a new Auto Scaling group",
    EC2,
    ["autoscaling:CreateAutoScalingGroup", "autoscaling:CreateLaunchConfiguration"],
    PROWLER,
  ),
  newThing(
    "autoscaling-update",
    "the instances of an Auto Scaling group",
    EC2,
    ["autoscaling:UpdateAutoScalingGroup", "autoscaling:CreateLaunchConfiguration"],
    PROWLER,
  ),
  newThing("bedrock-001", "a new Bedrock code interpreter", BEDROCK, [
    "bedrock-agentcore:CreateCodeInterpreter",
    "bedrock-agentcore:InvokeCodeInterpreter",
  ]),
  existingThing("bedrock-002", "Run code in a Bedrock code interpreter", "the interpreter", [
    "bedrock-agentcore:InvokeCodeInterpreter",
    "bedrock-agentcore:StartCodeInterpreterSession",
  ]),
  newThing("cloudformation-001", "a new CloudFormation stack", CLOUDFORMATION, [
    "cloudformation:CreateStack",
  ]),
  existingThing("cloudformation-002", "Change a CloudFormation stack", "the stack", [
    "cloudformation:UpdateStack",
  ]),
  newThing("cloudformation-003", "a new CloudFormation stack set", CLOUDFORMATION, [
    "cloudformation:CreateStackSet",
    "cloudformation:CreateStackInstances",
  ]),
  newThing("cloudformation-004", "a CloudFormation stack set", CLOUDFORMATION, [
    "cloudformation:UpdateStackSet",
  ]),
  existingThing("cloudformation-005", "Change a CloudFormation stack by a change set", "the stack", [
    "cloudformation:ExecuteChangeSet",
    "cloudformation:CreateChangeSet",
  ]),
  newThing("codebuild-001", "a new CodeBuild project", CODEBUILD, [
    "codebuild:CreateProject",
    "codebuild:StartBuild",
  ]),
  existingThing("codebuild-002", "Start a build with commands of one's own", "the CodeBuild project", [
    "codebuild:StartBuild",
  ]),
  existingThing(
    "codebuild-003",
    "Start a batch of builds with commands of one's own",
    "the CodeBuild project",
    ["codebuild:StartBuildBatch"],
  ),
  newThing("codebuild-004", "a new CodeBuild project that builds in batches", CODEBUILD, [
    "codebuild:CreateProject",
    "codebuild:StartBuildBatch",
  ]),
  newThing(
    "codestar-project",
    "a new CodeStar project",
    "codestar.amazonaws.com",
    ["codestar:CreateProject"],
    CODESTAR,
  ),
  existingThing(
    "codestar-template",
    "Make a CodeStar project from a template",
    "CodeStar",
    ["codestar:CreateProjectFromTemplate"],
    CODESTAR,
  ),
  existingThing(
    "codestar-member",
    "Join a CodeStar project as its owner",
    "the owner of the project",
    ["codestar:AssociateTeamMember", "codestar:CreateProject"],
    CODESTAR,
  ),
  newThing("datapipeline-001", "a new data pipeline", "datapipeline.amazonaws.com", [
    "datapipeline:CreatePipeline",
  ]),
  newThing("ec2-001", "a new EC2 instance", EC2, ["ec2:RunInstances"]),
  existingThing("ec2-002", "Change what an EC2 instance runs when it starts", "the instance", [
    "ec2:ModifyInstanceAttribute",
    "ec2:StopInstances",
    "ec2:StartInstances",
  ]),
  newThing("ec2-003", "a new EC2 spot instance", EC2, ["ec2:RequestSpotInstances"]),
  existingThing("ec2-004", "Change a launch template", "the instances that come from it", [
    "ec2:ModifyLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
  ]),
  newThing(
    "ec2-profile",
    "a running EC2 instance",
    EC2,
    [["ec2:AssociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation"]],
    "https://hackingthe.cloud/aws/exploitation/iam_privilege_escalation/",
  ),
  existingThing("ec2instanceconnect-003", "Put an SSH key onto an EC2 instance", "the instance", [
    "ec2-instance-connect:SendSSHPublicKey",
  ]),
  newThing("ecs-001", "a new ECS service on a new cluster", ECS, [
    "ecs:CreateCluster",
    "ecs:RegisterTaskDefinition",
    "ecs:CreateService",
  ]),
  newThing("ecs-002", "a new ECS task on a new cluster", ECS, [
    "ecs:CreateCluster",
    "ecs:RegisterTaskDefinition",
    "ecs:RunTask",
  ]),
  newThing("ecs-003", "a new ECS service", ECS, ["ecs:RegisterTaskDefinition", "ecs:CreateService"]),
  newThing("ecs-004", "a new ECS task", ECS, ["ecs:RegisterTaskDefinition", "ecs:RunTask"]),
  newThing("ecs-005", "a new ECS task on an instance of choice", ECS, [
    "ecs:RegisterTaskDefinition",
    "ecs:StartTask",
  ]),
  newThing("ecs-run-task", "an ECS task whose commands are overridden", ECS, ["ecs:RunTask"], PROWLER),
  newThing(
    "ecs-start-task",
    "an ECS task on an instance that one brings along",
    ECS,
    ["ecs:StartTask", "ecs:RegisterContainerInstance"],
    "https://labs.reversec.com/posts/2025/08/another-ecs-privilege-escalation-path",
  ),
  existingThing("ecs-006", "Run commands in an ECS task", "the task", ["ecs:ExecuteCommand"]),
  newThing("glue-001", "a new Glue development endpoint", GLUE, ["glue:CreateDevEndpoint"]),
  existingThing("glue-002", "Change a Glue development endpoint", "the endpoint", ["glue:UpdateDevEndpoint"]),
  newThing("glue-003", "a new Glue job", GLUE, ["glue:CreateJob", "glue:StartJobRun"]),
  newThing("glue-004", "a new Glue job that a trigger starts", GLUE, [
    "glue:CreateJob",
    "glue:CreateTrigger",
  ]),
  newThing("glue-005", "a Glue job", GLUE, ["glue:UpdateJob", "glue:StartJobRun"]),
  newThing("glue-006", "a Glue job that a trigger starts", GLUE, ["glue:UpdateJob", "glue:CreateTrigger"]),
  newThing("lambda-001", "a new Lambda function, and call it", LAMBDA, [
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
  ]),
  newThing("lambda-002", "a new Lambda function that events call", LAMBDA, [
    "lambda:CreateFunction",
    "lambda:CreateEventSourceMapping",
  ]),
  existingThing("lambda-003", "Change the code of a Lambda function", "the function", [
    "lambda:UpdateFunctionCode",
  ]),
  existingThing("lambda-004", "Change the code of a Lambda function, and call it", "the function", [
    "lambda:UpdateFunctionCode",
    "lambda:InvokeFunction",
  ]),
  existingThing(
    "lambda-005",
    "Change the code of a Lambda function, and let others call it",
    "the function",
    ["lambda:UpdateFunctionCode", "lambda:AddPermission"],
  ),
  newThing("lambda-006", "a new Lambda function that others may call", LAMBDA, [
    "lambda:CreateFunction",
    "lambda:AddPermission",
  ]),
  existingThing(
    "lambda-layer",
    "Put a layer under a Lambda function",
    "the function",
    ["lambda:UpdateFunctionConfiguration"],
    RHINO_2,
  ),
  newThing("sagemaker-001", "a new SageMaker notebook", SAGEMAKER, ["sagemaker:CreateNotebookInstance"]),
  newThing("sagemaker-002", "a new SageMaker training job", SAGEMAKER, ["sagemaker:CreateTrainingJob"]),
  newThing("sagemaker-003", "a new SageMaker processing job", SAGEMAKER, ["sagemaker:CreateProcessingJob"]),
  existingThing("sagemaker-004", "Open a SageMaker notebook", "the notebook", [
    "sagemaker:CreatePresignedNotebookInstanceUrl",
  ]),
  existingThing("sagemaker-005", "Change what a SageMaker notebook runs when it starts", "the notebook", [
    "sagemaker:UpdateNotebookInstance",
    "sagemaker:CreateNotebookInstanceLifecycleConfig",
    "sagemaker:StopNotebookInstance",
    "sagemaker:StartNotebookInstance",
  ]),
  existingThing("ssm-001", "Open a session on a managed instance", "the instance", ["ssm:StartSession"]),
  existingThing("ssm-002", "Run commands on managed instances", "the instances", ["ssm:SendCommand"]),
];
