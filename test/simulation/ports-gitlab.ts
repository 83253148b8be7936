import type { GitlabMergeRequests } from "@plp/clients";
import { type Fault, permanent, transient } from "@plp/runtime";
import type { IamRepository } from "../../services/discovery/src/ports.ts";
import type { PolicyRepository } from "../../services/merger/src/ports.ts";
import { noteBody } from "../../services/mr-publisher/src/note-body.ts";
import type { Gitlab, MergeRequest } from "../../services/mr-publisher/src/ports.ts";
import type { Gitlab as ReviewGitlab } from "../../services/review/src/ports.ts";
import { checkEdit, checkPush } from "./check-writes.ts";
import { blobOf } from "./git.ts";
import { BOT, PEOPLE, type SimulatedRequest } from "./gitlab.ts";
import { PROJECT } from "./organization.ts";
import type { Task } from "./turns.ts";
import type { World } from "./world.ts";

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

function filesPort({ call, gitlab }: World, task: Task) {
  const { git } = gitlab;
  return {
    project: PROJECT,
    head: () => call(task, "gitlab", "head of main", gitlab.main, String),
    file: (path: string, ref: string) =>
      call(task, "gitlab", `file ${path} at ${ref}`, () => {
        const content = git.commit(ref).tree.get(path);
        return content === undefined ? null : { content, blob: blobOf(content) };
      }),
    lastCommit: (path: string, ref: string) =>
      call(task, "gitlab", `last commit of ${path}`, () => {
        const last = git.lineOf(ref).find(({ sha }) => git.changesOf(sha).has(path));
        return { sha: last?.sha ?? ref, author: last?.author ?? null };
      }),
  };
}

export function iamRepository(world: World, task: Task): IamRepository {
  const files = filesPort(world, task);
  const { call, gitlab } = world;
  return {
    project: PROJECT,
    head: files.head,
    tokenEnds: () => call(task, "gitlab", "when the token ends", () => "2027-06-30"),
    folders: (commit) =>
      call(task, "gitlab", `folders at ${commit}`, () =>
        [...gitlab.git.commit(commit).tree.keys()]
          .filter((path) => path.endsWith("/plp.outputs.json"))
          .map((path) => path.slice(0, path.lastIndexOf("/")))
          .sort(),
      ),
    async outputs(folder, commit) {
      const source = `${folder}/plp.outputs.json`;
      const file = await files.file(source, commit);
      if (file === null) return null;
      return { text: file.content, source, commit: await files.lastCommit(source, commit) };
    },
  };
}

export function policyRepository(world: World, task: Task): PolicyRepository {
  return filesPort(world, task);
}

/** What publisher and review ask alike. */
function readPort(world: World, task: Task) {
  const { call, gitlab } = world;

  function read(request: SimulatedRequest): MergeRequest {
    task.readRequests.set(request.iid, { step: world.step(), call: task.calls });
    const head = gitlab.headOf(request);
    return {
      ...{ iid: request.iid, url: gitlab.url(request.iid), state: request.state },
      ...{ draft: gitlab.isDraft(request), title: request.title, description: request.description },
      ...{ sha: head, sourceBranch: request.branch, setToMerge: request.setToMerge },
      ...{ hasConflicts: gitlab.hasConflicts(request), result: request.result ?? head },
      ...{ mergedBy: request.mergedBy, mergedAt: iso(request.mergedAt) },
      ...{ closedBy: request.closedBy, closedAt: iso(request.closedAt) },
    };
  }

  function requestOf(iid: number): SimulatedRequest {
    const request = gitlab.requests.get(iid);
    if (request === undefined) throw notFound(iid);
    return request;
  }

  const asked: Pick<GitlabMergeRequests, "find" | "getOrNull" | "approvedBy" | "notes" | "self"> = {
    notes: (iid) =>
      call(
        task,
        "gitlab",
        `notes of !${iid}`,
        () => [
          ...[...requestOf(iid).notes].map(([mark, text]) => ({
            ...{ id: 0, author: BOT, body: noteBody(mark, text), system: false },
            createdAt: new Date(0).toISOString(),
          })),
          ...requestOf(iid).said.map(({ at, ...note }) => ({
            ...note,
            createdAt: new Date(at).toISOString(),
          })),
        ],
        (notes) => String(notes.length),
      ),
    find: (branch) =>
      call(
        task,
        "gitlab",
        `find the request of ${branch}`,
        () => {
          const request = gitlab.openOf(branch);
          // To see that none is open is a look at all of them.
          for (const one of gitlab.requests.values()) if (one.branch === branch) read(one);
          return request === null ? null : read(request);
        },
        (found) => String(found?.iid),
      ),
    getOrNull: (iid) =>
      call(
        task,
        "gitlab",
        `get !${iid} or nothing`,
        () => (gitlab.requests.has(iid) ? read(requestOf(iid)) : null),
        (found) => `${found?.state} ${found?.title}`,
      ),
    approvedBy: (iid) =>
      call(task, "gitlab", `who approved !${iid}`, () => [...requestOf(iid).approvals], String),
    self: () => call(task, "gitlab", "who we are", () => BOT),
  };
  return { asked, read, requestOf };
}

