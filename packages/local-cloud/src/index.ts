export type { Activity, SeenRole } from "./archive/activity.ts";
export { type ArchiveObject, type BadFile, type LogArchive, openLogArchive } from "./archive/index.ts";
export { folderBucket } from "./aws/s3-buckets.ts";
export { hubAccount } from "./aws/signature.ts";
export {
  analyzerRoleName,
  archiveBucketName,
  type LocalCloud,
  type LocalCloudOptions,
  startLocalCloud,
} from "./cloud.ts";
export { type Endpoints, readEndpoints } from "./endpoints-file.ts";
export {
  type LogsOptions,
  type OrganizationFromLogs,
  organizationFromLogs,
  organizationFromRepository,
  type RepositoryOptions,
  type RoleInLogs,
} from "./from-logs/index.ts";
export { type LocalGitlab, type LocalGitlabOptions, startLocalGitlab } from "./gitlab/index.ts";
export { type HttpApiOptions, type HttpHandler, startHttpApi } from "./lambda/http-api.ts";
export {
  type Binding,
  type Runner,
  type RunnerOptions,
  type SqsHandler,
  startRunner,
} from "./lambda/runner.ts";
export { nextRun } from "./lambda/schedule.ts";
export { type Scheduler, startScheduler, type Timetable } from "./lambda/scheduler.ts";
export { lockState, type StateLock } from "./lock.ts";
export type { LocalOrganization, LocalRole, LocalUser } from "./organization.ts";
export { type LocalQueue, type LocalQueues, type QueuesOptions, startQueues } from "./queues.ts";
export {
  type GeneratedOptions,
  localUsers,
  type MadeOrganization,
  makeGeneratedOrganization,
  makeSampleOrganization,
  type SampleOptions,
} from "./sample/index.ts";
export { startTable, type TableOptions } from "./table.ts";
