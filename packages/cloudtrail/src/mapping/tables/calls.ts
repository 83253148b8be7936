/**
 * Calls whose actions are not `prefix:eventName`, by eventSource prefix (as IAM spells it) and event name without
 * its version. Sources: the Service Authorization Reference and the API reference of each service. S3 and API
 * Gateway have tables of their own.
 */
export const calls: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  bedrock: {
    Converse: ["bedrock:InvokeModel"],
    ConverseStream: ["bedrock:InvokeModelWithResponseStream"],
    InvokeModelWithBidirectionalStream: ["bedrock:InvokeModelWithResponseStream"],
  },
  budgets: {
    CreateBudget: ["budgets:ModifyBudget"],
    CreateNotification: ["budgets:ModifyBudget"],
    CreateSubscriber: ["budgets:ModifyBudget"],
    DeleteBudget: ["budgets:ModifyBudget"],
    DeleteNotification: ["budgets:ModifyBudget"],
    DeleteSubscriber: ["budgets:ModifyBudget"],
    DescribeBudget: ["budgets:ViewBudget"],
    DescribeBudgetNotificationsForAccount: ["budgets:ViewBudget"],
    DescribeBudgetPerformanceHistory: ["budgets:ViewBudget"],
    DescribeBudgets: ["budgets:ViewBudget"],
    DescribeNotificationsForBudget: ["budgets:ViewBudget"],
    DescribeSubscribersForNotification: ["budgets:ViewBudget"],
    UpdateBudget: ["budgets:ModifyBudget"],
    UpdateNotification: ["budgets:ModifyBudget"],
    UpdateSubscriber: ["budgets:ModifyBudget"],
  },
  cassandra: {
    AlterKeyspace: ["cassandra:Alter"],
    AlterTable: ["cassandra:Alter"],
    CreateKeyspace: ["cassandra:Create"],
    CreateTable: ["cassandra:Create"],
    DeleteKeyspace: ["cassandra:Drop"],
    DeleteTable: ["cassandra:Drop"],
    DropKeyspace: ["cassandra:Drop"],
    DropTable: ["cassandra:Drop"],
    GetKeyspace: ["cassandra:Select"],
    GetTable: ["cassandra:Select"],
    ListKeyspaces: ["cassandra:Select"],
    ListTables: ["cassandra:Select"],
    UpdateKeyspace: ["cassandra:Alter"],
    UpdateTable: ["cassandra:Alter"],
  },
  cloudsearch: {
    Search: ["cloudsearch:search"],
    Suggest: ["cloudsearch:suggest"],
    UploadDocuments: ["cloudsearch:document"],
  },
  dynamodb: {
    TransactGetItems: ["dynamodb:GetItem"],
  },
  "execute-api": {
    DeleteConnection: ["execute-api:ManageConnections"],
    GetConnection: ["execute-api:ManageConnections"],
    PostToConnection: ["execute-api:ManageConnections"],
  },
  kms: {
    ReEncrypt: ["kms:ReEncryptFrom", "kms:ReEncryptTo"],
  },
  lambda: {
    GetFunctionByArn: ["lambda:GetFunction"],
    GetLayerVersionByArn: ["lambda:GetLayerVersion"],
    Invoke: ["lambda:InvokeFunction"],
    InvokeWithResponseStream: ["lambda:InvokeFunction"],
  },
  sns: {
    PublishBatch: ["sns:Publish"],
  },
  sqs: {
    ChangeMessageVisibilityBatch: ["sqs:ChangeMessageVisibility"],
    DeleteMessageBatch: ["sqs:DeleteMessage"],
    SendMessageBatch: ["sqs:SendMessage"],
  },
  glue: {
    CreatePartitionIndex: ["glue:UpdateTable"],
    DeleteColumnStatisticsForPartition: ["glue:DeletePartition"],
    DeleteColumnStatisticsForTable: ["glue:DeleteTable"],
    DeletePartitionIndex: ["glue:UpdateTable"],
    GetColumnStatisticsForPartition: ["glue:GetPartition"],
    GetColumnStatisticsForTable: ["glue:GetTable"],
    GetPartitionIndexes: ["glue:GetTable"],
    UpdateColumnStatisticsForPartition: ["glue:UpdatePartition"],
    UpdateColumnStatisticsForTable: ["glue:UpdateTable"],
  },
};

/** Calls that AWS allows to everyone who has credentials: no policy is asked. */
export const needNothing: Readonly<Record<string, string>> = {
  "dynamodb:DescribeEndpoints": "finding the endpoint needs no permission",
  "s3:OptionsObject": "a browser's preflight request carries no credentials",
  "sts:GetCallerIdentity": "every caller may ask who it is",
  "sts:GetSessionToken": "needs no permission of the caller",
};
