import { freezeRequest, type RequestState } from "@plp/domain";
import { change, type KindLook } from "./look.ts";
import { holdOn } from "./ownership.ts";
import { renderNote } from "./render/notes.ts";
import type { RoleView } from "./view.ts";

/** Frozen means: nothing is pushed. What came later stands in one note and waits for the next request. */
export async function isFrozen(
  look: KindLook,
  request: RequestState,
  roles: readonly RoleView[],
): Promise<boolean> {
  const { gitlab } = look;
  const found = await gitlab.get(request.iid);
  if (found.state !== "opened") return true;
  const hold = await holdOn(gitlab, look.loaded, request, found);
  if (hold === null && request.status === "open") return false;
  if (hold !== null && hold.why !== "reopened" && request.status === "open") {
    const { why, by } = hold;
    await change(
      look,
      (current) => freezeRequest(current, { iid: request.iid, why, by }, look.cause),
      `freeze ${request.iid} ${request.head} ${look.loaded.application.version}`,
    );
  }
  const why = hold ?? request.frozen ?? { why: "ready", by: null };
  const later = roles.filter(
    ({ role, proposal }) =>
      !request.roles.some((held) => held.role.arn === role.arn && held.proposal === proposal.version),
  );
  await gitlab.note(
    request.iid,
    "frozen",
    renderNote({ kind: "frozen", ...why, later, hasConflicts: found.hasConflicts }),
  );
  return true;
}
