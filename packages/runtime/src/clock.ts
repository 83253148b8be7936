/** The only way to the time of day: handlers, simulation and tests are given one. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
