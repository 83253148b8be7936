import type { Random } from "./random.ts";

/** One invocation of a function: it lives until it answers, crashes or is timed out. */
export interface Task {
  readonly id: number;
  readonly name: string;
  readonly startedAt: number;
  readonly timeoutSeconds: number;
  /** Calls to the outside so far. */
  calls: number;
  alive: boolean;
  /** Did an append of this invocation write something? */
  wrote: boolean;
  /** Of every merge request that it read: at which step, and as which of its calls. */
  readonly readRequests: Map<number, { readonly step: number; readonly call: number }>;
}

interface Waiting {
  readonly task: Task;
  /** It is not let go before this moment. */
  readonly from: number;
  readonly go: () => void;
}

/**
 * Interleaves invocations: each waits for its turn before every call to the outside, and one at a time is let go. A
 * crashed invocation never gets another turn, so nothing of it runs on: not even its `catch` and `finally`.
 */
export function turnsOf(random: Random, now: () => number) {
  const tasks = new Set<Task>();
  let waiting: Waiting[] = [];
  let ids = 0;

  return {
    begin(name: string, startedAt: number, timeoutSeconds: number): Task {
      ids += 1;
      const fresh = { calls: 0, alive: true, wrote: false, readRequests: new Map() };
      const task = { id: ids, name: `${name}#${ids}`, startedAt, timeoutSeconds, ...fresh };
      tasks.add(task);
      return task;
    },
    end(task: Task): void {
      task.alive = false;
      tasks.delete(task);
      waiting = waiting.filter((one) => one.task !== task);
    },
    /** `seconds`: how long it takes at least until its turn comes. */
    turn: (task: Task, seconds = 0): Promise<void> =>
      task.alive
        ? new Promise((go) => {
            waiting.push({ task, from: now() + seconds * 1000, go });
          })
        : silence(),
    tasks: (): ReadonlySet<Task> => tasks,
    /** The first moment at which one can be let go; null when none waits. */
    nextAt: (): number | null => (waiting.length === 0 ? null : Math.min(...waiting.map(({ from }) => from))),
    /** Lets one go and says which. */
    next(): Task | null {
      const chosen = random.oneOf(waiting.filter(({ from }) => from <= now()));
      if (chosen === null) return null;
      waiting.splice(waiting.indexOf(chosen), 1);
      chosen.task.calls += 1;
      chosen.go();
      return chosen.task;
    },
  };
}

export type Turns = ReturnType<typeof turnsOf>;

/** Never settles: what a crashed process answers. */
export function silence<T>(): Promise<T> {
  return new Promise(() => undefined);
}
