import {
  type ApplicationEvent,
  applicationStream,
  foldApplication,
  folderOfBranch,
  foldRole,
  isRequestBranch,
  type RoleEvent,
  readHistoryLines,
  roleStream,
} from "@plp/domain";
import type { EventStore } from "@plp/event-store";
import type { Gitlab, ReviewPorts } from "./ports.ts";

/** Of a push that changes more folders than this the rest is left to the daily look. */
const MOST_FOLDERS = 500;

/**
 * The application's folder of a request of ours: by its branch and the paths that it changes, else by the roles that its
 * commits name. Null for people's requests, and for what nobody can tell: the daily look finds those.
 */
export async function folderOfRequest(
  iid: number,
  gitlab: Gitlab,
  { store, log }: Pick<ReviewPorts, "store" | "log">,
): Promise<string | null> {
  const request = await gitlab.getOrNull(iid);
  if (request === null || !isRequestBranch(request.sourceBranch)) return null;
  const folder =
    folderOfBranch(request.sourceBranch, await gitlab.paths(iid)) ??
    (await folderOfRoles(iid, request.sourceBranch, gitlab, store));
  if (folder === null) log.warn("nobody can tell which application a request is of", { iid });
  return folder;
}

/** People took every file of ours away: its commits still name roles, and those know their folder. */
async function folderOfRoles(
  iid: number,
  branch: string,
  gitlab: Gitlab,
  store: EventStore,
): Promise<string | null> {
  for (const message of await gitlab.messages(iid)) {
    for (const { role } of readHistoryLines(message) ?? []) {
      const { scope } = foldRole((await store.load<RoleEvent>(roleStream(role))).events);
      const folder = scope?.application.folder;
      // The line may be anybody's: only the folder that the branch is named after counts.
      if (folder !== undefined && folderOfBranch(branch, [`${folder}/`]) === folder) return folder;
    }
  }
  return null;
}

/** Those of the folders above these paths that are applications. */
export async function foldersAbove(
  paths: readonly string[],
  project: string,
  { store, log }: Pick<ReviewPorts, "store" | "log">,
): Promise<readonly string[]> {
  const above = new Set<string>();
  for (const path of paths) {
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1))
      above.add(path.slice(0, slash));
  }
  if (above.size > MOST_FOLDERS)
    log.warn("a push changes many folders; the daily look finds the rest", { project, folders: above.size });
  const found: string[] = [];
  for (const folder of [...above].slice(0, MOST_FOLDERS)) {
    const { events } = await store.load<ApplicationEvent>(applicationStream({ project, folder }));
    if (foldApplication(events).version > 0) found.push(folder);
  }
  return found;
}
