export { type Clock, systemClock } from "./clock.ts";
export { readEnvironment, variables } from "./environment.ts";
export { type Failure, Fault, failureOf, isFault, messageOf, permanent, transient } from "./errors.ts";
export { matchesGlob } from "./glob.ts";
export { type Ids, ulids } from "./ids.ts";
export { type Log, type LogFields, type LogLevel, silentLog } from "./log.ts";
export { handlerLog, lambdaLog } from "./log-lambda.ts";
export { fileLog, streamLog } from "./log-stream.ts";
export { handlerMetrics, loggedMetrics, type MetricName, type Metrics, metricUnits } from "./metrics.ts";
export { redact } from "./redact.ts";
export { redactText } from "./redact-text.ts";
export { hoursBetweenRounds } from "./round-interval.ts";
export {
  analyzerFor,
  defineConfig,
  isUntouchable,
  parseSettings,
  type Settings,
  type SettingsInput,
} from "./settings.ts";
