import type { BadFile, Progress } from "@plp/cloudtrail";
import { plural, type Style, type Terminal } from "./output.ts";

const PAUSE_MS = 100;

const counted = (count: number) => Math.round(count).toLocaleString("en-US");

/** One line on stderr that is written over again and again; none where stderr is no terminal. */
export function progressOn({
  err,
}: Terminal): { show: (progress: Progress) => void; clear: () => void } | null {
  if (!err.isTTY) return null;
  let shown = 0;
  return {
    show({ filesRead, files, records, perSecond, secondsLeft }) {
      const now = performance.now();
      if (now - shown < PAUSE_MS && filesRead < files) return;
      shown = now;
      err.cursorTo(0);
      const left = secondsLeft === null ? "" : `, ${Math.ceil(secondsLeft)} s left`;
      const pace = `${plural(records, "record")}, ${counted(perSecond)} a second${left}`;
      err.write(`Reading ${counted(filesRead)} of ${plural(files, "file")}: ${pace}`);
      err.clearLine(1);
    },
    clear() {
      err.cursorTo(0);
      err.clearLine(1);
    },
  };
}

const MOST_BAD = 10;

/** The log files that could not be read, each with its reason; their calls are missing. */
export function badFiles(style: Style, bad: readonly BadFile[]): readonly string[] {
  if (bad.length === 0) return [];
  return [
    style.bad(`${plural(bad.length, "file")} left out, their calls are missing here:`),
    ...bad.slice(0, MOST_BAD).map(({ path, reason }) => `  ${path}: ${reason}`),
    ...(bad.length > MOST_BAD ? [`  … ${bad.length - MOST_BAD} more: --json`] : []),
  ];
}
