import { evaluate, type Policy, patternCovers, type Question } from "@plp/iam-policy";
import { backtestTotals } from "./backtest.ts";
import type { ProposalBacktest, Readiness } from "./events.ts";
import { quietOf } from "./quiet.ts";
import type { RoleState } from "./state.ts";

const DAY = 86_400_000;

export interface ReadinessInput {
  readonly state: RoleState;
  /** The role has something new in this very merge. */
  readonly isGrowing: boolean;
  /** Days without anything new that the settings or the environment demand. */
  readonly quietDays: number;
  /** How long a refusal to enforce lasts; null: until the policy is another. */
  readonly rejectionDays: number | null;
  readonly now: Date;
  /** What would stand once the initial policy is gone. */
  readonly next: Policy;
  /** Of `next`, over all recorded calls; null: none could be made. */
  readonly backtest: ProposalBacktest | null;
  /** Of this merge, and of what is carried over. */
  readonly questions: readonly Question[];
}

/**
 * May the initial policy go? Never by itself: this says whether PLP proposes it. `against` is empty when it does, and
 * otherwise says for people what is missing.
 */
export function readinessOf(input: ReadinessInput): Readiness {
  const { state, quietDays, backtest } = input;
  const questions = openQuestions(input);
  return {
    quietDays: quietOf(state)?.days ?? 0,
    of: quietDays,
    against: [
      ...againstNow(input),
      ...(questions.length > 0
        ? [`${questions.length} open ${questions.length === 1 ? "question" : "questions"}`]
        : []),
      ...againstBacktest(backtest),
      ...(isRefused(input) ? ["a reviewer closed the request to enforce"] : []),
    ],
  };
}

/** What the history alone says against it. */
export function againstNow({
  state,
  isGrowing,
  quietDays,
}: Pick<ReadinessInput, "state" | "isGrowing" | "quietDays">): readonly string[] {
  const quiet = quietOf(state);
  const isWaiting = state.kept !== null || state.waiting.length > 0 || state.unmerged.length > 0;
  const isNew = isGrowing || state.open.has("asked") || isWaiting;
  const isLoud = quiet !== null && quiet.days < quietDays;
  return [
    ...(isNew ? ["something new waits for a decision"] : []),
    ...(quiet === null ? ["its calls are not known without a hole"] : []),
    ...(isLoud ? [`${quiet.days} of ${quietDays} quiet days`] : []),
  ];
}

function againstBacktest(backtest: ProposalBacktest | null): readonly string[] {
  if (backtest === null) return ["no backtest could be made"];
  const { calls, denied, undecided } = backtestTotals([backtest]);
  const unmapped = backtest.undecided
    .filter(({ reason }) => reason === "unmapped")
    .reduce((sum, { count }) => sum + count, 0);
  // Of calls without a known action the questions speak.
  const open = undecided - unmapped;
  return [
    ...(calls === 0 ? ["no call of it is recorded"] : []),
    ...(denied > 0 ? [`${denied} recorded calls would be denied`] : []),
    ...(open > 0 ? [`of ${open} recorded calls nobody can say whether they would be denied`] : []),
  ];
}

/** What this merge asks, and what was asked within the quiet days, but for what the policy answers by now. */
function openQuestions({ state, quietDays, questions, next }: ReadinessInput): readonly Question[] {
  const since = state.closedTo === null ? 0 : Date.parse(state.closedTo) - quietDays * DAY;
  const raised = [...state.raised.values()]
    .filter(({ to }) => Date.parse(to) > since)
    .map(({ question }) => question);
  const all = new Map(
    [...raised, ...questions].map((question) => [question.kind + question.detail, question]),
  );
  return [...all.values()].filter((question) => !isForLater(question) && !isAnswered(question, next));
}

/** These keep nobody from working: how many files there are, and what stays although it is unused. */
function isForLater({ kind }: Question): boolean {
  return kind === "too-large" || kind === "not-removable";
}

/** People answer a question about a service or an action by allowing or denying something of it. */
export function isAnswered({ subject }: Question, policy: Policy): boolean {
  if (subject === undefined) return false;
  if (subject.includes(":")) {
    const verdict = evaluate(policy, { action: subject, resource: "*" });
    return verdict === "denied" || policy.statements.some((one) => names(one.actions, subject));
  }
  return policy.statements.some(({ actions }) =>
    (actions ?? []).some((action) => action === "*" || action.toLowerCase().startsWith(`${subject}:`)),
  );
}

function names(actions: readonly string[] | null, action: string): boolean {
  return (actions ?? []).some((pattern) => patternCovers(pattern, action, { foldCase: true }));
}

function isRefused({ state, rejectionDays, now }: ReadinessInput): boolean {
  const refusal = state.refusals.get("enforce");
  if (refusal === undefined) return false;
  return rejectionDays === null || now.getTime() < Date.parse(refusal.at) + rejectionDays * DAY;
}
