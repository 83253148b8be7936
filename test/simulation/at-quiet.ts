import { startsLine } from "@plp/domain";
import { factsOf, isEnd, openProposal } from "./history.ts";
import type { World } from "./world.ts";

interface Planned {
  readonly role: { readonly arn: string; readonly uniqueId: string };
  readonly run: string;
}

export function plannedIn(
  world: World,
  folder: string,
): { readonly round: string; readonly roles: readonly Planned[] } | null {
  const events = world.history.of(`app#platform/iam#${folder}`);
  const last = events.findLast(({ type }) => type === "RoundPlanned");
  return last === undefined ? null : (last.data as { round: string; roles: readonly Planned[] });
}

/** Opened again after a reviewer refused it: people's, like a frozen one. */
function isReopened(requests: ReturnType<World["history"]["of"]>): boolean {
  const iidOf = ({ data }: { readonly data: unknown }) => (data as { iid?: number }).iid;
  const last = requests.findLast(({ type }) => type.startsWith("Request"));
  if (last?.type !== "RequestReopened") return false;
  const closed = requests.findLast((event) => event.type === "RequestClosed" && iidOf(event) === iidOf(last));
  return (closed?.data as { decision?: boolean } | undefined)?.decision === true;
}

const hasEnded = ({ history }: World, run: string) => history.of(`run#${run}`).some(isEnd);

/** Have all runs of the last rounds ended? */
export function areRunsOver(world: World): boolean {
  return world.organization.folders.every(({ folder }) =>
    (plannedIn(world, folder)?.roles ?? []).every(({ run }) => hasEnded(world, run)),
  );
}

/** Not started yet, and in the line for a start: others went first, and the next tick comes back for it. */
async function waitsInLine({ history, waiting }: World, stream: string): Promise<boolean> {
  const events = history.of(stream);
  const [requested] = events;
  if (requested === undefined || events.some(({ type }) => type === "AnalysisStarted")) return false;
  const { lane, region } = requested.data as { readonly lane: string; readonly region: string };
  const line = await waiting.first(startsLine(lane, region), Number.MAX_SAFE_INTEGER);
  return line.some(({ run }) => stream === `run#${run}`);
}

/**
 * No message is left, nobody is at work. Then nothing may be half done: what was asked for has ended, and what was
 * proposed stands in a request, unless people have had their hands in it since the last look.
 */
export async function checkQuiet(world: World): Promise<void> {
  const { history, violate, organization } = world;
  for (const [stream, events] of history.streams) {
    if (stream.startsWith("run#") && !events.some(isEnd) && !(await waitsInLine(world, stream)))
      violate(`no message is left, and ${stream} was requested and has not ended`);
  }
  for (const { folder } of organization.folders) {
    const plan = plannedIn(world, folder);
    if (plan === null || !plan.roles.every(({ run }) => hasEnded(world, run))) continue;
    const requests = history.of(`app#platform/iam#${folder}`);
    const last = requests.findLast(({ type }) => type.startsWith("Request"))?.type;
    // Somebody touched something: the next tick looks again. Frozen and closed requests wait for the next round.
    const waits = requests.some(
      ({ type, data, correlationId }) =>
        type === "RequestClosed" && !(data as { decision: boolean }).decision && correlationId === plan.round,
    );
    if (isReopened(requests)) continue;
    const isPeoples = [...world.gitlab.requests.values()].some(
      ({ iid, state, notes }) =>
        state === "opened" && notes.has("frozen") && requests.some((event) => factsOf(event).iid === iid),
    );
    if (
      waits ||
      isPeoples ||
      world.touched.has(folder) ||
      last === "RequestFrozen" ||
      last === "RequestClosed"
    )
      continue;
    const held = requests.findLast(({ type }) => type === "RequestOpened" || type === "RequestUpdated");
    const shown =
      (held?.data as { roles?: readonly { role: Planned["role"]; proposal: number }[] })?.roles ?? [];
    for (const { role } of plan.roles) {
      const open = openProposal(history.of(`role#${role.arn}#${role.uniqueId}`));
      if (open === null) continue;
      if (!shown.some((one) => one.role.arn === role.arn && one.proposal === open))
        violate(`no message is left, and proposal ${open} of ${role.arn} stands in no request`);
    }
  }
}
