import { tableDefinition } from "@plp/event-store";
import { type QueueDescription, queues } from "@plp/messaging";
import { describe, expect, test } from "vitest";
import { skipUnless } from "../support/skip.ts";
import { type Deployment, evaluate, sstPlatform, titleOf } from "./evaluate.ts";
import { statementsOf } from "./statements.ts";

const described: readonly QueueDescription[] = Object.values(queues);

skipUnless(sstPlatform)("what a deployment keeps", async () => {
  const production = await evaluate({ stage: "production" });
  const staging = await evaluate({ stage: "staging" });

  describe.each(described)("queue $name", (queue) => {
    const { own, dead } = queuesOf(production, queue);

    test("has the kind, visibility and retention that the design gives it", () => {
      expect(own.inputs).toMatchObject({
        fifoQueue: queue.fifo,
        visibilityTimeoutSeconds: queue.visibilityTimeout,
        messageRetentionSeconds: queue.retention,
        delaySeconds: 0,
      });
    });

    test("gives up after its receives, to dead letters of the same kind that are kept longer", () => {
      expect(JSON.parse(own.inputs.redrivePolicy as string)).toEqual({
        deadLetterTargetArn: expect.stringMatching(new RegExp(`:${dead.inputs.name}$`)),
        maxReceiveCount: queue.maxReceiveCount,
      });
      expect(dead.inputs).toMatchObject({
        fifoQueue: queue.fifo,
        messageRetentionSeconds: queue.deadLetterRetention,
      });
    });

    test("never takes two messages for one because their texts are equal", () => {
      expect(own.inputs.contentBasedDeduplication).toBe(false);
      expect(dead.inputs.contentBasedDeduplication).toBe(false);
    });
  });

  test("there are no other queues", () => {
    expect(production.all("aws:sqs/queue:Queue")).toHaveLength(2 * described.length);
  });

  test("the table has the keys that the event store writes, and pays per request", () => {
    const { AttributeDefinitions, KeySchema } = tableDefinition("any");
    const { attributes, hashKey, rangeKey, billingMode, streamEnabled, globalSecondaryIndexes } =
      tableOf(production).inputs;
    expect(attributes).toEqual(
      AttributeDefinitions?.map(({ AttributeName, AttributeType }) => ({
        name: AttributeName,
        type: AttributeType,
      })),
    );
    expect([hashKey, rangeKey]).toEqual(KeySchema?.map(({ AttributeName }) => AttributeName));
    expect({ billingMode, streamEnabled, globalSecondaryIndexes }).toEqual({
      billingMode: "PAY_PER_REQUEST",
      streamEnabled: false,
      globalSecondaryIndexes: [],
    });
  });

  test.each([
    ["production", production],
    ["another stage", staging],
  ])("in %s the table can be restored to any second, and forgets what has a time to live", (_stage, hub) => {
    expect(tableOf(hub).inputs).toMatchObject({
      pointInTimeRecovery: { enabled: true },
      ttl: { attributeName: "ttl", enabled: true },
    });
  });

  test("in production no deployment and no person deletes the table; a trial stage can be removed", () => {
    expect(tableOf(production)).toMatchObject({ protect: true, retainOnDelete: true });
    expect(tableOf(production).inputs.deletionProtectionEnabled).toBe(true);
    expect(tableOf(staging)).toMatchObject({ protect: false, retainOnDelete: false });
    expect(tableOf(staging).inputs.deletionProtectionEnabled).toBe(false);
  });

  describe.each(["Blobs", "Checkpoints"])("the bucket of %s", (title) => {
    const bucket = production.one("aws:s3/bucket:Bucket", `${title}Bucket`);

    test("is never emptied by a deployment, and keeps what was overwritten", () => {
      expect(bucket).toMatchObject({
        protect: true,
        retainOnDelete: true,
        inputs: { forceDestroy: false },
      });
      expect(
        production.one("aws:s3/bucketVersioning:BucketVersioning", `${title}Versioning`).inputs,
      ).toMatchObject({ bucket: bucket.inputs.bucket, versioningConfiguration: { status: "Enabled" } });
    });

    test("is open to nobody, and answers over TLS alone", () => {
      const block = production.one(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        `${title}PublicAccessBlock`,
      );
      expect(block.inputs).toMatchObject({
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      });
      const { policy } = production.one("aws:s3/bucketPolicy:BucketPolicy", `${title}Policy`).inputs;
      expect(statementsOf(policy)).toEqual([
        {
          effect: "Deny",
          principal: "*",
          actions: ["s3:*"],
          resources: [`arn:aws:s3:::${bucket.inputs.bucket}`, `arn:aws:s3:::${bucket.inputs.bucket}/*`],
          condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]);
    });
  });

  test("checkpoints are write-once: in production nobody deletes one for ten years, elsewhere for a day", () => {
    const lockOf = (hub: Deployment) =>
      hub.one("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "CheckpointsLock").inputs;
    for (const hub of [production, staging]) {
      const bucket = hub.one("aws:s3/bucket:Bucket", "CheckpointsBucket").inputs;
      expect(bucket.objectLockEnabled).toBe(true);
      expect(lockOf(hub).bucket).toBe(bucket.bucket);
    }
    expect(lockOf(production).rule).toEqual({ defaultRetention: { mode: "COMPLIANCE", years: 10 } });
    expect(lockOf(staging).rule).toEqual({ defaultRetention: { mode: "GOVERNANCE", days: 1 } });
  });
});

function tableOf(hub: Deployment) {
  return hub.one("aws:dynamodb/table:Table", "TableTable");
}

function queuesOf(hub: Deployment, { name }: QueueDescription) {
  const title = titleOf(name);
  return {
    own: hub.one("aws:sqs/queue:Queue", `${title}Queue`),
    dead: hub.one("aws:sqs/queue:Queue", `${title}DeadQueue`),
  };
}
