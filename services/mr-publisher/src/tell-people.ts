import {
  announceDecision,
  commitId,
  decisionsIn,
  digest,
  dueNotice,
  foldNotices,
  isWaiting,
  type NoticeEvent,
  type NoticeState,
  noticeKind,
  noticeStream,
  type RequestState,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import { failureOf } from "@plp/runtime";
import { change, type Look } from "./look.ts";
import type { Chat } from "./ports.ts";
import { renderMessageOf, renderSummary } from "./render/chat-message.ts";

/**
 * Tells people of what newly waits for their decision, once each: a request, a risk or a question in it. What was told is
 * recorded only after it was, so a crash in between tells it again; a chat that does not answer holds nothing up, and the next
 * look tries again.
 */
export async function tellPeople(look: Look): Promise<void> {
  const { chat } = look.ports;
  if (chat === null) return;
  for (const request of look.loaded.application.requests.values()) {
    if (isWaiting(request) && !(await tellOf(request, chat, look))) return;
  }
}

/** False: the chat does not answer. */
async function tellOf(request: RequestState, chat: Chat, look: Look): Promise<boolean> {
  const { loaded, place, ports, cause } = look;
  const { iid, kind } = request;
  const all = decisionsIn(request, (stream, version) =>
    loaded.roles.get(stream)?.state.proposals.get(version),
  );
  const fresh = all.filter(({ key }) => !request.announced.has(key));
  if (fresh.length === 0) return true;
  const of = fresh.map(({ key }) => key);
  const notice = digest(place.project, place.folder, String(iid), ...of).slice(0, 32);
  const how = noticeKind(await due(notice, look), notice);
  try {
    if (how === "message") await chat.say(renderMessageOf(request, fresh));
    if (how === "summary") await chat.say(renderSummary(request));
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    ports.log.warn("people could not be told of a request; the next look tries again", {
      ...{ ...place, iid, code: failure.code },
    });
    return false;
  }
  await change(
    look,
    (current) => announceDecision(current, { kind, iid, of, how }, cause),
    digest("announce", String(iid), ...of),
  );
  return true;
}

/** The notices of the round, this one among them while there is room. */
async function due(notice: string, { loaded, cause, ports }: Look): Promise<NoticeState> {
  const stream = noticeStream(loaded.application.round?.round ?? "none");
  const { state } = await commit<NoticeEvent, NoticeState>(ports.store, {
    stream,
    fold: foldNotices,
    decide: (current) => dueNotice(current, notice, cause),
    commitId: commitId(cause.causationId, stream, notice),
  });
  return state;
}
