/**
 * Prefixes of the services for which policy generation names actions: IAM user guide, "IAM Access Analyzer policy
 * generation and action last accessed support", as of
 * June 2023; AWS has added services since. For all others it only tells that the service was used.
 */
export const actionLevelServices: ReadonlySet<string> = new Set(
  `
  access-analyzer account airflow amplify amplifyuibuilder app-integrations appflow application-cost-
  profiler appsync aps athena aws-marketplace batch braket cloud9 cloudformation cloudsearch
  cloudtrail cloudwatch codeartifact codeguru-profiler codeguru-reviewer codestar codestar-
  notifications cognito-identity cognito-idp cognito-sync compute-optimizer connect cur databrew
  dataexchange datapipeline dax devicefarm devops-guru directconnect dlm dms ds dynamodb ebs ec2 ecr
  ecr-public ecs eks elastic-inference elasticbeanstalk elasticfilesystem elasticloadbalancing
  elastictranscoder emr-containers es evidently finspace firehose fis fms geo grafana greengrass
  groundstation guardduty healthlake iam identitystore imagebuilder inspector inspector2
  iotdeviceadvisor iotfleethub iottwinmaker ivs kafka kafkaconnect kinesis kms lambda lightsail logs
  lookoutequipment lookoutmetrics lookoutvision managedblockchain mediaconnect mediaconvert medialive
  mediatailor memorydb mgh mgn migrationhub-strategy mobiletargeting mq networkmanager nimble opsworks
  outposts panorama pi polly profile qldb ram rbin rds redshift-data resource-groups route53-recovery-
  control-config route53-recovery-readiness route53resolver rum s3 s3-outposts savingsplans schemas
  sdb secretsmanager securityhub servicediscovery servicequotas ses shield signer sms sms-voice
  snowball sqs ssm ssm-incidents sts swf synthetics tag textract timestream transcribe translate
  wellarchitected wisdom worklink
`
    .trim()
    .split(/\s+/),
);

/** Prefixes of the services whose management actions IAM's last-accessed information names: the same page. */
export const trackedServices: ReadonlySet<string> = new Set(["ec2", "iam", "lambda", "s3"]);