export function reviewsPort(world: World, task: Task): ReviewGitlab {
  const { call, gitlab, deployment } = world;
  const { git } = gitlab;
  const { asked, requestOf } = readPort(world, task);
  const port: ReviewGitlab = {
    ...asked,
    project: PROJECT,
    target: "main",
    file: filesPort(world, task).file,
    isReviewer: ({ id }) =>
      call(
        task,
        "gitlab",
        `is ${id} a reviewer`,
        () => PEOPLE.some((one) => one.id === id && one.reviewer),
        String,
      ),
    paths: (iid) =>
      call(task, "gitlab", `paths of !${iid}`, () => [
        ...git.changesOf(gitlab.headOf(requestOf(iid))).keys(),
      ]),
    messages: (iid) =>
      call(task, "gitlab", `messages of !${iid}`, () =>
        git.lineOf(gitlab.headOf(requestOf(iid))).map(({ message }) => message),
      ),
    changed: (before, after) =>
      call(task, "gitlab", `changes from ${before} to ${after}`, () => {
        const [from, to] = [git.commit(before).tree, git.commit(after).tree];
        return [...new Set([...from.keys(), ...to.keys()])].filter((path) => from.get(path) !== to.get(path));
      }),
    head: filesPort(world, task).head,
    changedBy: (sha) => call(task, "gitlab", `changed by ${sha}`, () => [...git.changesOf(sha).keys()]),
    pipeline: (id) =>
      call(task, "gitlab", `pipeline ${id}`, () => {
        const found = deployment.pipelines.get(id);
        return found === undefined ? null : found;
      }),
    jobs: (id) =>
      call(task, "gitlab", `jobs of pipeline ${id}`, () => {
        const found = deployment.pipelines.get(id);
        return found === undefined ? [] : [deployment.jobOf(found)];
      }),
    artifact: (job) => call(task, "gitlab", `artifact of job ${job}`, () => null),
    pipelinesSince: (at) =>
      call(task, "gitlab", `pipelines since ${at}`, () =>
        [...deployment.pipelines.values()]
          .filter(({ updatedAt }) => updatedAt >= Date.parse(at))
          .map(({ id }) => id),
      ),
    changedSince: (at) =>
      call(task, "gitlab", `changed since ${at}`, () =>
        [...gitlab.requests.values()]
          .filter(({ updatedAt }) => updatedAt >= Date.parse(at))
          .map(({ iid, branch }) => ({ iid, sourceBranch: branch })),
      ),
  };
  return world.plant.reviews?.(port) ?? port;
}

export function requestsPort(world: World, task: Task): Gitlab {
  const { call, gitlab } = world;
  const { git } = gitlab;
  const { lastCommit: _lastCommit, ...files } = filesPort(world, task);
  const { asked, read, requestOf } = readPort(world, task);

  const port: Gitlab = {
    ...files,
    ...asked,
    opened: () =>
      call(
        task,
        "gitlab",
        "all that are open",
        () =>
          [...gitlab.requests.values()]
            .filter(({ state }) => state === "opened")
            .map(({ iid, branch }) => ({ iid, sourceBranch: branch })),
        (found) => String(found.length),
      ),
    branch: (name) => call(task, "gitlab", `branch ${name}`, () => git.head(name)?.sha ?? null, String),
    change: (sha) =>
      call(task, "gitlab", `change ${sha}`, () => {
        const { parent, message } = git.commit(sha);
        const changes = [...git.changesOf(sha)].map(([path, content]) => ({ path, content }));
        return { parent, message, files: changes };
      }),
    push: ({ branch, base, message, files: contents }) =>
      call(
        task,
        "gitlab",
        `push to ${branch} on ${base}`,
        () => {
          checkPush(world, task, { branch, base, message, files: contents });
          const made = { author: BOT.username, message, at: world.now() };
          const changes = contents.map(({ path, content }) => [path, content] as const);
          const { sha } = git.commitOn(branch, base, made, changes);
          const request = gitlab.openOf(branch);
          // GitLab takes "set to merge" back when somebody pushes.
          if (request !== null) gitlab.setToMerge(request, false);
          if (request !== null) gitlab.acted(request);
          return sha;
        },
        String,
      ),
    newest: (branch) =>
      call(task, "gitlab", `newest request of ${branch}`, () => {
        const last = [...gitlab.requests.values()].findLast((one) => one.branch === branch);
        return last === undefined ? null : read(last);
      }),
    get: (iid) =>
      call(
        task,
        "gitlab",
        `get !${iid}`,
        () => read(requestOf(iid)),
        (found) => `${found.state} ${found.title}`,
      ),
    create: ({ branch, title, description }) =>
      call(
        task,
        "gitlab",
        `create a request for ${branch}: ${title}`,
        () => {
          const created = gitlab.create(branch, title, description);
          if (created === "no branch") throw permanent("gitlab-400", `there is no branch ${branch}`);
          // The adapter answers a 409 with the request that exists.
          const request = created === "exists" ? gitlab.openOf(branch) : created;
          if (request === null) throw transient("gitlab-409", "it was there a moment ago");
          return read(request);
        },
        ({ iid }) => `!${iid}`,
      ),
    edit: (iid, change) =>
      call(task, "gitlab", `edit !${iid}: ${JSON.stringify(change)}`, () => {
        const request = requestOf(iid);
        checkEdit(world, task, request);
        if (change.description !== undefined) request.description = change.description;
        if (change.title !== undefined) gitlab.retitle(request, change.title);
        gitlab.acted(request);
      }),
    close: (iid) =>
      call(task, "gitlab", `close !${iid}`, () => {
        const request = requestOf(iid);
        checkEdit(world, task, request);
        gitlab.close(request, BOT);
      }),
    unsetToMerge: (iid) =>
      call(task, "gitlab", `!${iid} is not to be merged by itself`, () => {
        const request = requestOf(iid);
        checkEdit(world, task, request);
        gitlab.setToMerge(request, false);
      }),
    note: (iid, mark, text) =>
      call(task, "gitlab", `note ${mark} on !${iid}: ${JSON.stringify(text)}`, () => {
        requestOf(iid).notes.set(mark, text);
      }),
  };
  return world.plant.gitlab?.(port) ?? port;
}

function notFound(iid: number): Fault {
  return permanent("gitlab-404", `there is no request !${iid}`);
}
