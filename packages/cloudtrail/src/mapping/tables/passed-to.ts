/**
 * Service principals that a role is passed to (`iam:PassedToService`) where it is not the eventSource itself:
 * eventSource prefix, then event name or `*`, optionally `/parameter`. Source: each service's guide on its roles.
 */
export const passedTo: Readonly<Record<string, string>> = {
  "autoscaling/CreateLaunchConfiguration": "ec2.amazonaws.com",
  "batch/RegisterJobDefinition": "ecs-tasks.amazonaws.com",
  "ec2/CreateFlowLogs": "vpc-flow-logs.amazonaws.com",
  "ec2/RequestSpotFleet": "spotfleet.amazonaws.com",
  "ecs/RegisterTaskDefinition": "ecs-tasks.amazonaws.com",
  "ecs/RunTask": "ecs-tasks.amazonaws.com",
  "ecs/StartTask": "ecs-tasks.amazonaws.com",
  "eks/CreateNodegroup": "ec2.amazonaws.com",
  "iam/AddRoleToInstanceProfile": "ec2.amazonaws.com",
  "pinpoint/*": "pinpoint.amazonaws.com",
  "rds/*/monitoringrolearn": "monitoring.rds.amazonaws.com",
  "email/*": "ses.amazonaws.com",
  "amazonmq/*": "mq.amazonaws.com",
  "application-insights/*": "applicationinsights.amazonaws.com",
  "rdsdata/*": "rds.amazonaws.com",
};

/** Sources whose calls name roles without passing them. */
export const neverPasses: ReadonlySet<string> = new Set([
  "iam",
  "sts",
  "kms",
  "sso",
  "organizations",
  "access-analyzer",
  "secretsmanager",
  "lakeformation",
  "tagging",
  "ram",
]);
