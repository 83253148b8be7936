export { type DynamoUsageStoreOptions, dynamoUsageStore } from "./dynamo.ts";
export { isUsageError, UsageError, type UsageErrorCode } from "./errors.ts";
export { memoryUsageStore } from "./memory.ts";
export type * from "./types.ts";
export { NEVER, type WaitingLine, type WaitingRole } from "./waiting.ts";
export { dynamoWaitingLine } from "./waiting-dynamo.ts";
export { memoryWaitingLine } from "./waiting-memory.ts";
