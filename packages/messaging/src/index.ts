export { backoffSeconds } from "./backoff.ts";
export { type ConsumeOptions, consume, type Delivery, type Outcome } from "./consume.ts";
export {
  type MemoryQueue,
  type MemoryQueueOptions,
  memoryQueue,
  type PeekedMessage,
  type QueueFaults,
} from "./memory.ts";
export { encode, groupOf, parseMessage } from "./messages.ts";
export {
  type OutgoingMessage,
  type Queue,
  type QueueName,
  queueNames,
  type ReceivedMessage,
  type SendOptions,
} from "./queue.ts";
export {
  deadLetterAttributes,
  type QueueDescription,
  queueAttributes,
  queues,
  queueTitle,
} from "./queues.ts";
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
export { sqsQueue } from "./sqs.ts";
