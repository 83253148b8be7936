import { setFlagsFromString } from "node:v8";

/** How much that keeps every core busy is underway. */
let underway = 0;

/**
 * Does work that keeps every core busy, with V8 set for it until it is done: a collection by several threads would wait
 * for them.
 */
export async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  underway += 1;
  setFlagsFromString("--single-threaded-gc");
  try {
    return await work();
  } finally {
    underway -= 1;
    if (underway === 0) {
      setFlagsFromString("--turbofan");
      setFlagsFromString("--semi-space-growth-factor=2");
      setFlagsFromString("--no-single-threaded-gc");
    }
  }
}

/**
 * Until that work is done V8 does without TurboFan: what it would gain is less than its threads cost beside the others.
 * And it gives new objects no more room than they have by then: it would double that as long as there is more to read.
 * To be called when every thread has loaded itself, because code that was compiled for other flags, also that of Node's
 * own modules, is compiled anew.
 */
export function makeLean(): void {
  if (underway === 0) return;
  setFlagsFromString("--no-turbofan");
  setFlagsFromString("--semi-space-growth-factor=1");
}
