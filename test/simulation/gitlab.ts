import type { Person } from "@plp/domain";
import { type GitRepository, gitRepository } from "./git.ts";
import { type Organization, outputsOf, PROJECT } from "./organization.ts";

export const BOT: Person = { id: 1, username: "plp-bot" };
export const PEOPLE: readonly (Person & { readonly reviewer: boolean })[] = [
  { id: 11, username: "s.engineer", reviewer: true },
  { id: 12, username: "s.lead", reviewer: true },
  { id: 21, username: "a.developer", reviewer: false },
];

interface Said {
  readonly id: number;
  readonly author: Person;
  readonly body: string;
  /** GitLab's word for what somebody did. */
  readonly system: boolean;
  readonly at: number;
}

export interface SimulatedRequest {
  readonly iid: number;
  readonly branch: string;
  title: string;
  description: string;
  state: "opened" | "closed" | "merged";
  /** The head when it was merged or closed; else that of the branch counts. */
  lastHead: string;
  setToMerge: boolean;
  /** Ids of people. */
  readonly approvals: Set<number>;
  /** The bot's, by mark. */
  readonly notes: Map<string, string>;
  /** What people wrote beside it. */
  readonly said: Said[];
  /** A reviewer gave it back to the bot, and the bot has not done anything to it since; then, whose approvals count no more. */
  isGivenBack: boolean;
  approvalsGivenUp: ReadonlySet<number>;
  /** When it last changed in any way. */
  updatedAt: number;
  result: string | null;
  mergedBy: Person | null;
  mergedAt: number | null;
  closedBy: Person | null;
  closedAt: number | null;
  /** Step at which people took it over; null while it is the bot's to change. */
  takenAt: number | null;
}

