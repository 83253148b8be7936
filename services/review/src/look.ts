import {
  type ApplicationEvent,
  type ApplicationState,
  applicationStream,
  foldApplication,
  type Recorded,
} from "@plp/domain";
import { causedLook, type Look } from "./caused-look.ts";
import { takeCommands } from "./commands.ts";
import { settle } from "./settle.ts";
import { tellRoles } from "./tell-roles.ts";

/**
 * Records what people did to an application's requests (`iid`: to that one alone) and wrote beside them. The
 * application's stream first, then its roles, then the messages; whatever a crash leaves undone the next look finds
 * from the streams. The publisher then brings GitLab to it. Answers what was written to the application's stream meanwhile.
 */
export async function lookAt(look: Look, iid: number | null): Promise<readonly Recorded<ApplicationEvent>[]> {
  const { place, ports } = look;
  const caused = await causedLook(look);
  const { application: before } = caused;
  if (before.version === 0) return [];
  const settled = await settle(before, iid, caused);
  await tellRoles(settled, caused);
  await takeCommands(settled, iid, caused);
  const { events } = await ports.store.load<ApplicationEvent>(applicationStream(place));
  if (iid === null || !(await isUntouched(iid, foldApplication(events), look)))
    await ports.send.publish({ v: 1, type: "publish", ...place }, place);
  return events.slice(before.version);
}

const DAY = 86_400_000;

/**
 * Most hooks tell what PLP did itself. A request that waits as PLP left it or that people took over, with nothing said
 * beside it lately, is nothing for the publisher.
 */
async function isUntouched(
  iid: number,
  { requests, commands }: ApplicationState,
  { gitlab, ports }: Look,
): Promise<boolean> {
  const request = requests.get(iid);
  if (request === undefined) return true;
  const since = new Date(ports.clock.now().getTime() - DAY).toISOString();
  if ([...commands.values()].some((given) => given.iid === iid && given.recordedAt >= since)) return false;
  const found = await gitlab.getOrNull(iid);
  if (found?.state !== "opened") return false;
  if (request.status === "frozen") return true;
  if (request.status !== "open") return false;
  if (!found.draft || found.setToMerge || found.sha !== request.head) return false;
  return (await gitlab.approvedBy(iid)).length === 0;
}
