import {
  type ApplicationEvent,
  type ApplicationId,
  type ApplicationState,
  applicationStream,
  type Cause,
  closeRequest,
  commitId,
  digest,
  foldApplication,
  freezeRequest,
  isRefused,
  openedRequest,
  openRequest,
  type RequestContent,
  type RequestState,
  roleStream,
  service,
  updateRequest,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import type { PublishMessage } from "@plp/messaging";
import { transient } from "@plp/runtime";
import { adopt } from "./adopt.ts";
import { branchOf } from "./branch.ts";
import { describe, type Rendered, withBlock } from "./describe.ts";
import { type Loaded, loadApplication } from "./load.ts";
import { branchesOf, holdOn, isOurs } from "./ownership.ts";
import type { Gitlab, MergeRequest, PublishPorts } from "./ports.ts";
import { renderNote } from "./render/notes.ts";
import { settle } from "./settle.ts";
import type { RequestView, RoleView } from "./view.ts";

const DAY = 86_400_000;
const KIND = "grow";

interface Look {
  readonly place: ApplicationId;
  readonly gitlab: Gitlab;
  readonly loaded: Loaded;
  readonly cause: Cause;
  readonly ports: PublishPorts;
}

/** What is shown, on the commit that it was compared with: on a newer one it would undo what people did meanwhile. */
type Based = Rendered & { readonly base: string };

/**
 * Brings GitLab to what the streams of one application say, and the streams to what people did in GitLab. Driven by
 * state alone: it renders branch and text anew and does nothing where GitLab shows them already, so a repeat, a
 * message too many or a crash at any line ends in the same request, once.
 */
export async function handlePublish(message: PublishMessage, ports: PublishPorts): Promise<void> {
  const place = { project: message.project, folder: message.folder };
  const gitlab = ports.gitlabs.find(({ project }) => project === place.project);
  if (gitlab === undefined)
    return ports.log.warn("a request of a project that the settings do not name", place);
  const first = await loadApplication(ports.store, place);
  const cause: Cause = {
    occurredAt: ports.clock.now().toISOString(),
    actor: service("mr-publisher"),
    correlationId: first.application.round?.round ?? "none",
    causationId: digest("publish", place.project, place.folder),
  };
  const settling = { place, gitlab, cause, ports };
  await adopt(KIND, branchOf(KIND, place.folder), first, settling);
  const { application } = await loadApplication(ports.store, place);
  await settle(application, settling);
  const loaded = await loadApplication(ports.store, place);
  await present({ place, gitlab, loaded, cause, ports });
}

async function present(look: Look): Promise<void> {
  const { loaded, ports } = look;
  const { application } = loaded;
  if (application.round === null || application.round.dryRun === true || application.refused !== null) return;
  const roles = proposalsOf(loaded);
  const request = openRequest(application, KIND);
  if (
    request === null &&
    (roles.length === 0 || !isTime(loaded, ports.clock.now()) || waitsForNextRound(application))
  )
    return;
  if (request !== null && (await isFrozen(look, request, roles))) return;
  const base = await look.gitlab.head();
  const stale = await staleRuns(look, roles, base);
  if (stale.length > 0) {
    for (const run of stale) await ports.send.merge({ v: 1, type: "merge", run });
    return;
  }
  if (request !== null && roles.length === 0) return withdraw(look, request);
  if (request !== null && !isTime(loaded, ports.clock.now())) return;
  const view: RequestView = {
    application: application.round.name,
    folder: look.place.folder,
    kind: KIND,
    roles,
    failed: failedOf(loaded),
  };
  await show(look, request, { ...describe(view), base });
}

function proposalsOf({ application, roles }: Loaded): RoleView[] {
  const views: RoleView[] = [];
  for (const { state, role } of roles.values()) {
    const proposal = state.open.get(KIND);
    if (proposal === undefined || state.scope === null || state.retired || !state.scope.generate) continue;
    const { environment, accountId, mode, initialPolicyPath } = state.scope;
    views.push({
      role,
      environment,
      accountId,
      mode,
      hasInitialPolicy: mode === "observe" && initialPolicyPath !== null,
      discoveredAt: state.discoveredAt ?? application.plannedAt ?? proposal.at,
      proposal,
    });
  }
  return views.sort((a, b) => (a.environment < b.environment ? -1 : a.environment > b.environment ? 1 : 0));
}

function failedOf({ application, runs, roles }: Loaded): RequestView["failed"] {
  const planned = application.round?.roles ?? [];
  const failed = planned.flatMap(({ environment, role }, i) => {
    const end = runs[i]?.end;
    if (end?.kind === "failed") return [{ environment, reason: end.reason }];
    // The run was merged, and its proposal withdrawn since.
    const kept = roles.get(roleStream(role))?.state.kept ?? null;
    return kept === null ? [] : [{ environment, reason: kept.reason }];
  });
  return [...(application.round?.failed ?? []), ...failed];
}

/** All runs of the round have ended, or the first proposal has waited for a day. */
function isTime({ application, runs, roles }: Loaded, now: Date): boolean {
  const planned = application.round?.roles ?? [];
  if (runs.length === planned.length && runs.every(({ end }) => end !== null)) return true;
  const waiting = [...roles.values()].flatMap(({ state }) => state.open.get(KIND)?.at ?? []);
  return waiting.some((at) => now.getTime() - Date.parse(at) >= DAY);
}

/**
 * Closed by somebody who does not decide: the request comes back with the next round, not at once. A close of before this
 * round, found only now, has waited already.
 */
function waitsForNextRound({ requests, plannedAt }: ApplicationState): boolean {
  const last = [...requests.values()].filter(({ kind }) => kind === KIND).at(-1);
  return (
    last?.status === "closed" &&
    last.closed?.decision === false &&
    plannedAt !== null &&
    last.closed.at >= plannedAt
  );
}

/** Proposals on another base than the default branch has now, or with something that was refused meanwhile. */
async function staleRuns(
  { gitlab, loaded, ports }: Look,
  roles: readonly RoleView[],
  head: string,
): Promise<string[]> {
  const stale: string[] = [];
  for (const { role, proposal } of roles) {
    const state = [...loaded.roles.values()].find((known) => known.role === role)?.state;
    const files = await Promise.all(proposal.base.files.map(({ path }) => gitlab.file(path, head)));
    const moved = proposal.base.files.some(({ blob }, i) => (files[i]?.blob ?? null) !== blob);
    const refused = proposal.added.some(
      (added) =>
        state !== undefined && isRefused(state, added, ports.clock.now(), ports.settings.rejection_days),
    );
    if (moved || refused) stale.push(proposal.run);
  }
  return stale;
}

/** Frozen means: nothing is pushed. What came later stands in one note and waits for the next request. */
async function isFrozen(look: Look, request: RequestState, roles: readonly RoleView[]): Promise<boolean> {
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

async function show(look: Look, request: RequestState | null, rendered: Based): Promise<void> {
  const { gitlab, ports } = look;
  const branch = request?.branch ?? (await newBranch(look));
  const pushed = await bringBranch(look, request, branch, rendered);
  if (pushed === null) return;
  const open = request === null ? null : await gitlab.get(request.iid);
  if (open !== null && open.state !== "opened") return;
  const found =
    open ??
    (await gitlab.create({
      branch,
      title: rendered.title,
      description: withBlock("", rendered.description),
      assign: ports.settings.assign,
      labels: ports.settings.labels,
    }));
  if (request === null) expectUnknown(look, found);
  // Whoever took it over a moment ago reads what stands there; the next look freezes it.
  const isHeld =
    request !== null &&
    (await holdOn(gitlab, look.loaded, { ...request, head: pushed.head }, found)) !== null;
  const title = isHeld ? request.title : await bringText(gitlab, found, request, rendered);
  const content: RequestContent = {
    kind: KIND,
    iid: found.iid,
    url: found.url,
    branch,
    head: pushed.head,
    base: pushed.base,
    title,
    description: digest(rendered.description.trim()),
    roles: rendered.roles,
  };
  const step = digest(
    "show",
    ...Object.values(content).map((value) => JSON.stringify(value)),
    String(look.loaded.application.version),
  );
  await change(
    look,
    (current) =>
      current.requests.has(found.iid)
        ? updateRequest(current, content, look.cause)
        : openedRequest(current, content, look.cause),
    step,
  );
}

/** The branch of a new request: never one that holds people's commits. */
async function newBranch({ gitlab, loaded, place, ports }: Look): Promise<string> {
  const branches = await branchesOf(gitlab, loaded, branchOf(KIND, place.folder));
  const [first, last = branchOf(KIND, place.folder)] = [branches[0], branches.at(-1)];
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
  look: Look,
  request: RequestState | null,
  branch: string,
  rendered: Based,
): Promise<{ readonly head: string; readonly base: string } | null> {
  const { gitlab, loaded } = look;
  const head = await gitlab.branch(branch);
  if (request === null) {
    const appeared = await gitlab.find(branch);
    if (appeared !== null) {
      expectUnknown(look, appeared);
      look.ports.log.warn("somebody else opened a request of our branch; close it", {
        branch,
        iid: appeared.iid,
      });
      return null;
    }
  }
  if (head !== null) {
    if (head !== request?.head && !(await isOurs(gitlab, loaded, head))) return null;
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

/** A request that we know as closed is open: it was reopened a moment ago, and the next look settles it first. */
function expectUnknown({ loaded }: Look, { iid }: MergeRequest): void {
  if (loaded.application.requests.has(iid))
    throw transient("request-reopened", `request !${iid} was reopened a moment ago; it is looked at again`);
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

/** Nothing is left to propose and nobody touched the request: it is closed, which is no decision. */
async function withdraw(look: Look, request: RequestState): Promise<void> {
  const { gitlab, cause } = look;
  const waiting = [...look.loaded.roles.values()].flatMap(({ state: { kept, scope } }) =>
    kept === null || scope === null ? [] : [{ environment: scope.environment, reason: kept.reason }],
  );
  await gitlab.note(request.iid, "withdrawn", renderNote({ kind: "withdrawn", waiting }));
  await gitlab.close(request.iid);
  const found = await gitlab.get(request.iid);
  const closed = {
    iid: request.iid,
    closedBy: found.closedBy,
    closedAt: found.closedAt ?? cause.occurredAt,
    decision: false,
  };
  await change(
    look,
    (current) => closeRequest(current, closed, cause),
    `withdraw ${request.iid} ${request.head} ${look.loaded.application.version}`,
  );
}

async function change(
  look: Look,
  decide: (state: ApplicationState) => ApplicationEvent[],
  step: string,
): Promise<void> {
  const stream = applicationStream(look.place);
  await commit<ApplicationEvent, ApplicationState>(look.ports.store, {
    stream,
    fold: foldApplication,
    decide,
    commitId: commitId(look.cause.causationId, stream, step),
  });
}