/** GitLab in memory: one repository, its merge requests, and what people may do to them. */
export function simulatedGitlab(
  organization: Organization,
  outside: { readonly now: () => number; readonly step: () => number },
) {
  const files = new Map(
    organization.folders.map(({ folder }) => [`${folder}/plp.outputs.json`, outputsOf(organization, folder)]),
  );
  const git: GitRepository = gitRepository(files);
  const requests = new Map<number, SimulatedRequest>();
  const { now, step } = outside;
  let notes = 0;

  const isDraft = ({ title }: SimulatedRequest) => /^(draft:|\[draft\]|\(draft\))/i.test(title);
  const headOf = (request: SimulatedRequest) =>
    request.state === "opened" ? (git.head(request.branch)?.sha ?? request.lastHead) : request.lastHead;
  const openOf = (branch: string) =>
    [...requests.values()].find((one) => one.branch === branch && one.state === "opened") ?? null;
  const main = () => git.head("main")?.sha ?? "";

  function isForeign(request: SimulatedRequest): boolean {
    return git.commit(headOf(request)).author !== BOT.username;
  }

  function isTaken(request: SimulatedRequest): boolean {
    if (request.isGivenBack) return false;
    const approvals = [...request.approvals].filter((id) => !request.approvalsGivenUp.has(id));
    return !isDraft(request) || request.setToMerge || approvals.length > 0 || isForeign(request);
  }

  /** After everything that people did: since when is the request theirs? */
  function note(request: SimulatedRequest): void {
    request.takenAt = isTaken(request) ? (request.takenAt ?? step()) : null;
    request.updatedAt = now();
  }

  const gitlab = {
    git,
    requests,
    isDraft,
    headOf,
    openOf,
    main,
    isTaken,

    create(branch: string, title: string, description: string): SimulatedRequest | "exists" | "no branch" {
      const head = git.head(branch);
      if (head === null) return "no branch";
      if (openOf(branch) !== null) return "exists";
      const request: SimulatedRequest = {
        ...{ iid: requests.size + 1, branch, title, description, state: "opened", lastHead: head.sha },
        ...{
          setToMerge: false,
          approvals: new Set(),
          notes: new Map(),
          said: [],
          result: null,
          takenAt: null,
        },
        ...{ updatedAt: now(), isGivenBack: false, approvalsGivenUp: new Set() },
        ...{ mergedBy: null, mergedAt: null, closedBy: null, closedAt: null },
      };
      requests.set(request.iid, request);
      note(request);
      return request;
    },

    /** A commit of a person. */
    commitBy(
      person: Person,
      branch: string,
      changes: Iterable<readonly [string, string | null]>,
      message = "by hand",
    ): string | null {
      const head = git.head(branch);
      if (head === null) return null;
      const made = { author: person.username, message, at: now() };
      const { sha } = git.commitOn(branch, head.sha, made, changes);
      const request = openOf(branch);
      if (request !== null) note(request);
      return sha;
    },

    /** False where GitLab refuses. */
    retitle(request: SimulatedRequest, title: string): boolean {
      if (request.state !== "opened") return false;
      request.title = title;
      note(request);
      return true;
    },

    approve(request: SimulatedRequest, person: Person): boolean {
      if (request.state !== "opened") return false;
      request.approvals.add(person.id);
      note(request);
      return true;
    },

    unapprove(request: SimulatedRequest): boolean {
      if (request.state !== "opened" || request.approvals.size === 0) return false;
      request.approvals.clear();
      note(request);
      return true;
    },

    setToMerge(request: SimulatedRequest, on: boolean): boolean {
      if (request.state !== "opened") return false;
      request.setToMerge = on;
      note(request);
      return true;
    },

    hasConflicts(request: SimulatedRequest): boolean {
      return request.state === "opened" && git.merged(main(), headOf(request)) === null;
    },

    merge(request: SimulatedRequest, person: Person): boolean {
      if (request.state !== "opened" || isDraft(request)) return false;
      const head = headOf(request);
      const changes = git.merged(main(), head);
      if (changes === null) return false;
      const made = { author: person.username, message: `Merge !${request.iid}`, at: now() };
      const { sha } = git.commitOn("main", main(), made, changes);
      Object.assign(request, { state: "merged", lastHead: head, result: sha });
      Object.assign(request, { mergedBy: person, mergedAt: now(), updatedAt: now() });
      git.remove(request.branch);
      return true;
    },

    close(request: SimulatedRequest, person: Person): boolean {
      if (request.state !== "opened") return false;
      Object.assign(request, { lastHead: headOf(request), state: "closed" });
      Object.assign(request, { closedBy: person, closedAt: now(), updatedAt: now() });
      return true;
    },

    reopen(request: SimulatedRequest): boolean {
      if (request.state !== "closed" || openOf(request.branch) !== null) return false;
      if (git.head(request.branch) === null) return false;
      // While it was closed it was nobody's to write to; who looked then could not know of this.
      Object.assign(request, { state: "opened", closedBy: null, closedAt: null, takenAt: null });
      note(request);
      return true;
    },

    /** A note of a person, or (`system`) of what a person did. */
    say(request: SimulatedRequest, person: Person, body: string, system = false): void {
      notes += 1;
      request.said.push({ id: notes, author: person, body, system, at: now() });
      request.updatedAt = now();
      if (!system || !request.isGivenBack) return;
      request.isGivenBack = false;
      note(request);
    },

    /** `/plp update` of a reviewer. */
    giveBack(request: SimulatedRequest): void {
      Object.assign(request, { isGivenBack: true, approvalsGivenUp: new Set(request.approvals) });
      note(request);
    },

    /** The bot pushed or wrote: from now on what people do counts again. */
    acted(request: SimulatedRequest): void {
      if (!request.isGivenBack || isForeign(request)) return;
      Object.assign(request, { isGivenBack: false, approvalsGivenUp: new Set(request.approvals) });
      note(request);
    },

    url: (iid: number) => `https://gitlab.example.com/${PROJECT}/-/merge_requests/${iid}`,
  };
  return gitlab;
}

export type SimulatedGitlab = ReturnType<typeof simulatedGitlab>;
