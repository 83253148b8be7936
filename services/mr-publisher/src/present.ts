import { isUrgent, openRequest } from "@plp/domain";
import { describe } from "./describe.ts";
import { isFrozen } from "./freeze.ts";
import type { KindLook } from "./look.ts";
import { modesOf } from "./modes.ts";
import { failedOf, isTime, mayOpen, proposalsOf, staleProposals } from "./proposals.ts";
import { show } from "./show.ts";
import { takeBack } from "./take-back.ts";
import { isItsTurn } from "./turn.ts";
import { withdraw } from "./withdraw.ts";

const NOTHING = { request: null, rebuild: false };

/** Shows what is proposed of one kind. False where people did something meanwhile that has to be settled first. */
export async function present(look: KindLook): Promise<boolean> {
  const { kind, loaded, ports } = look;
  const { application } = loaded;
  if (application.round === null || application.round.dryRun === true || application.refused !== null)
    return true;
  const roles = proposalsOf(look);
  const open = openRequest(application, kind);
  const now = ports.clock.now();
  if (open === null && (roles.length === 0 || !mayOpen(look, now))) return true;
  const { request, rebuild } = open === null ? NOTHING : await takeBack(look, open);
  if (request !== null && (await isFrozen(look, request, roles))) return true;
  if (open === null && !(await isItsTurn(look, roles))) return true;
  const base = await look.gitlab.head();
  const stale = await staleProposals(look, roles, base);
  if (stale.length > 0) {
    for (const message of stale) await ports.send.merge(message);
    return true;
  }
  if (request !== null && roles.length === 0) {
    await withdraw(look, request);
    return true;
  }
  if (request !== null && !rebuild && !isUrgent(kind) && !isTime(look, now)) return true;
  const rendered = describe({
    ...{ application: application.round.name, folder: look.place.folder, kind, roles },
    ...{ failed: failedOf(loaded), modes: await modesOf(look.gitlab, roles, base) },
  });
  if (rendered.files.length === 0) {
    // No file holds the mode, and the policy stays as it is: there is nothing to merge, a person changes the output.
    ports.log.info("what is proposed changes no file; plp show says what to do", { ...look.place, kind });
    return true;
  }
  return show(look, request, { ...rendered, base });
}
