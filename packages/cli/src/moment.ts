import { type GivenTime, noTime, timeIn } from "@plp/audit/time";
import { badInput } from "./bad-input.ts";

export type { GivenTime as Given } from "@plp/audit/time";
export { longDay, shortDay, shortTime } from "@plp/audit/words";

/** Reads a time of the command line; anything but a date or a moment with its zone is bad usage. */
export function momentOf(text: string, option: string): GivenTime {
  const given = timeIn(text);
  if (given === null) throw badInput(noTime(text, option));
  return given;
}
