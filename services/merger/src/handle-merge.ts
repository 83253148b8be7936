import {
  type Cause,
  commitId,
  digest,
  endRun,
  foldRole,
  foldRun,
  type RoleEvent,
  type RoleState,
  type RunEvent,
  type RunState,
  roleStream,
  runStream,
  service,
  withdrawProposal,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import { isPolicyError } from "@plp/iam-policy";
import type { MergeMessage } from "@plp/messaging";
import { isLasting } from "./findings.ts";
import type { Look } from "./look.ts";
import type { MergePorts } from "./ports.ts";
import { type Merged, propose } from "./propose.ts";

/** 1 at a message's first delivery, as of `consume`. */
interface Delivery {
  readonly receiveCount: number;
}

/**
 * Merges what a run found into the role's generated policy as it stands in Git now. A repeat on the same base comes to
 * the same proposal and writes nothing; another base gives a new one. What fails for good ends the run with a reason,
 * and takes back a proposal of this run that can no longer be brought up to date; what it held waits for the next
 * merge. The publisher asks for a merge while a proposal's base has moved: so a merge after the run's end that wrote
 * nothing does not call it again, save at a redelivery, which cannot know what the delivery before it wrote.
 */
export async function handleMerge(
  { run }: MergeMessage,
  ports: MergePorts,
  { receiveCount }: Delivery = { receiveCount: 1 },
): Promise<void> {
  const state = foldRun((await ports.store.load<RunEvent>(runStream(run))).events);
  const { requested } = state;
  if (requested === null || state.observed === null) {
    return ports.log.warn("a run without an analysis, or one that was forgotten", { run });
  }
  const { application } = requested;
  const repository = ports.repositories.find(({ project }) => project === application.project);
  if (repository === undefined)
    return ports.log.warn("a run of a project that the settings do not name", { run, ...application });
  const cause: Cause = {
    occurredAt: ports.clock.now().toISOString(),
    actor: service("merger"),
    correlationId: requested.round,
    causationId: digest("merge", run),
  };
  const { role } = requested;
  const look: Look = { run, role, application, repository, cause, ports, receiveCount };
  const { ending, wrote } = await merge(look);
  await end(look, ending);
  if (state.end !== null && !wrote && receiveCount === 1) return;
  await ports.send.publish({ v: 1, type: "publish", ...application }, application);
}

async function merge(look: Look): Promise<Merged> {
  try {
    return await propose(look);
  } catch (error) {
    if (isPolicyError(error)) {
      return fail(
        look,
        "policy-unreadable",
        `the generated policy cannot be read: ${error.message}; mend the file`,
      );
    }
    if (!isLasting(error)) throw error;
    return fail(look, error.code, error.message);
  }
}

/**
 * The run ends as failed. Its proposals stand on a base that cannot be merged again: they are withdrawn. What a person asked
 * to have back rests on no run.
 */
async function fail(look: Look, code: string, reason: string): Promise<Merged> {
  const { run, role, cause, ports } = look;
  const ending = { kind: "failed", code, reason } as const;
  ports.log.warn("merge failed", { run, code, reason });
  const stream = roleStream(role);
  try {
    const { version } = foldRole((await ports.store.load<RoleEvent>(stream)).events);
    const { written } = await commit<RoleEvent, RoleState>(ports.store, {
      stream,
      fold: foldRole,
      decide: (current) =>
        [...current.open.values()]
          .filter((open) => open.run === run && open.kind !== "restore")
          .flatMap((open) => withdrawProposal(current, { proposal: open.version, reason }, cause)),
      commitId: commitId(cause.causationId, stream, digest("withdraw", code, String(version))),
    });
    return { ending, wrote: written.length > 0 };
  } catch (error) {
    if (!isLasting(error)) throw error;
    // The history itself cannot be read: the run says so, and plp verify where.
    ports.log.error("the proposal of a failed merge could not be withdrawn", { run, error });
    return { ending, wrote: false };
  }
}

async function end({ run, cause, ports }: Look, ending: Merged["ending"]): Promise<void> {
  const stream = runStream(run);
  await commit<RunEvent, RunState>(ports.store, {
    stream,
    fold: foldRun,
    decide: (current) => endRun(current, ending, cause),
    commitId: commitId(cause.causationId, stream, "end"),
  });
}
