import { SQSClient } from "@aws-sdk/client-sqs";
import { encode, sqsQueue } from "@plp/messaging";
import { handlerLog, readEnvironment, systemClock, ulids, variables } from "@plp/runtime";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import * as z from "zod";
import { handleHook } from "./handle-hook.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_QUEUE_REVIEWS: variables.PLP_QUEUE_REVIEWS,
    PLP_HOOK_SECRET: variables.PLP_HOOK_SECRET,
    PLP_SETTINGS: variables.PLP_SETTINGS,
    PLP_LOG_FILE: variables.PLP_LOG_FILE,
    PLP_LOG_LEVEL: variables.PLP_LOG_LEVEL,
  }),
);
const log = handlerLog({
  service: "hooks",
  level: environment.PLP_LOG_LEVEL,
  file: environment.PLP_LOG_FILE,
});
const reviews = sqsQueue(new SQSClient({}), environment.PLP_QUEUE_REVIEWS, {
  fifo: false,
  ids: ulids(systemClock),
});
const ports = {
  secrets: environment.PLP_HOOK_SECRET,
  projects: environment.PLP_SETTINGS.repositories.map(({ project }) => project),
  send: { reviews: (message: object) => reviews.send(encode(message)) },
  log,
};

/** `POST /hooks/gitlab`, as API Gateway's HTTP API hands it on. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const { body = "", isBase64Encoded, headers } = event;
  const text = isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;
  return { statusCode: await handleHook({ token: headers["x-gitlab-token"], body: text }, ports) };
}
