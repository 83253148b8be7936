import { once } from "node:events";
import { join } from "node:path";
import { bucketIn, logsFolder } from "../bucket/logs-folder.ts";
import { print, remark, styleOf, type Terminal } from "../output.ts";
import { startProgress } from "./progress.ts";
import { headline, resultOf } from "./result.ts";
import { type RunningUp, startUp, type UpOptions } from "./run-up.ts";
import { isClean, type SummedRound } from "./summary.ts";

interface UpCommand extends UpOptions {
  /** Of a bucket: the first day of the logs that are fetched. */
  readonly since?: string | undefined;
  readonly once: boolean;
  readonly json: boolean;
}

/** `plp up`: starts everything, runs a round, says what it came to, and serves on until it is stopped. */
export async function up(given: UpCommand, terminal: Terminal): Promise<0 | 1> {
  const stop = stopSignal();
  const began = performance.now();
  const command = { ...given, cloudtrail: await folderOfLogs(given, terminal) };
  const progress = startProgress(command.json ? null : terminal);
  let running: RunningUp;
  let result: SummedRound;
  try {
    progress.prepare();
    running = await startUp(command);
  } catch (error) {
    progress.end();
    throw error;
  }
  try {
    progress.begin(headline(running.prepared, command.state));
    for (const text of running.prepared.remarks) remark(terminal, text);
    const ended = await Promise.race([running.round(progress.show), stop.then(() => null)]);
    if (ended === null) {
      remark(terminal, "Stopped before the round had ended; the next start goes on from here.");
      return 1;
    }
    result = ended;
    progress.end();
    const seconds = (performance.now() - began) / 1000;
    const { isLive, times } = progress;
    const text = await resultOf(running, result, { seconds, times: times(), isHeaded: isLive, ...command });
    if (command.json) {
      if (command.once) print(terminal, { json: result.summary, people: () => "" }, true);
    } else print(terminal, { json: null, people: () => text(styleOf(terminal.out)) }, false);
    if (!command.once) {
      const rounds = running.schedule();
      const due = `${rounds.next.toISOString().slice(0, 16).replace("T", " ")} UTC`;
      remark(terminal, `Serving. Next round ${due} (now: npx plp round). Ctrl-C stops; npm start goes on.`);
      await stop;
      rounds.stop();
    }
  } finally {
    progress.end();
    await running.system.stop();
  }
  return isClean(result.summary) ? 0 : 1;
}

const TWO_WEEKS = 14 * 86_400_000;

/** The folder of the logs: those of a bucket are fetched into the state directory, at each start what is new. */
async function folderOfLogs(
  { cloudtrail, since, until, state }: UpCommand,
  terminal: Terminal,
): Promise<string | undefined> {
  if (cloudtrail === undefined || bucketIn(cloudtrail) === null) return cloudtrail;
  const end = until === undefined ? new Date() : new Date(until);
  const asked = {
    since: since ?? new Date(end.getTime() - TWO_WEEKS).toISOString(),
    until: end.toISOString(),
    mirror: join(state, "logs-of-buckets"),
  };
  const { dir, bad } = await logsFolder(cloudtrail, asked, terminal);
  for (const { path, reason } of bad) remark(terminal, `plp: ${path} is left out: ${reason}`);
  return dir;
}

/** Settled by Ctrl-C or a polite kill; a second one ends the process at once. */
async function stopSignal(): Promise<void> {
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}
