import { Logger } from "@aws-lambda-powertools/logger";
import { systemClock } from "./clock.ts";
import { type Log, type LogLevel, logOver } from "./log.ts";
import { fileLog } from "./log-stream.ts";

interface LambdaLogOptions {
  readonly service: string;
  readonly level: LogLevel;
}

/** A log for Lambda: Powertools' logger (CloudWatch's levels, cold start, trace id), with the same redaction as `streamLog`. */
export function lambdaLog(options: LambdaLogOptions): Log {
  const logger = new Logger({ serviceName: options.service, logLevel: "DEBUG" });
  return logOver((level, message, fields) => logger[level](message, { ...fields }), options.level);
}

/** What a handler logs to: the file that `PLP_LOG_FILE` names, where one is given, else Lambda's log. */
export function handlerLog(options: LambdaLogOptions & { readonly file: string | undefined }): Log {
  if (options.file === undefined) return lambdaLog(options);
  return fileLog(options.file, { clock: systemClock, level: options.level }).with({
    service: options.service,
  });
}
