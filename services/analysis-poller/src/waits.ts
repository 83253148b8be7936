/** Queue visibility at the most: eleven hours (a receive allows twelve in all). */
export const LONGEST_WAIT = 39_600;

const CUMULATIVE_POLLS = [30, 90, 210, 510];
const LATER_POLL = 600;

/** Seconds until the next look at a job: 30 s after its start, then after 1, 2 and 5 minutes, then every 10. */
export function nextPoll(secondsSinceStart: number): number {
  const due = CUMULATIVE_POLLS.find((at) => at > secondsSinceStart);
  return due === undefined ? LATER_POLL : Math.max(1, Math.ceil(due - secondsSinceStart));
}

export function boundedWait(seconds: number): number {
  return Math.min(LONGEST_WAIT, Math.max(1, Math.ceil(seconds)));
}
