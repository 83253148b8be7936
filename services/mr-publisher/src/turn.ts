import {
  isUrgent,
  kindOfBranch,
  openRequest,
  parseRequestSlot,
  requestLine,
  requestSlot,
  type WaitingRequest,
} from "@plp/domain";
import type { Loaded } from "./load.ts";
import type { KindLook, Look } from "./look.ts";
import type { RoleView } from "./view.ts";

/** More never wait in one line. */
const MOST_WAITING = 10_000;
/** So long after a decision the next ones are looked for; later the daily look of each finds its turn. */
const LATELY_MS = 6 * 3_600_000;

/**
 * May one more request of this kind be opened, so that no more than `limits.open` of the repository wait for people? What is
 * urgent always; else it joins the line, and those that wait longest come first. Two that come in the same moment may both
 * be let in: a reviewer with one request too many is no harm.
 */
export async function isItsTurn(look: KindLook, roles: readonly RoleView[]): Promise<boolean> {
  const { kind, place, ports, loaded } = look;
  const most = ports.settings.limits.open;
  if (most === null || isUrgent(kind)) return true;
  const line = requestLine(place.project);
  const role = requestSlot({ kind, ...place });
  let waiting = await ports.waiting.first(line, MOST_WAITING);
  const known = waiting.find((one) => one.role === role);
  const since = roles.map(({ proposal }) => proposal.at).sort()[0] ?? look.cause.occurredAt;
  await ports.waiting.join(line, known ?? { role, since, run: loaded.application.round?.round ?? "" });
  if (known === undefined) waiting = await ports.waiting.first(line, MOST_WAITING);
  const open = await openIn(look);
  const ahead = waiting.findIndex((one) => one.role === role);
  if (ahead < most - open) return true;
  ports.log.info("a request waits: as many as limits.open allows wait for people", {
    ...{ ...place, kind, open, ahead, since: known?.since ?? since },
  });
  return false;
}

/** Leaves the line with what need not wait any more; after a decision those that wait longest are looked at. */
export async function letNext(look: Look): Promise<void> {
  const { place, loaded, ports } = look;
  const most = ports.settings.limits.open;
  if (most === null) return;
  const line = requestLine(place.project);
  const others: WaitingRequest[] = [];
  for (const waiting of await ports.waiting.first(line, MOST_WAITING)) {
    const request = parseRequestSlot(waiting.role);
    if (request === null) continue;
    if (request.folder !== place.folder) others.push(request);
    else if (!waits(request, loaded)) await ports.waiting.leave(line, waiting);
  }
  if (others.length === 0 || !wasDecidedLately(loaded, ports.clock.now())) return;
  const free = most - (await openIn(look));
  for (const { project, folder } of others.slice(0, Math.max(0, free)))
    await ports.send.reviews({ v: 1, type: "look", project, folder });
}

function waits({ kind }: WaitingRequest, { application, roles }: Loaded): boolean {
  return (
    openRequest(application, kind) === null && [...roles.values()].some(({ state }) => state.open.has(kind))
  );
}

/** Else those that look would call each other without an end. */
function wasDecidedLately({ application }: Loaded, now: Date): boolean {
  const since = new Date(now.getTime() - LATELY_MS).toISOString();
  return [...application.requests.values()].some(
    ({ kind, merged, closed }) => !isUrgent(kind) && (merged?.at ?? closed?.recordedAt ?? "") >= since,
  );
}

/** How many requests of the repository wait for people, the urgent ones aside. */
async function openIn({ gitlab }: Look): Promise<number> {
  const kinds = (await gitlab.opened()).map(({ sourceBranch }) => kindOfBranch(sourceBranch));
  return kinds.filter((kind) => kind !== null && !isUrgent(kind)).length;
}
