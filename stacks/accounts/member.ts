import { boundaryPolicy, management, plan } from "./management.ts";
import { agreed } from "./names.ts";
import { analyzer, reader } from "./reader.ts";
import { isGiven, isTrue, type Parameter, switched, type Template, text } from "./template.ts";

const roleArns = (description: string, preset?: string): Parameter => ({
  Type: "CommaDelimitedList",
  Description: description,
  ...(preset === undefined ? {} : { Default: preset }),
});
const name = (description: string, preset: string) =>
  text(description, "[\\w+=,.@-]{1,64}", "the name of a role or policy", preset);

/**
 * What every account gets, by a StackSet of the hub, and the management account, which a StackSet does not reach, as a
 * stack of its own. Each role can be switched off.
 */
export function memberTemplate(): Template {
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "PLP: the roles that it needs in an account, each with nothing more than it needs",
    Parameters: {
      ...agreed,
      HubRoleArns: roleArns("The roles of PLP's functions in the hub account that read other accounts"),
      RolePath: text(
        "Path of the deployment roles and their policies; / for all",
        "/([\\w+=,.@-]{1,64}/){0,4}",
        "begins and ends with a slash",
        "/ci/",
      ),
      BoundaryName: name("Name of the permissions boundary of deployment roles", "boundary"),
      ManagementName: name("Name of the IAM management role", "iam-management"),
      PlanName: name("Name of the role of the plan job", "iam-plan"),
      ApplyRoleArns: roleArns("The identity of the apply job; empty: no IAM management role", ""),
      PlanRoleArns: roleArns("The identity of the plan job; empty: no role for it", ""),
      DeployReader: switched("The role that PLP assumes", "true"),
      DeployAnalyzer: switched("The service role of Access Analyzer", "true"),
      DeployManagement: switched("The IAM management role, the plan role and their boundary", "true"),
    },
    Conditions: {
      HasKey: isGiven("TrailKeyArn"),
      HasReader: isTrue("DeployReader"),
      HasAnalyzer: isTrue("DeployAnalyzer"),
      HasBoundary: isTrue("DeployManagement"),
      HasManagement: { "Fn::And": [isTrue("DeployManagement"), anyOf("ApplyRoleArns")] },
      HasPlan: { "Fn::And": [isTrue("DeployManagement"), anyOf("PlanRoleArns")] },
    },
    Resources: {
      Reader: reader,
      Analyzer: analyzer,
      Boundary: boundaryPolicy,
      Management: management,
      Plan: plan,
    },
  };
}

function anyOf(list: string) {
  return { "Fn::Not": [{ "Fn::Equals": [{ "Fn::Join": ["", { Ref: list }] }, ""] }] } as const;
}
