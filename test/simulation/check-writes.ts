import { type Permission, parsePolicy, permissionKey, permissionsOf } from "@plp/iam-policy";
import type { SimulatedRequest } from "./gitlab.ts";
import { factsOf } from "./history.ts";
import type { SimulatedRole } from "./organization.ts";
import type { Task } from "./turns.ts";
import type { World } from "./world.ts";

/** Calls of an invocation between the last look at a request and a write to it: the look and the write are one after the other. */
const NEAR = 12;

interface Push {
  readonly branch: string;
  readonly base: string;
  readonly message: string;
  readonly files: readonly { readonly path: string; readonly content: string | null }[];
}

/** Every push of the bot: to what is still the bot's, of what the roles really used, naming the history it follows from. */
export function checkPush(world: World, task: Task, push: Push): void {
  const { gitlab, violate, organization, history } = world;
  if (!push.branch.startsWith("plp-")) violate(`a push to ${push.branch}`);
  const request = gitlab.openOf(push.branch);
  if (request !== null) checkOurs(world, task, request, "pushed to");
  if (!gitlab.git.lineOf(gitlab.main()).some(({ sha }) => sha === push.base))
    violate(`a push to ${push.branch} on ${push.base}, which is not on main`);
  const base = gitlab.git.commit(push.base).tree;
  const isWayBack = push.branch.startsWith("plp-restore/");
  for (const { path, content } of push.files) {
    const role = organization.roles.find((one) => one.path === path);
    if (role === undefined) {
      violate(`a push changes ${path}, which is no policy`);
      continue;
    }
    const before = permissionsAt(base.get(path) ?? null);
    const after = permissionsAt(content);
    const [known, next] = [before, after].map((list) => new Set(list.map(permissionKey)));
    for (const permission of after) {
      if (known?.has(permissionKey(permission)) || world.truth.mayBeGranted(role, permission, world.now()))
        continue;
      // Who asks for an earlier policy gets what people had written into it.
      if (isWayBack && world.byHand.granted.has(`${path} ${permissionKey(permission)}`)) continue;
      violate(`${push.branch} grants ${JSON.stringify(permission)} to ${role.arn}, which never used it`);
    }
    const listed = new Set(
      push.branch.startsWith("plp-restore/") ? takenBack(world, role, "PolicyProposed") : [],
    );
    for (const permission of before)
      if (!next?.has(permissionKey(permission)) && !listed.has(permissionKey(permission)))
        violate(`${push.branch} takes ${JSON.stringify(permission)} from ${role.arn}`);
  }
  const anchors = [...push.message.matchAll(/^Plp-History: (\S+) (\d+) ([0-9a-f]+)$/gm)];
  if (anchors.length === 0) violate(`a push to ${push.branch} without Plp-History`);
  for (const [line, role, version, hash] of anchors) {
    const event = history.of(`role#${role}`)[Number(version) - 1];
    if (event?.type !== "PolicyProposed" || event.hash !== hash)
      violate(`no proposal in the history fits "${line}"`);
  }
}

/** What ways back were to take from a role, by key: all that were proposed, or those that a reviewer merged. */
export function takenBack(
  { history }: World,
  { arn, uniqueId }: SimulatedRole,
  since: "PolicyProposed" | "ProposalApproved",
): readonly string[] {
  const events = history.of(`role#${arn}#${uniqueId}`);
  return events
    .filter(({ type }) => type === since)
    .map((event) => (since === "PolicyProposed" ? event : events[(factsOf(event).proposal ?? 0) - 1]))
    .map((event) => event?.data as { readonly kind: string; readonly removed: readonly Permission[] })
    .filter(({ kind }) => kind === "restore")
    .flatMap(({ removed }) => removed.map(permissionKey));
}

export function checkEdit(world: World, task: Task, request: SimulatedRequest): void {
  if (request.state === "opened") checkOurs(world, task, request, "edited");
}

/** Between the last look and a write people may be faster: then the look could not know. */
function checkOurs({ violate }: World, task: Task, request: SimulatedRequest, what: string): void {
  const read = task.readRequests.get(request.iid);
  if (read === undefined) violate(`!${request.iid} is ${what} without a look at it`);
  if (read === undefined) return;
  if (task.calls - read.call > NEAR) violate(`!${request.iid} is ${what} long after the last look at it`);
  if (request.takenAt !== null && request.takenAt < read.step)
    violate(`!${request.iid} is ${what} although people had taken it over`);
}

function permissionsAt(content: string | null): readonly Permission[] {
  return content === null ? [] : permissionsOf(parsePolicy(JSON.parse(content), "the simulated file"));
}
