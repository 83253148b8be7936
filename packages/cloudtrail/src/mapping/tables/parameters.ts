/**
 * Placeholder of an ARN format → names of request parameters that fill it, where the names do not resemble each
 * other; by IAM prefix. Lower case, without separators. Source: the API references' request parameters.
 */
export const parameterNames: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  appsync: { GraphQLAPIId: ["apiid"] },
  athena: { WorkGroupName: ["workgroup"] },
  autoscaling: { GroupFriendlyName: ["autoscalinggroupname"] },
  cloudformation: { StackName: ["stackname"] },
  cloudtrail: { TrailName: ["name", "trailname"] },
  cloudwatch: { AlarmName: ["alarmname", "alarmnames"] },
  codebuild: { ProjectName: ["projectname", "name", "names"] },
  codecommit: { RepositoryName: ["repositoryname"] },
  "cognito-idp": { UserPoolId: ["userpoolid"] },
  dms: {},
  dynamodb: { TableName: ["tablename"], IndexName: ["indexname"] },
  ec2: {
    AllocationId: ["allocationid"],
    NaclId: ["networkaclid"],
    SecurityGroupId: ["groupid", "securitygroupid"],
    TransitGatewayAttachmentId: ["transitgatewayattachmentid"],
    VpcFlowLogId: ["flowlogid"],
    NatGatewayId: ["natgatewayid"],
    KeyPairName: ["keyname"],
  },
  ecs: {
    ClusterName: ["cluster", "clustername"],
    ServiceName: ["service", "servicename"],
    TaskDefinitionFamilyName: ["family"],
  },
  eks: { ClusterName: ["clustername", "name"], NodegroupName: ["nodegroupname"], AddonName: ["addonname"] },
  elasticache: {
    CacheClusterId: ["cacheclusterid"],
    ReplicationGroupId: ["replicationgroupid"],
    CacheSubnetGroupName: ["cachesubnetgroupname"],
    CacheParameterGroupName: ["cacheparametergroupname"],
  },
  elasticfilesystem: { FileSystemId: ["filesystemid"], AccessPointId: ["accesspointid"] },
  elasticmapreduce: { ClusterId: ["jobflowid", "clusterid", "jobflowids"] },
  events: { RuleName: ["rule", "name", "rulename"], EventBusName: ["eventbusname"] },
  glue: { DatabaseName: ["databasename"], TableName: ["tablename"] },
  guardduty: { DetectorId: ["detectorid"] },
  kinesis: { StreamName: ["streamname"] },
  kms: { KeyId: ["keyid", "targetkeyid"], Alias: ["aliasname"] },
  lambda: { FunctionName: ["functionname"], LayerName: ["layername"], UUID: ["uuid"] },
  logs: { LogGroupName: ["loggroupname"], LogStreamName: ["logstreamname"] },
  organizations: {},
  rds: {
    ClusterParameterGroupName: ["dbclusterparametergroupname"],
    ClusterSnapshotName: ["dbclustersnapshotidentifier"],
    DbClusterInstanceName: ["dbclusteridentifier"],
    DbInstanceName: ["dbinstanceidentifier"],
    GlobalCluster: ["globalclusteridentifier"],
    OptionGroupName: ["optiongroupname"],
    ParameterGroupName: ["dbparametergroupname"],
    SecurityGroupName: ["dbsecuritygroupname"],
    SnapshotName: ["dbsnapshotidentifier"],
    SubnetGroupName: ["dbsubnetgroupname"],
    SubscriptionName: ["subscriptionname"],
  },
  redshift: { ClusterName: ["clusteridentifier"] },
  route53: { Id: ["hostedzoneid", "id"] },
  s3: { BucketName: ["bucketname", "bucket"], ObjectName: ["key"] },
  secretsmanager: {},
  ses: { IdentityName: ["emailidentity", "identity"], ConfigurationSetName: ["configurationsetname"] },
  sns: { TopicName: ["name"] },
  sqs: { QueueName: ["queuename"] },
  ssm: {
    DocumentName: ["documentname", "name"],
    ParameterNameWithoutLeadingSlash: ["name", "names", "path"],
    InstanceId: ["instanceid", "target", "instanceids"],
  },
  states: { StateMachineName: ["name"] },
};

/** Services that write names in lower case into their ARNs. */
export const lowerCased: ReadonlySet<string> = new Set(["rds", "redshift", "elasticache"]);

/**
 * Resource types that a call creates besides the one in its name: their ids do not exist yet when AWS checks, so
 * it checks `type/*`.
 */
export const alsoCreated: Readonly<Record<string, readonly string[]>> = {
  "ec2:CreateImage": ["image", "snapshot"],
  "ec2:CreateFlowLogs": ["vpc-flow-log"],
  "ec2:RunInstances": ["instance", "network-interface", "volume"],
  "ec2:CreateSnapshots": ["snapshot"],
  "ec2:AllocateAddress": ["elastic-ip"],
  "ec2:CreateNatGateway": ["natgateway"],
  "kms:CreateKey": [],
};
