import type { RequestKind } from "@plp/domain";
import type { RequestView } from "../view.ts";
import { code, plain } from "./text.ts";
import { totals } from "./totals.ts";
import { date, list, number, plural, span } from "./words.ts";

/** What a request of one kind says of itself. */
export interface KindWords {
  /** After the application's name, before the environments: `31 new permissions for`. */
  readonly title: (view: RequestView) => string;
  /** The first line of the commit, after the application's name. */
  readonly subject: (view: RequestView) => string;
  /** The first sentence, its counts bold. */
  readonly summary: (view: RequestView) => string;
  /** What is in the files: `31 permissions`. */
  readonly content: (view: RequestView) => string;
  /** What is to be decided where nothing of it stands out. */
  readonly calm: string;
  /** What was proved, as a row of the checks. */
  readonly proof: string;
  /** What merging means, beside the modes. */
  readonly merging: readonly string[];
  /** What a reviewer's close means. */
  readonly close: (view: RequestView) => string;
  /** How one permission is refused. */
  readonly strike: string;
}

const MOST_SUMS = 6;
const MOST_NAMED = 6;

export function wordsOf({ kind }: RequestView): KindWords {
  return WORDS[kind];
}

const WORDS: Readonly<Record<RequestKind, KindWords>> = {
  grow: {
    title: (view) => `${plural(totals(view).added, "new permission")} for`,
    subject: (view) => `allow ${plural(totals(view).added, "permission")} used ${during(view)} ${each(view)}`,
    summary: (view) => {
      const { added, removed } = totals(view);
      const used = view.roles.some(({ proposal }) => proposal.withoutTrail) ? "used or tried" : "used";
      const gone = removed === 0 ? "Nothing is removed." : `${plural(removed, "permission")} removed.`;
      return `**${plural(added, "new permission")}** for ${rolesOf(view)}, ${used} ${during(view, "–")}${sums(view)}. ${gone}`;
    },
    content: inFiles,
    calm: "Nothing but routine",
    proof: "proved: the old policies and what is listed here, nothing else",
    merging: ["only adds"],
    close: (view) => `refuses ${all(totals(view).added)}`,
    strike: "To refuse one permission, delete its line: it counts as refused.",
  },

  asked: {
    title: (view) => `${plural(totals(view).added, "missing permission")}, urgent, for`,
    subject: (view) =>
      `allow ${plural(totals(view).added, "permission")} refused ${during(view)} ${each(view)}`,
    summary: (view) =>
      `**${plural(totals(view).added, "missing permission")}** for ${rolesOf(view)}: calls were refused that no policy of the role allows${sums(view)}. Nobody has seen them succeed; nothing is removed.`,
    content: inFiles,
    calm: "To decide, because it may be missed",
    proof: "proved: the old policies and what is listed here, nothing else",
    merging: ["only adds"],
    close: (view) => `refuses ${all(totals(view).added)}`,
    strike: "To refuse one permission, delete its line: it counts as refused.",
  },

  reduce: {
    title: (view) => `${plural(totals(view).removed, "unused permission")} less for`,
    subject: (view) =>
      `remove ${plural(totals(view).removed, "permission")} not used ${during(view)} ${each(view)}`,
    summary: (view) =>
      `**${plural(totals(view).removed, "permission")} less** for ${rolesOf(view)}: not used ${during(view, "–")}${sums(view)}. Nothing is added.`,
    content: (view) => `${plural(totals(view).removed, "permission")} less`,
    calm: "Nothing but routine",
    proof: "proved: nothing is added, and nothing goes but what is listed here",
    merging: ["only takes away"],
    close: (view) => `keeps ${all(totals(view).removed)}`,
    strike: "To keep one permission, put its line back: it stays from then on.",
  },

  enforce: {
    title: () => "enforce",
    subject: (view) => `enforce ${environmentsIn(view)}`,
    summary: (view) => {
      const { added } = totals(view);
      const along = added === 0 ? "" : ` ${plural(added, "permission")} come along that nobody can observe.`;
      const since = view.roles
        .flatMap(({ proposal }) => proposal.enforce?.quietSince ?? [])
        .sort()
        .at(-1);
      const quiet = since === undefined ? "" : `, nothing new since ${date(since)}`;
      return `**The initial policy goes** for ${rolesOf(view)}${quiet}: from the next apply on the generated policy alone decides.${along}`;
    },
    content: (view) =>
      totals(view).added === 0 ? "the mode" : `the mode and ${plural(totals(view).added, "permission")}`,
    calm: "To decide",
    proof: "proved: the old policies and what comes along from the initial one, nothing else",
    merging: ["the next apply takes the initial policy away; undo it by setting the mode back"],
    close: () => "leaves the initial policy attached until the generated one changes",
    strike: "To leave one permission out, delete its line: it counts as refused.",
  },

  restore: {
    title: (view) => `back to ${versions(view)} for`,
    subject: (view) => `back to ${versions(view)} (${environmentsIn(view)})`,
    summary: (view) => {
      const { added, removed } = totals(view);
      const by = view.roles.flatMap(({ proposal }) => proposal.restore?.by ?? [])[0];
      const asked = by === undefined ? "" : `, as ${code(by, 60)} asked`;
      return `**Back to ${versions(view)}** for ${rolesOf(view)}${asked}: ${added === 1 ? "1 permission returns" : `${plural(added, "permission")} return`}, ${number(removed)} ${removed === 1 ? "goes" : "go"}.`;
    },
    content: (view) => {
      const { added, removed } = totals(view);
      return `${plural(added, "permission")} back and ${number(removed)} gone`;
    },
    calm: "To decide",
    proof: "compared: what returns and what goes is listed here, nothing else changes",
    merging: [],
    close: () => "leaves the policy as it is",
    strike: "To leave one permission as it is, change its line back.",
  },
};

function inFiles(view: RequestView): string {
  return plural(totals(view).added, "permission");
}

function during(view: RequestView, dash?: string): string {
  const { from, to } = totals(view);
  return span(from, to, dash ?? "-");
}

function rolesOf({ application, roles }: RequestView): string {
  return `${plural(roles.length, "role")} of ${code(application)}`;
}

function countOf(role: RequestView["roles"][number]): number {
  return role.proposal.added.length + role.proposal.removed.length;
}

/** `: prod 16 and test 15`, or ` in prod`. */
function sums({ roles }: RequestView): string {
  if (roles.length <= 1) return ` in ${code(roles[0]?.environment ?? "", 32)}`;
  const counts = roles.map((role) => `${code(role.environment, 32)} ${number(countOf(role))}`);
  return `: ${list(counts, MOST_SUMS)}`;
}

/** `(prod 16, test 15)`, for a commit. */
function each({ roles }: RequestView): string {
  return `(${list(
    roles.map((role) => `${plain(role.environment)} ${countOf(role)}`),
    MOST_NAMED,
  )})`;
}

function environmentsIn({ roles }: RequestView): string {
  return list(
    roles.map(({ environment }) => plain(environment)),
    MOST_NAMED,
  );
}

function versions({ roles }: RequestView): string {
  const all = [...new Set(roles.flatMap(({ proposal }) => proposal.restore?.version ?? []))];
  return all.length === 1 ? `version ${all[0]}` : "earlier versions";
}

function all(count: number): string {
  return count === 1 ? "the one" : `all ${number(count)}`;
}
