export { type Queue, type QueueName, queueNames, type ReceivedMessage, type SendOptions } from "./queue.ts";
export {
  type AnalysisMessage,
  type ApplicationMessage,
  analysisMessage,
  applicationMessage,
  type MergeMessage,
  mergeMessage,
  type PublishMessage,
  publishMessage,
  type RoundMessage,
  roundMessage,
  type TrailMessage,
  trailMessage,
} from "./schemas.ts";
