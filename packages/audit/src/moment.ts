import { permanent } from "@plp/runtime";
import { type GivenTime, noTime, timeIn } from "./time.ts";

/** Reads a time as people write it; anything but a date or a moment with its zone is the fault `bad-time`. */
export function givenTime(text: string, name: string): GivenTime {
  const given = timeIn(text);
  if (given === null) throw permanent("bad-time", noTime(text, name));
  return given;
}
