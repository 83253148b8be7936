import { applicationRows } from "@plp/audit";
import {
  type Cause,
  type ControlEvent,
  type ControlState,
  commitId,
  controlStream,
  foldControl,
  pauseRounds,
  resumeRounds,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import { type QueueName, queueNames, type RoundMessage } from "@plp/messaging";
import { permanent } from "@plp/runtime";
import type { ActPorts, Caller } from "./ports.ts";

/** Begins a round now. The faults `rounds-paused` and `no-such-application`. */
export async function startRound(
  ports: ActPorts,
  {
    application,
    dryRun,
  }: { readonly application?: string | undefined; readonly dryRun?: boolean | undefined },
): Promise<{ readonly round: string; readonly windowEnd: string }> {
  const { paused } = foldControl((await ports.store.load<ControlEvent>(controlStream)).events);
  if (paused !== null)
    throw permanent(
      "bad-moment",
      `rounds are paused since ${paused.since} by ${paused.by}: resume them first (plp resume)`,
    );
  const folder = application === undefined ? undefined : await folderOf(application, ports);
  const at = ports.clock.now().toISOString();
  const windowEnd = await ports.windowEnd();
  const message: RoundMessage = {
    ...{ v: 1, type: "round", round: ports.ids.next(), at },
    ...(windowEnd === null ? {} : { windowEnd }),
    ...(folder === undefined ? {} : { folder }),
    ...(dryRun === true ? { dryRun } : {}),
  };
  await ports.send.rounds(message);
  return { round: message.round, windowEnd: windowEnd ?? at };
}

async function folderOf(application: string, { index }: ActPorts): Promise<string> {
  const rows = await applicationRows(index);
  const found = rows.find(({ name, folder }) => folder === application || name === application);
  if (found !== undefined) return found.folder;
  const names = rows.map(({ name }) => name).join(", ");
  throw permanent(
    "no-such-application",
    `there is no application ${JSON.stringify(application)}; there are: ${names || "none"}`,
  );
}

/** Sends the dead letters of a queue into it again. */
export async function redrive(
  { queues }: ActPorts,
  name: string,
): Promise<{ readonly queue: QueueName; readonly sent: number }> {
  const queue = queueNames.find((known) => known === name);
  if (queue === undefined)
    throw permanent(
      "no-such-queue",
      `there is no queue ${JSON.stringify(name)}; there are: ${queueNames.join(", ")}`,
    );
  return { queue, sent: await queues.redrive(queue) };
}

export function pause(ports: ActPorts, caller: Caller, reason: string | null) {
  return decide(ports, caller, "pause", (state, cause) => pauseRounds(state, reason, cause));
}

export function resume(ports: ActPorts, caller: Caller) {
  return decide(ports, caller, "resume", resumeRounds);
}

async function decide(
  { store, clock, ids }: ActPorts,
  { id, name }: Caller,
  step: string,
  decision: (state: ControlState, cause: Cause) => readonly ControlEvent[],
) {
  const request = ids.next();
  const cause: Cause = {
    occurredAt: clock.now().toISOString(),
    actor: { kind: "person", id, name },
    correlationId: request,
    causationId: request,
  };
  const { state } = await commit<ControlEvent, ControlState>(store, {
    stream: controlStream,
    fold: foldControl,
    decide: (current) => decision(current, cause),
    commitId: commitId(request, controlStream, step),
  });
  const { paused } = state;
  return { paused: paused !== null, since: paused?.since ?? null, by: paused?.by ?? null };
}
