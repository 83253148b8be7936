import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Counted } from "./counted.ts";

// The stacks are not part of this program's types: their components are SST's globals. Only their data is looked at.
const services = fileURLToPath(new URL("../../stacks/services.ts", import.meta.url));
const { entries }: { readonly entries: Readonly<Record<string, { readonly memory: string }>> } = await import(
  services
);

/** What one round of the sample organization took, through the real handlers and clients. */
export interface MeasuredRound {
  /** Roles in scope, each with one run. */
  readonly runs: number;
  /** Hours of an account and Region whose log files were read, and the files. */
  readonly hours: number;
  readonly files: number;
  readonly counts: Readonly<Record<string, Counted>>;
  readonly functions: Readonly<Record<string, { readonly gbSeconds: number; readonly messages: number }>>;
  /** Of all functions but for what only debugging logs. */
  readonly logBytes: number;
}

interface LogLine {
  readonly message?: string;
  readonly service?: string;
  readonly milliseconds?: number;
}

export function measureRound(): MeasuredRound {
  const folder = mkdtempSync(join(tmpdir(), "plp-cost-"));
  try {
    const counted = join(folder, "counts.json");
    const program = ["packages/cli/src/main.ts", "up", "--once", "--json", "--state", join(folder, "state")];
    const counting = ["--no-warnings", "--import", join(import.meta.dirname, "count-requests.ts")];
    const answer = execFileSync(process.execPath, [...counting, ...program], {
      cwd: join(import.meta.dirname, "../.."),
      encoding: "utf8",
      env: { ...process.env, COUNT_REQUESTS: counted, PLP_LOG_LEVEL: "debug" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const { roles }: { roles: { inScope: number } } = JSON.parse(answer);
    const lines = readFileSync(join(folder, "state/plp.log"), "utf8").trim().split("\n");
    const counts: Record<string, Counted> = JSON.parse(readFileSync(counted, "utf8"));
    const functions = functionsOf(lines);
    return {
      runs: roles.inScope,
      hours: functions.trail?.messages ?? 0,
      files: counts["GET plp-cloudtrail-logs"]?.requests ?? 0,
      counts,
      functions,
      logBytes: lines.filter((line) => !line.includes('"level":"debug"')).join("\n").length,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function functionsOf(lines: readonly string[]): MeasuredRound["functions"] {
  const functions: Record<string, { gbSeconds: number; messages: number }> = {};
  for (const line of lines) {
    const { message, service = "", milliseconds = 0 }: LogLine = JSON.parse(line);
    const memory = entries[service]?.memory;
    if (message !== "Message handled" || memory === undefined) continue;
    const one = functions[service] ?? { gbSeconds: 0, messages: 0 };
    functions[service] = {
      gbSeconds: one.gbSeconds + (Number.parseInt(memory, 10) / 1024) * (milliseconds / 1000),
      messages: one.messages + 1,
    };
  }
  return functions;
}
