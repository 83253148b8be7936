export { awsFault } from "./aws-faults.ts";
export { type GitlabClient, type GitlabClientOptions, gitlabClient } from "./gitlab.ts";
export { type GitlabFile, type GitlabFiles, gitlabFiles, orNull } from "./gitlab-files.ts";
export {
  type GitlabMergeRequest,
  type GitlabMergeRequests,
  type GitlabNote,
  type GitlabUser,
  gitlabMergeRequests,
  mergeRequestOf,
} from "./gitlab-merge-requests.ts";
export {
  type GitlabJob,
  type GitlabPipeline,
  type GitlabPipelines,
  gitlabPipelines,
} from "./gitlab-pipelines.ts";
export { gitlabRequester, type RequesterOptions } from "./gitlab-requester.ts";
export {
  assumedSessions,
  type SessionCredentials,
  type SessionOptions,
  type SessionProvider,
  type Sessions,
} from "./sessions.ts";
