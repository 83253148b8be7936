import { roles } from "./names.ts";
import { allow, onlyWhen, policy, type Resource, ref, sub, type Value } from "./template.ts";

const bucket = "arn:${AWS::Partition}:s3:::${TrailBucket}";
/** The account's own files; the archive's bucket policy shows it no others either. */
const ownFiles = `${bucket}/\${TrailPrefix}\${AWS::AccountId}/*`;
const deploymentRoles = sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role${RolePath}*");

/** Who may assume a role: these roles, of one account, within the organization. Trusting the account's root and naming the roles
 * in a condition outlives a role that is made anew, which a role as principal does not. */
export function trusting(parameter: string): Value {
  const account: Value = {
    "Fn::Select": [4, { "Fn::Split": [":", { "Fn::Select": [0, ref(parameter)] }] }],
  };
  return policy([
    {
      Effect: "Allow",
      Principal: { AWS: account },
      Action: ["sts:AssumeRole"],
      Condition: {
        ArnEquals: { "aws:PrincipalArn": ref(parameter) },
        StringEquals: { "aws:PrincipalOrgID": ref("OrganizationId") },
      },
    },
  ]);
}

/** Reading the archive, as far as it is the account's own: also decrypting it, where a key of ours encrypts it. */
function archive(actions: { readonly list: Value }): readonly Value[] {
  return [
    allow(["s3:GetObject"], [sub(ownFiles)]),
    actions.list,
    onlyWhen(
      "HasKey",
      allow(["kms:Decrypt"], [ref("TrailKeyArn")], {
        Condition: { StringEquals: { "kms:EncryptionContext:aws:cloudtrail:arn": ref("TrailArn") } },
      }),
    ),
  ];
}

/**
 * The role that PLP assumes: it starts and reads analyses, reads the deployment roles and their policies under one path,
 * and the account's own files of the archive. It changes nothing. Actions on every resource are those for which AWS
 * knows no narrower one.
 */
export const reader: Resource = {
  Type: "AWS::IAM::Role",
  Condition: "HasReader",
  Properties: {
    RoleName: ref("ReaderName"),
    Path: ref("PlpPath"),
    Description: "PLP reads what deployment roles used; it changes nothing",
    AssumeRolePolicyDocument: trusting("HubRoleArns"),
    Policies: [
      {
        PolicyName: "read",
        PolicyDocument: policy([
          allow(
            [
              "access-analyzer:CancelPolicyGeneration",
              "access-analyzer:CheckAccessNotGranted",
              "access-analyzer:CheckNoNewAccess",
              "access-analyzer:GetGeneratedPolicy",
              "access-analyzer:ListPolicyGenerations",
              "access-analyzer:StartPolicyGeneration",
              "access-analyzer:ValidatePolicy",
              "iam:GetServiceLastAccessedDetails",
            ],
            ["*"],
          ),
          allow(
            [
              "iam:GenerateServiceLastAccessedDetails",
              "iam:GetRole",
              "iam:GetRolePolicy",
              "iam:ListAttachedRolePolicies",
              "iam:ListRolePolicies",
            ],
            [deploymentRoles],
          ),
          allow(
            ["iam:GetPolicy", "iam:GetPolicyVersion"],
            [
              sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy${RolePath}*"),
              sub("arn:${AWS::Partition}:iam::aws:policy/*"),
            ],
          ),
          allow(["iam:GetRole"], [sub(roles.analyzer)]),
          allow(["iam:PassRole"], [sub(roles.analyzer)], {
            Condition: { StringEquals: { "iam:PassedToService": "access-analyzer.amazonaws.com" } },
          }),
          allow(["cloudtrail:GetEventSelectors"], [ref("TrailArn")]),
          ...archive({
            list: allow(["s3:ListBucket"], [sub(bucket)], {
              Condition: { StringLike: { "s3:prefix": sub("${TrailPrefix}${AWS::AccountId}/*") } },
            }),
          }),
        ]),
      },
    ],
  },
};

/**
 * The service role of Access Analyzer (IAM user guide, "Generate policies based on access activity"). AWS does not say that
 * it sends a source account or ARN, so the trust asks for none; only this account's reader may pass the role.
 */
export const analyzer: Resource = {
  Type: "AWS::IAM::Role",
  Condition: "HasAnalyzer",
  Properties: {
    RoleName: ref("AnalyzerName"),
    Path: ref("PlpPath"),
    Description: "Access Analyzer reads the trail for policy generation",
    AssumeRolePolicyDocument: policy([
      {
        Effect: "Allow",
        Principal: { Service: "access-analyzer.amazonaws.com" },
        Action: ["sts:AssumeRole"],
      },
    ]),
    Policies: [
      {
        PolicyName: "read",
        PolicyDocument: policy([
          allow(["cloudtrail:GetTrail"], [ref("TrailArn")]),
          allow(["iam:GenerateServiceLastAccessedDetails"], [deploymentRoles]),
          allow(["iam:GetServiceLastAccessedDetails"], ["*"]),
          ...archive({ list: allow(["s3:ListBucket"], [sub(bucket)]) }),
        ]),
      },
    ],
  },
};
