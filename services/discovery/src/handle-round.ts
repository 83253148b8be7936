import { type ControlEvent, controlStream, foldControl } from "@plp/domain";
import type { ApplicationsMessage, RoundsMessage } from "@plp/messaging";
import type { IamRepository, RoundPorts } from "./ports.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * A round, or the daily or hourly tick: one message per folder of every IAM repository, so that no function ever reads a
 * thousand folders in one run; hourly also one that has GitLab asked what no hook told. Nothing is decided here; a repeat
 * sends the same messages again. While rounds are paused none begins; the ticks go on, so that what was begun ends.
 */
export async function handleRound(
  message: RoundsMessage,
  { store, repositories, send, metrics, log }: RoundPorts,
): Promise<void> {
  if (message.type === "round") {
    const { paused } = foldControl((await store.load<ControlEvent>(controlStream)).events);
    if (paused !== null) return log.warn("rounds are paused: this one is left out", { ...paused });
  }
  let fault: unknown = null;
  for (const repository of repositories) {
    try {
      if (message.type === "tick") await measureToken(repository, message.at, { metrics, log });
      await sendFolders(message, repository, { send, log });
    } catch (error) {
      // A bad repository never stops the others; the message comes again, or is buried, for its sake.
      log.error("an IAM repository cannot be read", { project: repository.project, error });
      fault ??= error;
    }
  }
  if (fault !== null) throw fault;
}

async function sendFolders(
  message: RoundsMessage,
  repository: IamRepository,
  { send, log }: Pick<RoundPorts, "send" | "log">,
): Promise<void> {
  const commit = await repository.head();
  const folders = await repository.folders(commit);
  const { project } = repository;
  const only = message.type === "round" ? message.folder : undefined;
  const wanted = only === undefined ? folders : folders.filter((folder) => folder === only);
  const messages = wanted.map((folder): ApplicationsMessage => {
    const { at } = message;
    if (message.type === "tick") return { v: 1, type: "reconcile", at, project, folder };
    if (message.type === "hour") return { v: 1, type: "reconcile", only: "trail", at, project, folder };
    const windowEnd = message.windowEnd ?? new Date(Date.parse(at) - HOUR).toISOString();
    const { round, dryRun } = message;
    return { v: 1, type: "application", round, windowEnd, commit, dryRun, project, folder };
  });
  await send.applications(messages);
  if (message.type === "hour") await send.reviews({ v: 1, type: "poll", project, at: message.at });
  log.info("folders sent on", { type: message.type, project, folders: wanted.length, commit });
}

/** A token that ends stops everything at once, so it is told in time. That it cannot be told stops nothing. */
async function measureToken(
  repository: IamRepository,
  at: string,
  { metrics, log }: Pick<RoundPorts, "metrics" | "log">,
): Promise<void> {
  try {
    const ends = await repository.tokenEnds();
    if (ends !== null) metrics.put("TokenDaysLeft", Math.floor((Date.parse(ends) - Date.parse(at)) / DAY));
  } catch (error) {
    log.warn("GitLab does not tell when its token ends", { project: repository.project, error });
  }
}
