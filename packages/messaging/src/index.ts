export { announcerOf } from "./announcer.ts";
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
export { redriveQueue } from "./redrive.ts";
export {
  type AnalysisMessage,
  type ApplicationMessage,
  type ApplicationsMessage,
  analysisMessage,
  applicationMessage,
  applicationsMessage,
  type HourMessage,
  hourMessage,
  type IndexMessages,
  indexMessages,
  type LookMessage,
  type MergeMessage,
  mergeMessages,
  type ObserveMessage,
  type PipelineMessage,
  type PollMessage,
  type PublishMessage,
  type PushMessage,
  publishMessage,
  type ReconcileMessage,
  type RequestMessage,
  type RestoreMessage,
  type ReviewsMessage,
  type RoundMessage,
  type RoundsMessage,
  reconcileMessage,
  reviewsMessage,
  roundMessage,
  roundsMessage,
  type TickMessage,
  type TrailMessage,
  tickMessage,
  trailMessage,
} from "./schemas.ts";
export { sqsQueue } from "./sqs.ts";
