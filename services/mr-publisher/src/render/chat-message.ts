import type { NeededDecision, RequestState } from "@plp/domain";
import { list, plural } from "./words.ts";

/** What the chat is told of one request: as a whole, or what is newly to be decided in it. */
export function renderMessageOf({ iid, url, title }: RequestState, fresh: readonly NeededDecision[]): string {
  const name = link(url, `!${iid} ${title.replace(/^(?:draft:\s*)+/i, "")}`);
  const count = (what: NeededDecision["what"]) => fresh.filter((one) => one.what === what).length;
  const asks = [
    ...(count("risk") > 0 ? [plural(count("risk"), "risk")] : []),
    ...(count("question") > 0 ? [plural(count("question"), "question")] : []),
  ];
  if (count("request") === 0) return `Newly to decide in ${name}: ${list(asks)}`;
  return `Waits for your decision: ${name}${asks.length === 0 ? "" : ` (${list(asks)})`}`;
}

/** What stands for the rest of a round. */
export function renderSummary({ url }: Pick<RequestState, "url">): string {
  const all = url.replace(/\/\d+$/, "?state=opened");
  return `More requests of this round wait for a decision, and more may come: ${link(all, "all that are open")}. I tell no more of them one by one before the next round.`;
}

/** Slack's own mark-up; nothing foreign in it can be a link, a mention or the end of one. */
function link(url: string, text: string): string {
  const isPlain = URL.canParse(url) && /^https?:\/\/[^\s<>|]+$/.test(url);
  return isPlain ? `<${url}|${harmless(text)}>` : harmless(text);
}

function harmless(text: string): string {
  return text
    .replace(/\p{C}+/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("|", "¦")
    .replaceAll("@", "＠");
}
