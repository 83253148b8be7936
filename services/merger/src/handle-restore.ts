import {
  type Actor,
  type Cause,
  commitId,
  digest,
  foldRole,
  isPending,
  proposeRestore,
  type RestoreOutcome,
  type RoleEvent,
  type RoleState,
  roleStream,
  service,
} from "@plp/domain";
import { commit, type RecordedEvent } from "@plp/event-store";
import { isPolicyError } from "@plp/iam-policy";
import type { RestoreMessage } from "@plp/messaging";
import { transient } from "@plp/runtime";
import { isLasting } from "./findings.ts";
import type { Look } from "./look.ts";
import type { MergePorts, PolicyRepository } from "./ports.ts";
import { type RestoreAsked, restoreProposal } from "./restore.ts";

/**
 * Works out what a person asked to have back, on the role's generated policy as it stands in Git now, and proposes it; what
 * comes to nothing is recorded with its reason. Each order is carried out once, however often its message comes; the
 * publisher sends it again, without the wish, while the base of its open proposal has moved.
 */
export async function handleRestore(
  { order, role, wish }: RestoreMessage,
  ports: MergePorts,
  { receiveCount }: { readonly receiveCount: number } = { receiveCount: 1 },
): Promise<void> {
  const stream = roleStream(role);
  const { events } = await ports.store.load<RoleEvent>(stream);
  const known = foldRole(events);
  const asked = wish === undefined ? openOrder(known, order) : { ...wish, by: wish.by.name, order };
  if (known.scope === null || asked === null)
    return ports.log.warn("an order to restore that nobody knows of", { order, role: role.arn });
  const { project, folder } = known.scope.application;
  const application = { project, folder };
  const repository = ports.repositories.find((one) => one.project === project);
  if (repository === undefined)
    return ports.log.warn("an order of a project that the settings do not name", { order, ...application });
  const by: Actor =
    wish === undefined ? service("merger") : { kind: "person", id: wish.by.id, name: wish.by.name };
  const cause: Cause = {
    occurredAt: ports.clock.now().toISOString(),
    actor: by,
    correlationId: order,
    causationId: digest("restore", order),
  };
  const look = { role, application, repository, cause, ports, receiveCount };
  if (isPending(known, order)) await carryOut(look, asked, { known, events });
  await ports.send.publish({ v: 1, type: "publish", ...application }, application);
}

/** What the open proposal of that order was asked for. */
function openOrder({ open }: RoleState, order: string): RestoreAsked | null {
  const restore = open.get("restore")?.restore;
  return restore?.order === order ? restore : null;
}

type RestoreLook = Omit<Look, "run"> & { readonly repository: PolicyRepository };

async function carryOut(
  look: RestoreLook,
  { order, version, only, by }: RestoreAsked,
  { known, events }: { readonly known: RoleState; readonly events: readonly RecordedEvent<RoleEvent>[] },
): Promise<void> {
  const { role, cause, ports } = look;
  const asked = { order, version, only, by };
  const outcome = await outcomeOf(() => restoreProposal(look, asked, { known, events }));
  if (outcome.kind === "refuse")
    ports.log.warn("a policy is not brought back", { role: role.arn, order, reason: outcome.reason });
  const stream = roleStream(role);
  await commit<RoleEvent, RoleState>(ports.store, {
    stream,
    fold: foldRole,
    decide: (current) => {
      // Worked out on what was known before: it is worked out again.
      if (current.version !== known.version && isPending(current, order))
        throw transient("role-moved", `${stream} was written meanwhile; the order is worked out again`);
      return proposeRestore(current, asked, outcome, cause);
    },
    commitId: commitId(
      cause.causationId,
      stream,
      digest("restore", JSON.stringify(outcome), String(known.version)),
    ),
  });
}

/** What fails for good, such as a policy file that cannot be read, is the answer to the order. */
async function outcomeOf(work: () => Promise<RestoreOutcome>): Promise<RestoreOutcome> {
  try {
    return await work();
  } catch (error) {
    if (isPolicyError(error))
      return {
        kind: "refuse",
        reason: `the generated policy cannot be read: ${error.message}; mend the file`,
      };
    if (!isLasting(error)) throw error;
    return { kind: "refuse", reason: error.message };
  }
}
