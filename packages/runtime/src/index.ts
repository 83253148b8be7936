export { type Clock, systemClock } from "./clock.ts";
export { Fault, isFault, messageOf, permanent, transient } from "./errors.ts";
export { type Ids, ulids } from "./ids.ts";
export { type Log, silentLog } from "./log.ts";
