import { once } from "node:events";
import { plural, print, remark, styleOf, type Terminal } from "../output.ts";
import { startProgress } from "./progress.ts";
import { headline, resultOf } from "./result.ts";
import { type RunningUp, startUp, type UpOptions } from "./run-up.ts";
import { isClean, type SummedRound } from "./summary.ts";

interface UpCommand extends UpOptions {
  readonly once: boolean;
  readonly json: boolean;
}

/** `plp up`: starts everything, runs a round, says what it came to, and serves on until it is stopped. */
export async function up(command: UpCommand, terminal: Terminal): Promise<0 | 1> {
  const stop = stopSignal();
  const began = performance.now();
  const progress = startProgress(command.json ? null : terminal);
  let running: RunningUp;
  let result: SummedRound;
  try {
    running = await startUp(command);
  } catch (error) {
    progress.end();
    throw error;
  }
  try {
    progress.begin(headline(running.prepared, command.state));
    for (const text of running.prepared.remarks) remark(terminal, text);
    result = await Promise.race([
      running.round(progress.show),
      stop.then(() =>
        Promise.reject(new Error("stopped before the round had ended; the next start goes on from here")),
      ),
    ]);
    progress.end();
    const seconds = (performance.now() - began) / 1000;
    const text = await resultOf(running, result, { seconds, times: progress.times(), ...command });
    if (command.json) {
      if (command.once) print(terminal, { json: result.summary, people: () => "" }, true);
    } else print(terminal, { json: null, people: () => text(styleOf(terminal.out)) }, false);
    if (!command.once) {
      remark(
        terminal,
        `Serving ${plural(result.summary.mergeRequests.length, "merge request")} on ${running.system.gitlab.url}. Ctrl-C stops; the next start goes on.`,
      );
      await stop;
    }
  } finally {
    progress.end();
    await running.system.stop();
  }
  return isClean(result.summary) ? 0 : 1;
}

/** Settled by Ctrl-C or a polite kill; a second one ends the process at once. */
async function stopSignal(): Promise<void> {
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}
