import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { Session } from "../session.ts";

interface UpArguments {
  readonly cloudtrail?: string;
  readonly repo?: string;
  readonly role?: string;
  readonly since?: string;
  readonly until?: string;
  readonly state: string;
  readonly port: number;
  readonly once?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Adds `plp up`; its code, and with it the whole system, is loaded only when it runs. */
export function registerUp(program: Command, session: Session): void {
  program
    .command("up")
    .description("run the whole system on this machine: discover, analyse, merge, open merge requests")
    .option(
      "--cloudtrail <dir>",
      "folder with CloudTrail log files, any depth, or s3://BUCKET/FOLDER (default: a sample organization and its logs)",
    )
    .option(
      "--repo <dir>",
      "a git repository with the applications (default: one application per role in the logs)",
    )
    .option("--role <glob>", "only these roles of the logs; without --repo")
    .option(
      "--since <time>",
      "of s3://: the first day that is fetched (default: two weeks before the end)",
      moment,
    )
    .option("--until <time>", "where the window ends (default: at the newest event)", moment)
    .option("--state <dir>", "where everything is kept; a second start goes on from there", ".plp")
    .option(
      "--port <number>",
      "port of the page on 127.0.0.1, GitLab's is two further; 0: any free ones",
      port,
      4800,
    )
    .option("--once", "stop when nothing is in flight")
    .option("--dry-run", "do everything but write to GitLab")
    .option("--json", "with --once: print the summary as one JSON document")
    .addHelpText("after", "\nExample:\n  $ npx plp up --once --cloudtrail ./logs --repo ../iam-roles")
    .action(async (options: UpArguments) => {
      const { up } = await import("./up.ts");
      session.exit = await up(
        {
          ...options,
          once: options.once === true,
          dryRun: options.dryRun === true,
          json: options.json === true,
        },
        session.terminal,
      );
    });
}

function moment(text: string): string {
  const isMoment = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  if (!isMoment || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError("It must be a date or a moment such as 2026-11-16T05:00:00Z.");
  return new Date(text).toISOString();
}

function port(text: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number > 65_535)
    throw new InvalidArgumentError("It must be a port from 0 to 65535.");
  return number;
}
