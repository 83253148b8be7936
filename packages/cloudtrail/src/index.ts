export { type MappedAction, type Mapping, mapRecord } from "./action.ts";
export {
  type Analysis,
  type AnalyzedAction,
  type AnalyzedRole,
  type AnalyzeOptions,
  additionsOf,
  analyzeFolder,
  authorizedOf,
  type DeniedAction,
  deniedOf,
  type Progress,
  readFolder,
} from "./analyze.ts";
export type { Place } from "./arn-format.ts";
export { placeOf } from "./call.ts";
export { type Evidence, type Reading, readRecord } from "./evidence.ts";
export { type ExplainedAction, type Explanation, explainRecord } from "./explain.ts";
export { deliveredAt, isLogFile, type LogFile, readLogFile } from "./files.ts";
export { listLogFiles } from "./folder.ts";
export { type Outcome, outcomeOf } from "./outcome.ts";
export { parseRecord, type TrailRecord } from "./record.ts";
export type { FoundResource } from "./special-resources.ts";
export { type Suggestion, suggestionsOf } from "./suggestions.ts";
export { type MappingVersion, mappingVersion } from "./tables/version.ts";
export type * from "./types.ts";
export { createUsage, type RoleUse, type Usage, type UsageCounts, type UsageOptions } from "./usage.ts";
export { type Caller, callerOf } from "./who.ts";
