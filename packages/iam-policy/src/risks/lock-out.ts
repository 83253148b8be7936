import type { Path, Severities } from "./path.ts";

const IAM_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/";
const STRATUS = "https://stratus-red-team.cloud/attack-techniques/AWS/";
const REMOVAL = "https://attack.mitre.org/techniques/T1531/";

/** The pipeline, or everybody, can no longer work in the account. */
function lockOut(
  id: string,
  title: string,
  actions: readonly string[],
  severity: Severities,
  [why, harmless, reference]: readonly [string, string, string],
): Path {
  return { ...{ id, kind: "lock-out", title, needs: [actions], severity }, why, harmless, reference };
}

/** Beside those of the table: flagged only where the role itself is among the resources. */
export const ownRoleId = "own-role";

export const lockOutPaths: readonly Path[] = [
  lockOut(
    ownRoleId,
    "Take the pipeline's own role away",
    [
      "iam:DeleteRole",
      "iam:DetachRolePolicy",
      "iam:DeleteRolePolicy",
      "iam:PutRolePermissionsBoundary",
      "iam:UpdateAssumeRolePolicy",
    ],
    ["medium", "low", null],
    [
      "A mistake in one run can delete the role or its permissions, and then no run can repair it.",
      "Harmless where its own role is not among the resources, or another pipeline looks after it.",
      `${IAM_GUIDE}id_roles_manage_delete.html`,
    ],
  ),
  lockOut(
    "identity-providers",
    "Take away how pipelines and people sign in",
    [
      "iam:DeleteOpenIDConnectProvider",
      "iam:RemoveClientIDFromOpenIDConnectProvider",
      "iam:UpdateOpenIDConnectProviderThumbprint",
      "iam:DeleteSAMLProvider",
      "iam:UpdateSAMLProvider",
    ],
    ["high", "medium", "medium"],
    [
      "Every pipeline and person that comes through the provider is shut out at once, this one included.",
      "Harmless where this pipeline is the one that looks after the provider.",
      `${IAM_GUIDE}id_roles_providers_oidc.html`,
    ],
  ),
  lockOut(
    "keys",
    "Make encrypted data unreadable",
    ["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial"],
    ["medium", "medium", "low"],
    [
      "Whatever a key encrypts, Terraform's state and logs among it, can no longer be read.",
      "Usual where the pipeline takes keys down that it has made itself; a deletion waits seven days at least.",
      "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    ],
  ),
  lockOut(
    "account",
    "Take the account out of the organization, or close it",
    [
      "organizations:LeaveOrganization",
      "organizations:RemoveAccountFromOrganization",
      "organizations:CloseAccount",
      "account:CloseAccount",
      "organizations:DetachPolicy",
      "organizations:DeletePolicy",
    ],
    ["high", "high", "medium"],
    [
      "The limits and the logging of the organization no longer hold for the account, or nobody can use it.",
      "Harmless where a service control policy forbids it.",
      `${STRATUS}aws.defense-evasion.organizations-leave/`,
    ],
  ),
  lockOut(
    "delete-principals",
    "Delete or detach what others work with",
    [
      "iam:DeleteUser",
      "iam:DeleteGroup",
      "iam:DeletePolicy",
      "iam:DetachUserPolicy",
      "iam:DetachGroupPolicy",
    ],
    ["medium", "low", null],
    [
      "Users, groups and their policies can be taken away from those who need them.",
      "Usual for those of the application's own; harmless once only these are named.",
      REMOVAL,
    ],
  ),
];
