import { redact } from "./redact.ts";
import { redactText } from "./redact-text.ts";

export type LogFields = Readonly<Record<string, unknown>>;

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Structured logging. Fields are redacted by the writer; callers still never pass a secret. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds these fields to every line. */
  with(fields: LogFields): Log;
}

/** Receives a line of which everything is redacted already. */
export type LogWriter = (level: LogLevel, message: string, fields: LogFields) => void;

/** A log over any writer: drops what is below `level`, redacts message and fields, hands on the rest. */
export function logOver(write: LogWriter, level: LogLevel, fixed: LogFields = {}): Log {
  const least = logLevels.indexOf(level);
  const at =
    (its: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (logLevels.indexOf(its) < least) return;
      write(its, redactText(String(message)), { ...plain(fixed), ...plain(fields) });
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => logOver(write, level, { ...fixed, ...fields }),
  };
}

function plain(fields: LogFields): LogFields {
  const result = redact(fields);
  return typeof result === "object" && result !== null ? { ...result } : { fields: result };
}

const nothing = () => undefined;

export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  with: () => silentLog,
};
