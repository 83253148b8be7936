import { monotonicFactory } from "ulid";
import type { Clock } from "./clock.ts";

/** Fresh identifiers (ULIDs: sortable by time). Whatever must survive a redelivery is derived, never fresh. */
export interface Ids {
  next(): string;
}

export function ulids(clock: Clock): Ids {
  const ulid = monotonicFactory();
  return { next: () => ulid(clock.now().getTime()) };
}
