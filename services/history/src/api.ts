export { actApi } from "./api/act-api.ts";
export { localGuard } from "./api/guard-local.ts";
export type { ActPorts, ReadPorts } from "./api/ports.ts";
export { sqsQueues } from "./api/queues.ts";
export { readApi } from "./api/read-api.ts";
