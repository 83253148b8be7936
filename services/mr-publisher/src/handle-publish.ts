import {
  type Cause,
  digest,
  hasUntoldDecision,
  isWaiting,
  openRequest,
  type RequestKind,
  requestKinds,
  roleStream,
  service,
} from "@plp/domain";
import type { PublishMessage } from "@plp/messaging";
import { adopt } from "./adopt.ts";
import { answer } from "./answer.ts";
import { type Loaded, loadApplication, loadState } from "./load.ts";
import type { Look } from "./look.ts";
import type { Gitlab, PublishPorts } from "./ports.ts";
import { present } from "./present.ts";
import { tellPeople } from "./tell-people.ts";
import { letNext } from "./turn.ts";

/**
 * Brings GitLab to what the streams of one application say. Driven by state alone: it renders branch, text and notes
 * anew and does nothing where GitLab shows them already, so a repeat, a message too many or a crash at any line ends
 * in the same request, once. Where people decided something that the streams do not know yet, the review looks first.
 */
export async function handlePublish(message: PublishMessage, ports: PublishPorts): Promise<void> {
  const place = { project: message.project, folder: message.folder };
  const gitlab = ports.gitlabs.find(({ project }) => project === place.project);
  if (gitlab === undefined)
    return ports.log.warn("a request of a project that the settings do not name", place);
  const loaded = await loadApplication(ports.store, place);
  const cause: Cause = {
    occurredAt: ports.clock.now().toISOString(),
    actor: service("mr-publisher"),
    correlationId: loaded.application.round?.round ?? "none",
    causationId: digest("publish", place.project, place.folder),
  };
  let look: Look = { place, gitlab, cause, ports, loaded };
  for (const kind of requestKinds) await adopt({ ...look, kind });
  look = await refreshed(look);
  if (await isUnsettled(look.loaded, gitlab)) return ports.send.reviews({ v: 1, type: "look", ...place });
  await answer(look);
  for (const kind of requestKinds) {
    if (!isConcerned(look.loaded, kind)) continue;
    const isSettled = await present({ ...look, kind });
    if (!isSettled) return ports.send.reviews({ v: 1, type: "look", ...place });
    look = await refreshed(look);
  }
  await letNext(look);
  await tellPeople(look);
}

/** The look with what was written since it began; everything is loaded again only then. */
async function refreshed(look: Look): Promise<Look> {
  const { place, ports, loaded } = look;
  const { version } = await loadState(ports.store, place);
  if (version === loaded.application.version) return look;
  return { ...look, loaded: await loadApplication(ports.store, place) };
}

function isConcerned({ application, roles }: Loaded, kind: RequestKind): boolean {
  return (
    openRequest(application, kind) !== null || [...roles.values()].some(({ state }) => state.open.has(kind))
  );
}

/** Did people decide something that the streams do not know yet? */
async function isUnsettled({ application, roles }: Loaded, gitlab: Gitlab): Promise<boolean> {
  if (hasUntoldDecision(application, (role) => roles.get(roleStream(role))?.state)) return true;
  for (const request of application.requests.values()) {
    if (isWaiting(request) && (await gitlab.getOrNull(request.iid))?.state !== "opened") return true;
  }
  return false;
}
