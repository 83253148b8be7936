import { type Clock, type Log, messageOf } from "@plp/runtime";
import { nextRun } from "./schedule.ts";

export interface Timetable {
  readonly name: string;
  /** `cron(0 4 ? * MON *)` or `rate(1 hour)`. */
  readonly schedule: string;
  readonly timeZone: string;
  readonly run: (at: Date) => Promise<void>;
}

export interface Scheduler {
  /** When the entry of that name is due next; null for an unknown name. */
  next(name: string): Date | null;
  stop(): void;
}

/** setTimeout takes no more; a machine that slept is also noticed within it. */
const longest = 60_000;

/** The Scheduler's part on one machine: a timer that looks at the clock once a minute at least. */
export function startScheduler(entries: readonly Timetable[], clock: Clock, log: Log): Scheduler {
  const due = new Map(
    entries.map((entry) => [entry.name, nextRun(entry.schedule, entry.timeZone, clock.now())]),
  );
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    const now = clock.now();
    for (const { name, schedule, timeZone, run } of entries) {
      const at = due.get(name);
      if (at === undefined || at > now) continue;
      due.set(name, nextRun(schedule, timeZone, now));
      run(at).catch((error: unknown) => log.error("A schedule failed", { name, reason: messageOf(error) }));
    }
    arm();
  }

  function arm(): void {
    const soonest = Math.min(...[...due.values()].map((at) => at.getTime() - clock.now().getTime()));
    timer = setTimeout(tick, Math.max(0, Math.min(longest, soonest)));
    timer.unref();
  }

  if (entries.length > 0) arm();
  return { next: (name) => due.get(name) ?? null, stop: () => clearTimeout(timer) };
}
