import { type Cause, type DomainEvent, eventMaker, type Recorded } from "../event.ts";

/** What people are told within one round, over all applications: one stream per round, so that nobody is flooded. */
export type NoticeEvent = DomainEvent<"NoticeDue", { readonly notice: string }>;

/** The notices of a round, in the order in which they fell due; those beyond the summary are in none. */
export type NoticeState = readonly string[];

/** So many are told one by one; the next one is the summary, and then it is quiet until the next round. */
const MOST_MESSAGES = 10;

const make = eventMaker<NoticeEvent>();

export function noticeStream(round: string): string {
  return `control#notices#${round}`;
}

export function foldNotices(events: readonly Recorded<NoticeEvent>[], from: NoticeState = []): NoticeState {
  return [...from, ...events.map(({ data }) => data.notice)];
}

/** A notice falls due; once, and none after the summary. */
export function dueNotice(state: NoticeState, notice: string, cause: Cause): NoticeEvent[] {
  return state.includes(notice) || state.length > MOST_MESSAGES ? [] : [make("NoticeDue", { notice }, cause)];
}

/** How people are told of it. */
export function noticeKind(state: NoticeState, notice: string): "message" | "summary" | "none" {
  const at = state.indexOf(notice);
  if (at < 0) return "none";
  return at < MOST_MESSAGES ? "message" : "summary";
}
