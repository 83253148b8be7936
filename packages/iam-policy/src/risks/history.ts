import type { Path, Severities } from "./path.ts";

const STRATUS = "https://stratus-red-team.cloud/attack-techniques/AWS/";
const IMPAIR_LOGS = "https://attack.mitre.org/techniques/T1562/008/";
const IMPAIR_TOOLS = "https://attack.mitre.org/techniques/T1562/001/";
const DESTRUCTION = "https://attack.mitre.org/techniques/T1485/";

/** What was done can no longer be told, or nobody is told of it. */
function tampering(
  id: string,
  title: string,
  actions: readonly string[],
  severity: Severities,
  [why, harmless, reference]: readonly [string, string, string],
): Path {
  return { ...{ id, kind: "history", title, needs: [actions], severity }, why, harmless, reference };
}

export const historyPaths: readonly Path[] = [
  tampering(
    "trail",
    "Stop or bend the recording of API calls",
    [
      "cloudtrail:StopLogging",
      "cloudtrail:DeleteTrail",
      "cloudtrail:UpdateTrail",
      "cloudtrail:PutEventSelectors",
      "cloudtrail:DeleteEventDataStore",
      "cloudtrail:StopEventDataStoreIngestion",
    ],
    ["high", "high", "medium"],
    [
      "Afterwards nobody can tell what was done in the account, nor what a role really needs.",
      "Harmless where the pipeline owns a trail of its own beside the organization's, which no member account can change.",
      `${STRATUS}aws.defense-evasion.cloudtrail-stop/`,
    ],
  ),
  tampering(
    "config-recorder",
    "Stop the recording of configurations",
    [
      "config:StopConfigurationRecorder",
      "config:DeleteConfigurationRecorder",
      "config:DeleteDeliveryChannel",
    ],
    ["high", "medium", "medium"],
    [
      "Changes of resources are no longer recorded, and rules no longer checked.",
      "Harmless where AWS Config is set up by this very pipeline and watched from another account.",
      IMPAIR_LOGS,
    ],
  ),
  tampering(
    "detectors",
    "Switch the detection of attacks off",
    [
      "guardduty:DeleteDetector",
      "guardduty:UpdateDetector",
      "guardduty:StopMonitoringMembers",
      "guardduty:DisassociateFromMasterAccount",
      "guardduty:DisassociateFromAdministratorAccount",
      "securityhub:DisableSecurityHub",
      "access-analyzer:DeleteAnalyzer",
      "macie2:DisableMacie",
      "inspector2:Disable",
      "detective:DeleteGraph",
    ],
    ["high", "medium", "medium"],
    [
      "Attacks and open resources are no longer reported.",
      "Harmless where the organization's administrator account keeps these services on.",
      IMPAIR_TOOLS,
    ],
  ),
  tampering(
    "flow-logs",
    "Delete the logs of networks and names",
    [
      "ec2:DeleteFlowLogs",
      "route53resolver:DeleteResolverQueryLogConfig",
      "route53resolver:DisassociateResolverQueryLogConfig",
      "wafv2:DeleteLoggingConfiguration",
    ],
    ["medium", "medium", "low"],
    [
      "Traffic and look-ups are no longer recorded.",
      "Usual where the pipeline takes networks down that it has set up itself.",
      `${STRATUS}aws.defense-evasion.vpc-remove-flow-logs/`,
    ],
  ),
  tampering(
    "log-groups",
    "Delete logs",
    ["logs:DeleteLogGroup", "logs:DeleteLogStream", "logs:PutRetentionPolicy"],
    ["medium", "low", null],
    [
      "Logs of others, also a trail's, can be deleted or made to expire.",
      "Usual for log groups of the application's own; harmless once only these are named.",
      IMPAIR_LOGS,
    ],
  ),
  tampering(
    "log-buckets",
    "Make stored logs expire or go unrecorded",
    ["s3:PutLifecycleConfiguration", "s3:PutBucketVersioning", "s3:PutBucketLogging"],
    ["medium", "low", null],
    [
      "Objects of any bucket, also those with logs, can be made to expire, or access to them to go unrecorded.",
      "Usual for buckets of the application's own; harmless once only these are named.",
      `${STRATUS}aws.defense-evasion.cloudtrail-lifecycle-rule/`,
    ],
  ),
  tampering(
    "delete-objects",
    "Delete objects in any bucket",
    ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
    ["medium", "low", null],
    [
      "Data and logs of others can be deleted.",
      "Usual for buckets of the application's own; harmless once only these are named.",
      DESTRUCTION,
    ],
  ),
  tampering(
    "delete-backups",
    "Delete backups",
    ["backup:DeleteBackupVault", "backup:DeleteRecoveryPoint", "backup:PutBackupVaultAccessPolicy"],
    ["medium", "medium", "low"],
    [
      "What was deleted or encrypted by somebody cannot be brought back.",
      "Harmless where the vault is locked, or the copies lie in another account.",
      DESTRUCTION,
    ],
  ),
  tampering(
    "alarms",
    "Silence alarms",
    ["cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions"],
    ["low", null, null],
    [
      "Nobody is told any more when something is wrong.",
      "Usual for alarms of the application's own; harmless once only these are named.",
      IMPAIR_TOOLS,
    ],
  ),
];
