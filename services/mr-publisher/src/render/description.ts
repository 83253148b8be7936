import type { RequestView } from "../view.ts";
import { awsLines } from "./aws-checks.ts";
import { backtestLines } from "./backtest.ts";
import { checks, failures } from "./checks.ts";
import { forbidden, questions, refusedAndBack, refusedBefore } from "./decide.ts";
import { deniedLines } from "./denied.ts";
import { carriedLines, modeLines } from "./enforce.ts";
import { fitSections, type Section } from "./fit.ts";
import { wordsOf } from "./kinds.ts";
import { removalTable } from "./removals.ts";
import { riskCounts, riskLines } from "./risks.ts";
import { oneByOne, routineTable } from "./routine.ts";
import { totals } from "./totals.ts";
import { list, number, plural } from "./words.ts";

/** Below GitLab's limits, with room for our marks. */
const MOST = 59_900;
const OPEN_DECISIONS = 10;
const OPEN_DENIED = 8;
const OPEN_ROUTINE = 15;

/**
 * The description between our two marks: counts first, then the checks, what needs a decision, what was refused, what
 * is routine; everything long is folded, nothing empty is shown. The same view gives the same bytes.
 */
export function renderDescription(view: RequestView): string {
  const decide = decisions(view);
  const sections = numbered([
    { title: "Decide", ...decide.section, rank: 1 },
    { title: "The mode", lines: modeLines(view), open: OPEN_DECISIONS, noun: "environments", rank: 2 },
    {
      title: "Comes along: nobody can observe its use",
      lines: carriedLines(view),
      open: OPEN_DENIED,
      noun: "permissions",
      rank: 3,
    },
    {
      title: "Denied: tried, refused, not in the policy",
      lines: deniedLines(view),
      open: OPEN_DENIED,
      noun: "refused",
      rank: 3,
    },
  ]);
  const lines = fitSections(
    [
      part(
        [
          wordsOf(view).summary(view),
          attention(view, decide.yours),
          "",
          "| Checked | |",
          "|:--|:--|",
          ...checks(view),
        ],
        { lines: failures(view), open: OPEN_DECISIONS, noun: "not analysed", rank: 0, gap: true },
      ),
      ...sections.list,
      ...routine(view, sections.next),
      ...removals(view, sections.next + (totals(view).added > 0 ? 1 : 0)),
      part(["", ...howItWorks(view)], { lines: [], open: 0, noun: "", rank: 6 }),
    ],
    MOST,
  );
  return lines.join("\n");
}

/** What a reviewer has to decide: risks first, the lesser ones folded; and how much of it there is. */
function decisions(view: RequestView): {
  readonly section: Pick<Section, "lines" | "open" | "noun" | "summary">;
  readonly yours: readonly string[];
} {
  const risks = riskLines(view);
  const isLow = ({ severity }: (typeof risks)[number]) => severity === "low";
  const low = risks.filter(isLow).map(({ text }) => text);
  const refused = refusedBefore(view);
  const back = refusedAndBack(view);
  const asked = questions(view);
  const missed = backtestLines(view);
  const never = forbidden(view);
  const aws = awsLines(view);
  const urgent = [
    ...aws,
    ...risks.filter((risk) => !isLow(risk)).map(({ text }) => text),
    ...refused,
    ...back,
    ...asked,
    ...missed,
    ...never,
  ];
  const fold =
    urgent.length <= OPEN_DECISIONS && low.length > 0 ? { summary: plural(low.length, "low risk") } : {};
  const counts = riskCounts(view);
  return {
    section: {
      ...{ lines: [...urgent, ...low], open: Math.min(OPEN_DECISIONS, urgent.length), noun: "to decide" },
      ...fold,
    },
    yours: [
      ...(aws.length > 0 ? [plural(aws.length, "finding of AWS", "findings of AWS")] : []),
      ...(counts === "" ? [] : [counts]),
      ...(refused.length > 0 ? [`${number(refused.length)} refused before and still in use`] : []),
      ...(back.length > 0 ? [`${number(back.length)} refused before`] : []),
      ...(asked.length > 0 ? [plural(asked.length, "question")] : []),
      ...(missed.length > 0 ? [`${number(missed.length)} used that this policy may not allow`] : []),
      ...(never.length > 0 ? [`${number(never.length)} used that the settings forbid`] : []),
    ],
  };
}

function attention(view: RequestView, yours: readonly string[]): string {
  const { calm, content } = wordsOf(view);
  return yours.length === 0
    ? `**${calm}: ${content(view)}.**`
    : `**${list(yours, yours.length)} for you; ${content(view)} in the files.**`;
}

function numbered(
  parts: readonly (Pick<Section, "lines" | "open" | "noun" | "rank" | "summary"> & {
    readonly title: string;
  })[],
): { readonly list: Section[]; readonly next: number } {
  const present = parts.filter(({ lines }) => lines.length > 0);
  return {
    list: present.map(({ title, ...rest }, i) => part(["", `### ${i + 1}. ${title}`, ""], rest)),
    next: present.length + 1,
  };
}

function routine(view: RequestView, index: number): Section[] {
  const table = routineTable(view);
  if (table.rows.length === 0) return [];
  const each = oneByOne(view);
  const { added } = totals(view);
  return [
    {
      before: [
        "",
        `### ${index}. ${ADDED[view.kind]}: ${plural(added, "permission")}`,
        "",
        "**Bold** = changes something.",
        "",
      ],
      head: table.head,
      lines: table.rows,
      open: OPEN_ROUTINE,
      after: [],
      noun: "resources",
      rank: 4,
    },
    {
      before: [],
      head: each.head,
      summary: `All ${number(added)}, one by one: calls, first and last use`,
      lines: each.rows,
      open: 0,
      after: [],
      noun: "permissions",
      rank: 5,
    },
  ];
}

const ADDED: Readonly<Record<RequestView["kind"], string>> = {
  grow: "Routine",
  asked: "Missing",
  reduce: "Added",
  enforce: "Added to the policy",
  restore: "Returns",
};

function removals(view: RequestView, index: number): Section[] {
  const { removed } = totals(view);
  if (removed === 0) return [];
  const { head, rows } = removalTable(view);
  return [
    {
      before: [
        "",
        `### ${index}. Goes: ${plural(removed, "permission")}`,
        "",
        "**Bold** = changes something.",
        "",
      ],
      ...{ head, lines: rows, open: OPEN_ROUTINE, after: [], noun: "resources", rank: 4 },
    },
  ];
}

function part(
  before: readonly string[],
  {
    gap = false,
    ...rest
  }: Pick<Section, "lines" | "open" | "noun" | "rank" | "summary"> & { readonly gap?: boolean },
): Section {
  return { before: gap && rest.lines.length > 0 ? [...before, ""] : before, head: [], after: [], ...rest };
}

function howItWorks(view: RequestView): string[] {
  const { close, strike } = wordsOf(view);
  return [
    "<details><summary>How this request works</summary>",
    "",
    "- **Mark as ready**, approve or set to merge, and nothing is pushed here any more: what is found later goes into the next request.",
    `- **Merge** approves what is in the files then. ${strike}`,
    `- **Close** by someone who may merge ${close(view)}; closed by someone else, the request comes back with the next round.`,
    "- **Commit to the branch** and it is yours: nothing is pushed to it any more.",
    "- What was refused is shown while it is in use, and not proposed again; `/plp reconsider ACTION` takes a refusal back, `/plp help` says what else you can write.",
    "- After the merge the pipeline plans; a person starts apply.",
    "",
    "</details>",
  ];
}
