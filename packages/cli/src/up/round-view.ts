import {
  type ApplicationEvent,
  type ApplicationState,
  applicationStream,
  foldApplication,
  foldRole,
  foldRun,
  type RoleEvent,
  type RoleId,
  type RoleState,
  type RunEvent,
  type RunState,
  roleStream,
  runStream,
} from "@plp/domain";
import type { EventStore, RecordedEvent } from "@plp/event-store";

/** One application as its streams have it. */
export interface ApplicationView {
  readonly folder: string;
  readonly state: ApplicationState;
  /** The same before this round. */
  readonly before: ApplicationState;
  /** What this round wrote to its stream. */
  readonly written: readonly RecordedEvent<ApplicationEvent>[];
  /** By run. */
  readonly runs: ReadonlyMap<string, RunState>;
}

/** How far a round has come; what has come to its end is not read again. */
export interface RoundReader {
  /** Applications that the round has reached (planned or refused), as far as it is known now. */
  read(): Promise<readonly ApplicationView[]>;
}

/** Reads the streams of one round: of each application until its plan stands, of each run until it has ended. */
export function roundReader(
  store: EventStore,
  project: string,
  folders: readonly string[],
  round: string,
): RoundReader {
  const runs = new Map<string, RunState>();
  const views = new Map<string, ApplicationView>();
  return {
    async read() {
      for (const folder of folders) {
        const known = views.get(folder);
        if (known !== undefined && isSettled(known)) continue;
        const { events } = await store.load<ApplicationEvent>(applicationStream({ project, folder }));
        const state = foldApplication(events);
        if (state.round?.round !== round && state.refused?.round !== round) continue;
        for (const { run } of state.round?.roles ?? []) {
          if (runs.get(run)?.end == null) runs.set(run, await loadRun(store, run));
        }
        const written = events.filter(({ correlationId }) => correlationId === round);
        const first = written[0]?.version ?? 1;
        const before = foldApplication(events.filter(({ version }) => version < first));
        const own = new Map((state.round?.roles ?? []).map(({ run }) => [run, runs.get(run) ?? foldRun([])]));
        views.set(folder, { folder, state, before, written, runs: own });
      }
      return [...views.values()];
    },
  };
}

/** Nothing of this round can still come: its runs have ended and its request shows them. Read once more at the end. */
function isSettled({ state, runs, written }: ApplicationView): boolean {
  if (state.refused !== null) return true;
  if (![...runs.values()].every(({ end }) => end !== null)) return false;
  return written.some(
    ({ type }) => type === "RequestOpened" || type === "RequestUpdated" || type === "RequestFrozen",
  );
}

async function loadRun(store: EventStore, run: string): Promise<RunState> {
  return foldRun((await store.load<RunEvent>(runStream(run))).events);
}

export async function loadRole(
  store: EventStore,
  role: RoleId,
): Promise<{ readonly state: RoleState; readonly events: readonly RecordedEvent<RoleEvent>[] }> {
  const { events } = await store.load<RoleEvent>(roleStream(role));
  return { state: foldRole(events), events };
}
