import { setFlagsFromString } from "node:v8";

/**
 * TurboFan would gain less than its threads cost beside the others. New objects get no more room than they have by then,
 * which V8 would double as long as there is more to read, and old ones a quarter more than what lives: so a
 * reading of many files takes hardly more memory than one of few.
 */
const lean = ["--no-turbofan", "--semi-space-growth-factor=1", "--heap-growing-percent=25"];
const asEver = ["--turbofan", "--semi-space-growth-factor=2", "--heap-growing-percent=0"];

/** How much that keeps every core busy is underway. */
let underway = 0;

/** Does work that keeps every core busy; what `makeLean` sets meanwhile is undone when the last such work is done. */
export async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  underway += 1;
  try {
    return await work();
  } finally {
    underway -= 1;
    if (underway === 0) for (const flag of asEver) setFlagsFromString(flag);
  }
}

/**
 * Sets V8 for such work until it is done. To be called when every thread has loaded itself, because code that was compiled
 * for other flags, also that of Node's own modules, is compiled anew.
 */
export function makeLean(): void {
  if (underway === 0) return;
  for (const flag of lean) setFlagsFromString(flag);
}
