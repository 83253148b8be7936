import { trusting } from "./reader.ts";
import { allow, deny, policy, type Resource, ref, sub } from "./template.ts";

const ownRoles = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role${PlpPath}*";
const boundary = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy${PlpPath}${BoundaryName}";
const deploymentRoles = sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role${RolePath}*");
const deploymentPolicies = sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy${RolePath}*");
const withBoundary = { "iam:PermissionsBoundary": sub(boundary) };

const readRole = [
  "iam:GetRole",
  "iam:GetRolePolicy",
  "iam:ListAttachedRolePolicies",
  "iam:ListInstanceProfilesForRole",
  "iam:ListRolePolicies",
  "iam:ListRoleTags",
];
const readPolicy = [
  "iam:GetPolicy",
  "iam:GetPolicyVersion",
  "iam:ListEntitiesForPolicy",
  "iam:ListPolicyTags",
  "iam:ListPolicyVersions",
];
/** Grants something to a role: only to one that has the boundary. */
const grant = [
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
];
const changeRole = [
  "iam:DeleteRole",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
  "iam:UpdateRoleDescription",
];
const changePolicy = [
  "iam:CreatePolicy",
  "iam:CreatePolicyVersion",
  "iam:DeletePolicy",
  "iam:DeletePolicyVersion",
  "iam:SetDefaultPolicyVersion",
  "iam:TagPolicy",
  "iam:UntagPolicy",
];

/**
 * The IAM management role, which the apply job assumes and nobody else: it makes deployment roles and their policies
 * under one path, never without the boundary, and can touch neither itself, nor PLP's roles, nor the boundary.
 */
export const management: Resource = {
  Type: "AWS::IAM::Role",
  Condition: "HasManagement",
  Properties: {
    RoleName: ref("ManagementName"),
    Path: ref("PlpPath"),
    Description: "The apply job manages deployment roles under one path, always with the boundary",
    AssumeRolePolicyDocument: trusting("ApplyRoleArns"),
    Policies: [
      {
        PolicyName: "manage",
        PolicyDocument: policy([
          allow([...readRole, ...changeRole], [deploymentRoles]),
          allow(grant, [deploymentRoles], { Condition: { StringEquals: withBoundary } }),
          allow([...readPolicy, ...changePolicy], [deploymentPolicies]),
          allow(
            ["iam:GetPolicy", "iam:GetPolicyVersion"],
            [sub(boundary), sub("arn:${AWS::Partition}:iam::aws:policy/*")],
          ),
          deny([...grant, ...changeRole, "iam:DeleteRolePermissionsBoundary"], [sub(ownRoles)]),
          deny(changePolicy, [sub(boundary)]),
        ]),
      },
    ],
  },
};

/** What the plan job assumes: it reads what the management role manages. */
export const plan: Resource = {
  Type: "AWS::IAM::Role",
  Condition: "HasPlan",
  Properties: {
    RoleName: ref("PlanName"),
    Path: ref("PlpPath"),
    Description: "The plan job reads deployment roles under one path",
    AssumeRolePolicyDocument: trusting("PlanRoleArns"),
    Policies: [
      {
        PolicyName: "read",
        PolicyDocument: policy([
          allow(readRole, [deploymentRoles]),
          allow(readPolicy, [deploymentPolicies]),
          allow(
            ["iam:GetPolicy", "iam:GetPolicyVersion"],
            [sub(boundary), sub("arn:${AWS::Partition}:iam::aws:policy/*")],
          ),
        ]),
      },
    ],
  },
};

/**
 * The boundary of every deployment role. It grants nothing by itself: a role has what its policies allow and this does not
 * forbid. Forbidden is to get around it (making or changing a role or user without it, taking it off), to touch PLP's
 * roles, and to blind the trail.
 */
export const boundaryPolicy: Resource = {
  Type: "AWS::IAM::ManagedPolicy",
  Condition: "HasBoundary",
  Properties: {
    ManagedPolicyName: ref("BoundaryName"),
    Path: ref("PlpPath"),
    Description: "The most that a deployment role may do",
    PolicyDocument: policy([
      { Sid: "WhatThePoliciesAllow", Effect: "Allow", Action: "*", Resource: "*" },
      deny(
        [
          "iam:AttachRolePolicy",
          "iam:AttachUserPolicy",
          "iam:CreateRole",
          "iam:CreateUser",
          "iam:PutRolePermissionsBoundary",
          "iam:PutRolePolicy",
          "iam:PutUserPermissionsBoundary",
          "iam:PutUserPolicy",
        ],
        ["*"],
        { Sid: "NobodyWithoutThisBoundary", Condition: { StringNotEquals: withBoundary } },
      ),
      deny(["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"], ["*"], {
        Sid: "TheBoundaryStaysOn",
      }),
      deny(
        [
          "iam:CreatePolicyVersion",
          "iam:DeletePolicy",
          "iam:DeletePolicyVersion",
          "iam:SetDefaultPolicyVersion",
        ],
        [sub(boundary)],
        { Sid: "TheBoundaryStaysAsItIs" },
      ),
      deny(["iam:*", "sts:AssumeRole"], [sub(ownRoles)], { Sid: "NotPlp" }),
      deny(
        [
          "cloudtrail:DeleteTrail",
          "cloudtrail:PutEventSelectors",
          "cloudtrail:StopLogging",
          "cloudtrail:UpdateTrail",
          "organizations:LeaveOrganization",
        ],
        ["*"],
        { Sid: "TheTrailStaysOn" },
      ),
    ]),
  },
};
