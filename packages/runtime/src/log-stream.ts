import { openSync, writeSync } from "node:fs";
import type { Clock } from "./clock.ts";
import { type Log, type LogLevel, logOver } from "./log.ts";

interface StreamLogOptions {
  readonly clock: Clock;
  readonly level: LogLevel;
}

/** One JSON object per line, `{time, level, message, …fields}`, everything redacted; a field never hides the first three. */
export function streamLog(stream: { write(line: string): unknown }, options: StreamLogOptions): Log {
  return logOver((level, message, fields) => {
    const time = options.clock.now().toISOString();
    stream.write(`${JSON.stringify({ time, level, message, ...withoutReserved(fields) })}\n`);
  }, options.level);
}

/** `streamLog` to the end of a file (mode 0600); each line is written before the call returns, so a kill loses none. */
export function fileLog(path: string, options: StreamLogOptions): Log {
  const file = openSync(path, "a", 0o600);
  return streamLog({ write: (line) => writeSync(file, line) }, options);
}

function withoutReserved(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { time, level, message, ...rest } = fields;
  const moved = Object.entries({ time, level, message }).filter(([, value]) => value !== undefined);
  return { ...rest, ...Object.fromEntries(moved.map(([key, value]) => [`field_${key}`, value])) };
}
