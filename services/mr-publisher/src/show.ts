import {
  branchOf,
  digest,
  openedRequest,
  type RequestContent,
  type RequestState,
  updateRequest,
} from "@plp/domain";
import { type Rendered, withBlock } from "./describe.ts";
import { change, type KindLook } from "./look.ts";
import { branchesOf, holdOn, isOurs } from "./ownership.ts";
import type { Gitlab, MergeRequest } from "./ports.ts";

/** What is shown, on the commit that it was compared with: on a newer one it would undo what people did meanwhile. */
export type Based = Rendered & { readonly base: string };

/**
 * Branch, title and description of a request as they are rendered, a new one where `request` is null. False where
 * somebody reopened a closed request meanwhile: that has to be settled first.
 */
export async function show(look: KindLook, request: RequestState | null, rendered: Based): Promise<boolean> {
  const { gitlab, kind, loaded, ports } = look;
  const branch = request?.branch ?? (await newBranch(look));
  if (request === null) {
    const appeared = await gitlab.find(branch);
    if (appeared !== null) return isNobodys(look, appeared, branch);
  }
  const pushed = await bringBranch(look, request, branch, rendered);
  if (pushed === null) return true;
  const open = request === null ? null : await gitlab.get(request.iid);
  if (open !== null && open.state !== "opened") return true;
  const found =
    open ??
    (await gitlab.create({
      branch,
      title: rendered.title,
      description: withBlock("", rendered.description),
      assign: ports.settings.assign,
      labels: ports.settings.labels,
    }));
  if (request === null && loaded.application.requests.has(found.iid)) return false;
  // Whoever took it over a moment ago reads what stands there; the next look freezes it.
  const isHeld =
    request !== null && (await holdOn(gitlab, loaded, { ...request, head: pushed.head }, found)) !== null;
  const title = isHeld ? request.title : await bringText(gitlab, found, request, rendered);
  const content: RequestContent = {
    ...{ kind, iid: found.iid, url: found.url, branch },
    ...{ head: pushed.head, base: pushed.base, title },
    description: digest(rendered.description.trim()),
    roles: rendered.roles,
  };
  const step = digest(
    "show",
    ...Object.values(content).map((value) => JSON.stringify(value)),
    String(loaded.application.version),
  );
  await change(
    look,
    (current) =>
      current.requests.has(found.iid)
        ? updateRequest(current, content, look.cause)
        : openedRequest(current, content, look.cause),
    step,
  );
  return true;
}

/** A request of our branch that we did not open, or one that we know as closed: then it was reopened a moment ago. */
function isNobodys({ loaded, ports }: KindLook, { iid }: MergeRequest, branch: string): boolean {
  if (loaded.application.requests.has(iid)) return false;
  ports.log.warn("somebody else opened a request of our branch; close it", { branch, iid });
  return true;
}

/** The branch of a new request: never one that holds people's commits. */
async function newBranch({ gitlab, kind, loaded, place, ports }: KindLook): Promise<string> {
  const own = branchOf(kind, place.folder);
  const branches = await branchesOf(gitlab, loaded, own);
  const [first, last = own] = [branches[0], branches.at(-1)];
  if (last !== first)
    ports.log.warn("a branch of ours holds commits of people; the new request has another", {
      ...place,
      left: first,
      branch: last,
    });
  return last;
}

/** The branch with exactly what is proposed. Null: somebody took the request over a moment ago, the next look tells. */
async function bringBranch(
  { gitlab, loaded }: KindLook,
  request: RequestState | null,
  branch: string,
  rendered: Based,
): Promise<{ readonly head: string; readonly base: string } | null> {
  const head = await gitlab.branch(branch);
  if (head !== null) {
    const isKnown = head === request?.head || head === request?.givenUp?.head;
    if (!isKnown && !(await isOurs(gitlab, loaded, head))) return null;
    const { parent, message, files } = await gitlab.change(head);
    if (parent !== null && message.trim() === rendered.message.trim() && sameFiles(files, rendered.files)) {
      return { head, base: parent };
    }
  }
  if (request !== null && (await holdOn(gitlab, loaded, request, await gitlab.get(request.iid))) !== null)
    return null;
  const { base, message, files } = rendered;
  return { head: await gitlab.push({ branch, base, message, files }), base };
}

function sameFiles(a: Rendered["files"], b: Rendered["files"]): boolean {
  const key = (files: Rendered["files"]) =>
    JSON.stringify(
      [...files].sort((x, y) => (x.path < y.path ? -1 : 1)).map(({ path, content }) => [path, content]),
    );
  return key(a) === key(b);
}

/** Title while it is the last one that we wrote, description between our marks; returns the title that we wrote last. */
async function bringText(
  gitlab: Gitlab,
  found: MergeRequest,
  request: RequestState | null,
  rendered: Rendered,
): Promise<string> {
  const isOurTitle = request === null || found.title === request.title;
  const title = isOurTitle && found.draft ? rendered.title : found.title;
  const description = withBlock(found.description, rendered.description);
  const edit = {
    ...(title === found.title ? {} : { title }),
    ...(description === found.description ? {} : { description }),
  };
  if (Object.keys(edit).length > 0) await gitlab.edit(found.iid, edit);
  return isOurTitle ? title : (request?.title ?? title);
}
