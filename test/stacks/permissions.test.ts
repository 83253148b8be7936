import { expect, test } from "vitest";
import { skipUnless } from "../support/skip.ts";
import { evaluate, sstPlatform } from "./evaluate.ts";
import { lineOf, rolesOf } from "./statements.ts";

skipUnless(sstPlatform)("what the hub account's roles may do", async () => {
  const hub = await evaluate({ stage: "production" });
  const roles = rolesOf(hub);

  test("no role has an action with a wildcard", () => {
    const wide = roles.flatMap(({ name, statements }) =>
      statements
        .flatMap(({ actions }) => actions.filter((action) => action.includes("*")))
        .map((action) => `${name}: ${action}`),
    );
    expect(wide).toEqual([]);
  });

  test("no role has a statement on every resource", () => {
    const wide = roles.flatMap(({ name, statements }) =>
      statements
        .filter(({ resources }) => resources.includes("*"))
        .map((statement) => `${name}: ${lineOf(statement)}`),
    );
    expect(wide).toEqual([]);
  });

  test("no role has a policy that others write", () => {
    expect(roles.flatMap(({ managed }) => managed)).toEqual([]);
  });

  test("every function has a role of its own, which Lambda and nobody else may assume", () => {
    const functions = hub.all("aws:lambda/function:Function");
    const used = functions.map(({ inputs }) => inputs.role);
    expect(new Set(used).size).toBe(functions.length);
    for (const { name, trust } of roles) {
      if (!name.endsWith("FunctionRole")) continue;
      expect(trust).toEqual([
        {
          effect: "Allow",
          principal: { Service: "lambda.amazonaws.com" },
          actions: ["sts:AssumeRole"],
          resources: [],
          condition: null,
        },
      ]);
    }
  });

  test("nothing is granted but what stands here", () => {
    const lines = Object.fromEntries(roles.map(({ name, statements }) => [name, statements.map(lineOf)]));
    expect(lines).toMatchInlineSnapshot(`
      {
        "AnalysisFunctionRole": [
          "logs:CreateLogStream logs:PutLogEvents on logs:log-group:/aws/lambda/plp-production-analysis:*",
          "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage on sqs:plp-production-AnalysisQueue.fifo",
          "sqs:SendMessage on sqs:plp-production-AnalysisDeadQueue.fifo sqs:plp-production-MergeQueue sqs:plp-production-PublishQueue.fifo sqs:plp-production-IndexQueue",
          "dynamodb:GetItem dynamodb:PutItem dynamodb:Query on dynamodb:table/plp-production-TableTable",
          "s3:GetObject s3:PutObject on s3:plp-production-blobsbucket/*",
          "s3:ListBucket on s3:plp-production-blobsbucket",
          "sts:AssumeRole on iam:role/plp/reader of any account if {"StringEquals":{"aws:ResourceOrgID":"o-a1b2c3d4e5"}}",
        ],
        "ApplicationsFunctionRole": [
          "logs:CreateLogStream logs:PutLogEvents on logs:log-group:/aws/lambda/plp-production-applications:*",
          "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage on sqs:plp-production-ApplicationsQueue",
          "sqs:SendMessage on sqs:plp-production-ApplicationsDeadQueue sqs:plp-production-AnalysisQueue.fifo sqs:plp-production-TrailQueue sqs:plp-production-PublishQueue.fifo sqs:plp-production-IndexQueue",
          "dynamodb:GetItem dynamodb:PutItem dynamodb:Query on dynamodb:table/plp-production-TableTable",
          "sts:AssumeRole on iam:role/plp/reader of any account if {"StringEquals":{"aws:ResourceOrgID":"o-a1b2c3d4e5"}}",
          "kms:Decrypt on kms:SecretsKey",
        ],
        "IndexFunctionRole": [
          "logs:CreateLogStream logs:PutLogEvents on logs:log-group:/aws/lambda/plp-production-index:*",
          "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage on sqs:plp-production-IndexQueue",
          "sqs:SendMessage on sqs:plp-production-IndexDeadQueue",
          "dynamodb:BatchWriteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query on dynamodb:table/plp-production-TableTable",
          "s3:GetObject s3:PutObject on s3:plp-production-checkpointsbucket/*",
          "s3:ListBucket on s3:plp-production-checkpointsbucket",
        ],
        "MergeFunctionRole": [
          "logs:CreateLogStream logs:PutLogEvents on logs:log-group:/aws/lambda/plp-production-merge:*",
          "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage on sqs:plp-production-MergeQueue",
          "sqs:SendMessage on sqs:plp-production-MergeDeadQueue sqs:plp-production-PublishQueue.fifo sqs:plp-production-IndexQueue",
          "dynamodb:GetItem dynamodb:PutItem dynamodb:Query on dynamodb:table/plp-production-TableTable",
          "s3:GetObject on s3:plp-production-blobsbucket/*",
          "s3:ListBucket on s3:plp-production-blobsbucket",
          "kms:Decrypt on kms:SecretsKey",
        ],
        "PublishFunctionRole": [
          "logs:CreateLogStream logs:PutLogEvents on logs:log-group:/aws/lambda/plp-production-publish:*",
          "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage on sqs:plp-production-PublishQueue.fifo",
          "sqs:SendMessage on sqs:plp-production-PublishDeadQueue.fifo sqs:plp-production-MergeQueue sqs:plp-production-IndexQueue",
          "dynamodb:GetItem dynamodb:PutItem dynamodb:Query on dynamodb:table/plp-production-TableTable",
          "kms:Decrypt on kms:SecretsKey",
        ],
        "RoundsFunctionRole": [
          "logs:CreateLogStream logs:PutLogEvents on logs:log-group:/aws/lambda/plp-production-rounds:*",
          "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage on sqs:plp-production-RoundsQueue",
          "sqs:SendMessage on sqs:plp-production-RoundsDeadQueue sqs:plp-production-ApplicationsQueue",
          "kms:Decrypt on kms:SecretsKey",
        ],
        "ScheduleRole": [
          "sqs:SendMessage on sqs:plp-production-RoundsQueue sqs:plp-production-RoundsDeadQueue sqs:plp-production-IndexQueue sqs:plp-production-IndexDeadQueue",
        ],
        "TrailFunctionRole": [
          "logs:CreateLogStream logs:PutLogEvents on logs:log-group:/aws/lambda/plp-production-trail:*",
          "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage on sqs:plp-production-TrailQueue",
          "sqs:SendMessage on sqs:plp-production-TrailDeadQueue",
          "dynamodb:BatchWriteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem on dynamodb:table/plp-production-TableTable",
          "sts:AssumeRole on iam:role/plp/reader of any account if {"StringEquals":{"aws:ResourceOrgID":"o-a1b2c3d4e5"}}",
        ],
      }
    `);
  });
});
