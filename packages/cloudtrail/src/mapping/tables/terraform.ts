/** What Terraform calls during the life of a resource, after the call that made it. */
export interface Life {
  readonly type: string;
  readonly reads: readonly string[];
  readonly updates: readonly string[];
  readonly deletes: readonly string[];
}

const life = (type: string, reads: string, updates: string, deletes: string): Life => {
  const list = (text: string) => text.split(" ").filter((action) => action !== "");
  return { type, reads: list(reads), updates: list(updates), deletes: list(deletes) };
};

const bucketReads =
  "s3:ListBucket s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketLogging s3:GetBucketObjectLockConfiguration s3:GetBucketPolicy s3:GetBucketRequestPayment s3:GetBucketTagging s3:GetBucketVersioning s3:GetBucketWebsite s3:GetAccelerateConfiguration s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration s3:GetReplicationConfiguration";

/**
 * The action that makes a resource → what Terraform's AWS provider needs for it later. Sources: the provider's read,
 * update and delete functions of each resource type, and the actions of those calls.
 */
export const lives: Readonly<Record<string, Life>> = {
  "acm:RequestCertificate": life(
    "aws_acm_certificate",
    "acm:DescribeCertificate acm:ListTagsForCertificate",
    "acm:AddTagsToCertificate acm:RemoveTagsFromCertificate acm:UpdateCertificateOptions",
    "acm:DeleteCertificate",
  ),
  "cloudfront:CreateDistribution": life(
    "aws_cloudfront_distribution",
    "cloudfront:GetDistribution cloudfront:ListTagsForResource",
    "cloudfront:UpdateDistribution cloudfront:TagResource cloudfront:UntagResource",
    "cloudfront:DeleteDistribution",
  ),
  "cloudwatch:PutMetricAlarm": life(
    "aws_cloudwatch_metric_alarm",
    "cloudwatch:DescribeAlarms cloudwatch:ListTagsForResource",
    "cloudwatch:PutMetricAlarm cloudwatch:TagResource cloudwatch:UntagResource",
    "cloudwatch:DeleteAlarms",
  ),
  "dynamodb:CreateTable": life(
    "aws_dynamodb_table",
    "dynamodb:DescribeTable dynamodb:DescribeContinuousBackups dynamodb:DescribeTimeToLive dynamodb:ListTagsOfResource",
    "dynamodb:UpdateTable dynamodb:UpdateContinuousBackups dynamodb:UpdateTimeToLive dynamodb:TagResource dynamodb:UntagResource",
    "dynamodb:DeleteTable",
  ),
  "ec2:CreateSecurityGroup": life(
    "aws_security_group",
    "ec2:DescribeSecurityGroups ec2:DescribeNetworkInterfaces",
    "ec2:AuthorizeSecurityGroupIngress ec2:AuthorizeSecurityGroupEgress ec2:RevokeSecurityGroupIngress ec2:RevokeSecurityGroupEgress",
    "ec2:DeleteSecurityGroup",
  ),
  "ec2:CreateSubnet": life(
    "aws_subnet",
    "ec2:DescribeSubnets",
    "ec2:ModifySubnetAttribute",
    "ec2:DeleteSubnet",
  ),
  "ec2:CreateVpc": life(
    "aws_vpc",
    "ec2:DescribeVpcs ec2:DescribeVpcAttribute ec2:DescribeNetworkAcls ec2:DescribeRouteTables ec2:DescribeSecurityGroups",
    "ec2:ModifyVpcAttribute",
    "ec2:DeleteVpc",
  ),
  "ec2:RunInstances": life(
    "aws_instance",
    "ec2:DescribeInstances ec2:DescribeInstanceAttribute ec2:DescribeInstanceTypes ec2:DescribeTags ec2:DescribeVolumes",
    "ec2:ModifyInstanceAttribute ec2:StartInstances ec2:StopInstances",
    "ec2:TerminateInstances",
  ),
  "ecr:CreateRepository": life(
    "aws_ecr_repository",
    "ecr:DescribeRepositories ecr:ListTagsForResource",
    "ecr:PutImageScanningConfiguration ecr:PutImageTagMutability ecr:TagResource ecr:UntagResource",
    "ecr:DeleteRepository",
  ),
  "ecs:CreateCluster": life(
    "aws_ecs_cluster",
    "ecs:DescribeClusters",
    "ecs:UpdateCluster ecs:TagResource ecs:UntagResource",
    "ecs:DeleteCluster",
  ),
  "ecs:CreateService": life(
    "aws_ecs_service",
    "ecs:DescribeServices",
    "ecs:UpdateService",
    "ecs:DeleteService",
  ),
  "elasticloadbalancing:CreateLoadBalancer": life(
    "aws_lb",
    "elasticloadbalancing:DescribeLoadBalancers elasticloadbalancing:DescribeLoadBalancerAttributes elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:ModifyLoadBalancerAttributes elasticloadbalancing:SetSecurityGroups elasticloadbalancing:SetSubnets",
    "elasticloadbalancing:DeleteLoadBalancer",
  ),
  "events:PutRule": life(
    "aws_cloudwatch_event_rule",
    "events:DescribeRule events:ListTagsForResource",
    "events:TagResource events:UntagResource",
    "events:DeleteRule",
  ),
  "events:PutTargets": life(
    "aws_cloudwatch_event_target",
    "events:ListTargetsByRule",
    "",
    "events:RemoveTargets",
  ),
  "iam:AttachRolePolicy": life(
    "aws_iam_role_policy_attachment",
    "iam:ListAttachedRolePolicies",
    "",
    "iam:DetachRolePolicy",
  ),
  "iam:CreateInstanceProfile": life(
    "aws_iam_instance_profile",
    "iam:GetInstanceProfile",
    "iam:AddRoleToInstanceProfile iam:RemoveRoleFromInstanceProfile",
    "iam:DeleteInstanceProfile",
  ),
  "iam:CreatePolicy": life(
    "aws_iam_policy",
    "iam:GetPolicy iam:GetPolicyVersion",
    "iam:CreatePolicyVersion iam:DeletePolicyVersion iam:TagPolicy iam:UntagPolicy",
    "iam:ListPolicyVersions iam:DeletePolicyVersion iam:DeletePolicy",
  ),
  "iam:CreateRole": life(
    "aws_iam_role",
    "iam:GetRole iam:ListRolePolicies iam:ListAttachedRolePolicies",
    "iam:UpdateAssumeRolePolicy iam:UpdateRole iam:UpdateRoleDescription iam:TagRole iam:UntagRole",
    "iam:ListInstanceProfilesForRole iam:DeleteRole",
  ),
  "iam:PutRolePolicy": life("aws_iam_role_policy", "iam:GetRolePolicy", "", "iam:DeleteRolePolicy"),
  "kms:CreateAlias": life("aws_kms_alias", "kms:ListAliases", "kms:UpdateAlias", "kms:DeleteAlias"),
  "kms:CreateKey": life(
    "aws_kms_key",
    "kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListResourceTags",
    "kms:PutKeyPolicy kms:UpdateKeyDescription kms:EnableKeyRotation kms:TagResource kms:UntagResource",
    "kms:ScheduleKeyDeletion",
  ),
  "lambda:AddPermission": life("aws_lambda_permission", "lambda:GetPolicy", "", "lambda:RemovePermission"),
  "lambda:CreateEventSourceMapping": life(
    "aws_lambda_event_source_mapping",
    "lambda:GetEventSourceMapping lambda:ListTags",
    "lambda:UpdateEventSourceMapping",
    "lambda:DeleteEventSourceMapping",
  ),
  "lambda:CreateFunction": life(
    "aws_lambda_function",
    "lambda:GetFunction lambda:GetFunctionCodeSigningConfig lambda:ListVersionsByFunction",
    "lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration lambda:TagResource lambda:UntagResource",
    "lambda:DeleteFunction",
  ),
  "logs:CreateLogGroup": life(
    "aws_cloudwatch_log_group",
    "logs:DescribeLogGroups logs:ListTagsForResource",
    "logs:PutRetentionPolicy logs:DeleteRetentionPolicy logs:TagResource logs:UntagResource",
    "logs:DeleteLogGroup",
  ),
  "rds:CreateDBInstance": life(
    "aws_db_instance",
    "rds:DescribeDBInstances rds:ListTagsForResource",
    "rds:ModifyDBInstance rds:AddTagsToResource rds:RemoveTagsFromResource",
    "rds:DeleteDBInstance",
  ),
  "rds:CreateDBSubnetGroup": life(
    "aws_db_subnet_group",
    "rds:DescribeDBSubnetGroups rds:ListTagsForResource",
    "rds:ModifyDBSubnetGroup",
    "rds:DeleteDBSubnetGroup",
  ),
  "route53:ChangeResourceRecordSets": life(
    "aws_route53_record",
    "route53:GetHostedZone route53:ListResourceRecordSets",
    "",
    "",
  ),
  "s3:CreateBucket": life("aws_s3_bucket", bucketReads, "s3:PutBucketTagging", "s3:DeleteBucket"),
  "s3:PutBucketPolicy": life("aws_s3_bucket_policy", "s3:GetBucketPolicy", "", "s3:DeleteBucketPolicy"),
  "s3:PutObject": life(
    "aws_s3_object",
    "s3:GetObject s3:GetObjectTagging",
    "s3:PutObjectTagging",
    "s3:DeleteObject",
  ),
  "secretsmanager:CreateSecret": life(
    "aws_secretsmanager_secret",
    "secretsmanager:DescribeSecret secretsmanager:GetResourcePolicy",
    "secretsmanager:UpdateSecret secretsmanager:TagResource secretsmanager:UntagResource",
    "secretsmanager:DeleteSecret",
  ),
  "sns:CreateTopic": life(
    "aws_sns_topic",
    "sns:GetTopicAttributes sns:ListTagsForResource",
    "sns:SetTopicAttributes sns:TagResource sns:UntagResource",
    "sns:DeleteTopic",
  ),
  "sns:Subscribe": life(
    "aws_sns_topic_subscription",
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
  ),
  "sqs:CreateQueue": life(
    "aws_sqs_queue",
    "sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ListQueueTags",
    "sqs:SetQueueAttributes sqs:TagQueue sqs:UntagQueue",
    "sqs:DeleteQueue",
  ),
  "ssm:PutParameter": life(
    "aws_ssm_parameter",
    "ssm:DescribeParameters ssm:GetParameter ssm:ListTagsForResource",
    "ssm:AddTagsToResource ssm:RemoveTagsFromResource",
    "ssm:DeleteParameter",
  ),
  "states:CreateStateMachine": life(
    "aws_sfn_state_machine",
    "states:DescribeStateMachine states:ListTagsForResource",
    "states:UpdateStateMachine states:TagResource states:UntagResource",
    "states:DeleteStateMachine",
  ),
};
