import { once } from "node:events";
import { print, remark, styleOf, type Terminal } from "../output.ts";
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
      const { gitlab } = running.system;
      remark(
        terminal,
        `Serving on ${gitlab.webUrl}. Next round ${due} (now: npx plp round). Ctrl-C stops; npm start goes on.`,
      );
      await stop;
      rounds.stop();
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
