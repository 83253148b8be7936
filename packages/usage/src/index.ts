export { type DynamoUsageStoreOptions, dynamoUsageStore } from "./dynamo.ts";
export { isUsageError, UsageError, type UsageErrorCode } from "./errors.ts";
export { memoryUsageStore } from "./memory.ts";
export type * from "./types.ts";
