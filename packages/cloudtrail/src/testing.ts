/** Records for tests: a call of one role, of which a test changes what it is about. */
export function callBy(fields: Readonly<Record<string, unknown>> = {}, role = "ci/shop-prod") {
  const name = role.split("/").at(-1);
  return {
    eventVersion: "1.11",
    userIdentity: {
      type: "AssumedRole",
      principalId: "AROAEXAMPLEEXAMPLE000:pipeline-7",
      arn: `arn:aws:sts::111122223333:assumed-role/${name}/pipeline-7`,
      accountId: "111122223333",
      sessionContext: {
        sessionIssuer: {
          type: "Role",
          principalId: "AROAEXAMPLEEXAMPLE000",
          arn: `arn:aws:iam::111122223333:role/${role}`,
          accountId: "111122223333",
          userName: name,
        },
      },
    },
    eventTime: "2026-03-02T10:00:00Z",
    eventSource: "s3.amazonaws.com",
    eventName: "GetBucketTagging",
    awsRegion: "eu-central-1",
    sourceIPAddress: "192.0.2.1",
    userAgent: "APN/1.0 HashiCorp/1.0 Terraform/1.9.0",
    requestParameters: { bucketName: "shop" },
    responseElements: null,
    eventID: "11111111-1111-4111-8111-111111111111",
    eventType: "AwsApiCall",
    recipientAccountId: "111122223333",
    ...fields,
  };
}
