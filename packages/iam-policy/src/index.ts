export {
  type Backtest,
  type BacktestInput,
  type BacktestLine,
  type BacktestReason,
  backtest,
  type RecordedUse,
  roleContext,
  type UnknownCall,
  usedOf,
} from "./backtest.ts";
export { type Carried, type CarryInput, carryOver } from "./carry.ts";
export { collectParts } from "./collect-parts.ts";
export { conditionHolds } from "./conditions.ts";
export { allowingStatement, covers, denyingStatement, touchingStatement } from "./covers.ts";
export { diffPolicies, type PolicyDiff } from "./diff.ts";
export { isPolicyError, PolicyError } from "./errors.ts";
export { evaluate } from "./evaluate.ts";
export { type FitOptions, type FitResult, fitPolicy } from "./fit.ts";
export { type GeneratedAccess, type GeneratedEnvironment, readGenerated } from "./generated.ts";
export { actionsOverlap, literalPattern, patternCovers } from "./match.ts";
export { mergePolicy } from "./merge.ts";
export { emptyPolicy, parsePolicy } from "./parse.ts";
export {
  MAX_PARTS,
  MAX_POLICY_SIZE,
  type PolicyFile,
  type PolicyParts,
  parseParts,
  partPath,
} from "./parts.ts";
export {
  comparePermissions,
  conditionKey,
  normaliseCondition,
  permissionKey,
  permissionsOf,
} from "./permission.ts";
export type { PolicyPart } from "./place.ts";
export { policyHash, policySize, printPolicy, toDocument } from "./print.ts";
export { type ProofInput, prove, proveRemoval, type RemovalInput } from "./prove.ts";
export {
  type NotRemovable,
  type ReduceInput,
  type ReduceProof,
  type ReduceResult,
  reducePolicy,
} from "./reduce.ts";
export { type RestoreInput, type RestoreResult, restorePolicy } from "./restore.ts";
export { type FoundRisk, type RiskOptions, riskPaths, risksOf } from "./risks/find.ts";
export type { Path as RiskPath } from "./risks/path.ts";
export {
  actionsOf,
  findAction,
  serviceReferenceDate,
  serviceReferenceVersion,
  services,
} from "./service-reference.ts";
export { isPlpSid } from "./sid.ts";
export type * from "./types.ts";
export { dataEventTypes, type Unobservable, unobservable } from "./unobservable.ts";
export { type CallPlace, widenedResources } from "./widened.ts";
