import { clearLine, cursorTo } from "node:readline";
import { Listr } from "listr2";
import { plural, type Terminal } from "../output.ts";
import type { ApplicationView } from "./round-view.ts";

export const STAGES = ["Discovery", "Analysis", "Merge", "Merge requests"] as const;
export type Stage = (typeof STAGES)[number];

/** Seconds after the round's start at which each stage was first seen complete. */
export type StageTimes = ReadonlyMap<Stage, number>;

export interface Progress {
  /** Is it shown at all? Then the headline stands above it already. */
  readonly isLive: boolean;
  /** The first round has not begun, because every part is still being started. */
  prepare(): void;
  begin(headline: string): void;
  show(views: readonly ApplicationView[], folders: number): void;
  /** Takes the moving lines away; the result says it all again. */
  end(): void;
  times(): StageTimes;
}

interface StageState {
  readonly done: boolean;
  readonly text: string;
}

/** A line per stage that moves on a terminal, and nothing in a pipe: there the result is enough. */
export function startProgress(terminal: Terminal | null): Progress {
  const isLive = terminal?.out.isTTY === true && terminal.err.isTTY;
  const titles = new Map<Stage, string>();
  const times = new Map<Stage, number>();
  const ends = new Map<Stage, () => void>();
  let began = performance.now();
  let ended = false;
  let isPreparing = false;
  /** Takes the line that says so away again. */
  const prepared = () => {
    if (!isPreparing || terminal === null) return;
    isPreparing = false;
    clearLine(terminal.err, 0);
    cursorTo(terminal.err, 0);
  };

  return {
    isLive,
    prepare() {
      if (!isLive) return;
      isPreparing = true;
      terminal.err.write("Starting GitLab, queues, table and analyzer on this machine …");
    },
    begin(headline) {
      began = performance.now();
      if (!isLive) return;
      prepared();
      terminal.err.write(`${headline}\n\n`);
      const tasks = new Listr(
        STAGES.map((stage) => ({
          title: stage,
          task: (_, task) =>
            new Promise<void>((resolve) => {
              const retitle = () => {
                task.title = titles.get(stage) ?? stage;
              };
              const timer = setInterval(retitle, 100);
              ends.set(stage, () => {
                clearInterval(timer);
                retitle();
                resolve();
              });
            }),
        })),
        { concurrent: true, registerSignalListeners: false, rendererOptions: { clearOutput: true } },
      );
      void tasks.run();
    },
    show(views, folders) {
      for (const [stage, { done, text }] of stagesOf(views, folders)) {
        titles.set(stage, `${stage.padEnd(15)} ${text}`);
        if (!done || times.has(stage)) continue;
        times.set(stage, (performance.now() - began) / 1000);
        ends.get(stage)?.();
      }
    },
    end() {
      if (ended) return;
      ended = true;
      prepared();
      for (const finish of ends.values()) finish();
    },
    times: () => times,
  };
}

function stagesOf(views: readonly ApplicationView[], folders: number): Map<Stage, StageState> {
  const discovered = folders > 0 && views.length === folders;
  const runs = views.flatMap((view) => [...view.runs.values()]);
  const observed = runs.filter((run) => run.observed !== null || run.end !== null).length;
  const ended = runs.filter((run) => run.end !== null);
  const proposed = ended.filter(({ end }) => end?.kind === "proposed").length;
  const waiting = views.filter(({ runs: own }) =>
    [...own.values()].some(({ end }) => end?.kind === "proposed"),
  );
  const shown = waiting.filter(({ state }) =>
    [...state.requests.values()].some(({ status }) => status === "open" || status === "frozen"),
  );
  const analysed = discovered && observed === runs.length;
  const merged = discovered && ended.length === runs.length;
  return new Map<Stage, StageState>([
    ["Discovery", { done: discovered, text: `${views.length} of ${plural(folders, "application")}` }],
    [
      "Analysis",
      {
        done: analysed,
        text: `${observed} of ${plural(runs.length, "role")}   ${bar(observed, runs.length)}`,
      },
    ],
    ["Merge", { done: merged, text: plural(proposed, "proposal") }],
    [
      "Merge requests",
      { done: merged && shown.length === waiting.length, text: `${shown.length} of ${waiting.length}` },
    ],
  ]);
}

const BAR = 30;

function bar(done: number, all: number): string {
  const full = all === 0 ? 0 : Math.floor((BAR * done) / all);
  return `${"━".repeat(full)}${" ".repeat(BAR - full)}│`;
}
