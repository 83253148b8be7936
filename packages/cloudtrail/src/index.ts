export { type Analysis, type AnalyzeOptions, analyzeFolder, type Progress, readFolder } from "./analyze.ts";
export type { AnalyzedAction, AnalyzedRole, DeniedAction } from "./analyzed-role.ts";
export {
  createUsage,
  type RoleUse,
  type Usage,
  type UsageCounts,
  type UsageOptions,
} from "./counting/usage.ts";
export { type ExplainedAction, type Explanation, explainRecord } from "./explain.ts";
export { type MappedAction, type Mapping, mapRecord } from "./mapping/action.ts";
export type { Place } from "./mapping/arn-format.ts";
export { placeOf } from "./mapping/call.ts";
export { type Evidence, type Reading, readRecord } from "./mapping/evidence.ts";
export { type Outcome, outcomeOf } from "./mapping/outcome.ts";
export { parseRecord, type TrailRecord } from "./mapping/record.ts";
export type { FoundResource } from "./mapping/special-resources.ts";
export { type MappingVersion, mappingVersion } from "./mapping/tables/version.ts";
export { type Caller, callerOf } from "./mapping/who.ts";
export { deliveredAt, isLogFile, type LogFile, readLogFile } from "./reading/files.ts";
export { listLogFiles } from "./reading/folder.ts";
export { type Suggestion, suggestionsOf } from "./suggestions.ts";
export type * from "./types.ts";
