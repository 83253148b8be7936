import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Endpoints, lockState, readEndpoints } from "@plp/local-cloud";
import { isFault } from "@plp/runtime";
import { badInput } from "../bad-input.ts";
import { awsHistory } from "./aws-history.ts";
import type { History } from "./history.ts";
import { offlineHistory, runningHistory } from "./local-history.ts";

export interface HistoryPlace {
  /** `--state`; absent: PLP_TABLE, else `.plp`. */
  readonly state: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const DEFAULT_STATE = ".plp";
const PATIENCE_MS = 5_000;
const PAUSE_MS = 100;

/**
 * Opens the history for reading, wherever it is: on AWS where PLP_TABLE names a table, else the state directory, through
 * its running system or, when there is none, by opening it under its lock. Bad input when there is no history there.
 */
export async function openHistory({ state, env }: HistoryPlace): Promise<History> {
  const table = env.PLP_TABLE;
  if (state === undefined && table) return awsHistory(table, env);
  return openState(state ?? DEFAULT_STATE);
}

/** Opens it, reads, and closes it whatever happens. */
export async function withHistory<T>(
  place: HistoryPlace,
  read: (history: History) => Promise<T>,
): Promise<T> {
  const history = await openHistory(place);
  try {
    return await read(history);
  } finally {
    await history.close();
  }
}

/** The history of a running system only: the table on AWS, or what runs on the state directory; bad input otherwise. */
export async function withRunning<T>(
  { state, env }: HistoryPlace,
  act: (history: History) => Promise<T>,
): Promise<T> {
  if (state === undefined && env.PLP_TABLE) return withHistory({ state, env }, act);
  const dir = state ?? DEFAULT_STATE;
  const history = runningHistory(dir, await runningSystem(dir));
  try {
    return await act(history);
  } finally {
    await history.close();
  }
}

/** The endpoints of the running system, for what only that can do; bad input when it does not run. */
export async function runningSystem(state: string): Promise<Endpoints> {
  const lock = tryLock(state);
  const endpoints = lock === null ? readEndpoints(state) : null;
  lock?.release();
  if (endpoints === null)
    throw badInput(
      `nothing runs on ${state}: start the system with npm start${state === DEFAULT_STATE ? "" : ` -- --state ${state}`}, and try again`,
    );
  return endpoints;
}

/**
 * The lock tells for sure whether the process that wrote `endpoints.json` lives: its file may be left over from one that
 * was killed, its port may be another's by now. Another reader may have the lock for a moment, a start may be under way.
 */
async function openState(state: string): Promise<History> {
  if (!existsSync(join(state, "table")))
    throw badInput(
      `there is no history in ${state}: make one with npm start, or name its directory with --state DIR`,
    );
  for (let waited = 0; ; waited += PAUSE_MS) {
    const lock = tryLock(state, waited >= PATIENCE_MS);
    if (lock !== null) return offlineHistory(state, lock);
    const endpoints = readEndpoints(state);
    if (endpoints !== null) return runningHistory(state, endpoints);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function tryLock(state: string, insist = false): ReturnType<typeof lockState> | null {
  if (!existsSync(state)) return null;
  try {
    return lockState(state);
  } catch (error) {
    if (!insist && isFault(error, "state-locked")) return null;
    throw error;
  }
}
