import { type Addition, conditionKey } from "@plp/iam-policy";
import type { RequestView, RoleView } from "../view.ts";
import { environmentsOf, gather, newest } from "./gather.ts";
import { conditionText, placesOf } from "./place.ts";
import { code } from "./text.ts";
import { date, times } from "./words.ts";

const KINDS: Readonly<Record<string, string>> = {
  "service-level": "used, but how is not known",
  placeholder: "part of a name is not known",
  unmapped: "a call without a known action",
  unprovable: "left out, because the proof cannot tell",
  "not-in-trail": "not in the trail",
  "too-large": "much for AWS's files",
  "not-removable": "stays, although it was not used",
  "not-restored": "not as it was",
  unreadable: "cannot be read",
  ask: "left to people by the settings",
};

/** What a reviewer refused before and is still in use: it is not in the files. */
export function refusedBefore(view: RequestView): string[] {
  return unproposed(
    view,
    "Refused before",
    ({ heldBack }) => heldBack,
    "to allow it after all, add it to the file",
  );
}

/** What a reviewer refused since it stood there, and a person asked to have back: it is in the files. */
export function refusedAndBack({ roles }: RequestView): string[] {
  const groups = gather(roles, (role) => {
    const placeOf = placesOf(role);
    return (role.proposal.restore?.refused ?? []).map((item) => {
      const place = placeOf(item);
      const key = [item.action.toLowerCase(), place.key, conditionKey(item.condition), item.request.iid];
      return { key: JSON.stringify(key), item: { ...item, place } };
    });
  });
  return groups.flatMap(({ found }) => {
    const [first] = found;
    if (first === undefined) return [];
    const { action, place, condition, by, at, request } = first.item;
    const who = by === null ? "Refused" : `Refused by ${code(by, 60)}`;
    return [
      `- **Refused before · ${environmentsOf(found)}** ${code(action)} on ${place.text}${conditionText(condition)}<br>${who} on ${date(at)} in !${request.iid}, and it returns with this request; to leave it out, change its line back.`,
    ];
  });
}

/** What the settings do not let PLP propose, whatever is used. */
export function forbidden(view: RequestView): string[] {
  return unproposed(
    view,
    "Never proposed",
    (proposal) => proposal.forbidden ?? [],
    "the settings forbid it (`never`), and without the initial policy these calls are denied",
  );
}

/** Used, and not in the files. */
function unproposed(
  { roles }: RequestView,
  title: string,
  of: (proposal: RoleView["proposal"]) => readonly Addition[],
  then: string,
): string[] {
  const groups = gather(roles, (role) => {
    const placeOf = placesOf(role);
    return of(role.proposal).map((item) => {
      const place = placeOf(item);
      return {
        key: JSON.stringify([item.action.toLowerCase(), place.key, conditionKey(item.condition)]),
        item: { ...item, place },
      };
    });
  });
  return groups.flatMap(({ found }) => {
    const [first] = found;
    if (first === undefined) return [];
    const { action, place, condition } = first.item;
    const calls = found.reduce((sum, { item }) => sum + (item.calls ?? 0), 0);
    const last = newest(found.map(({ item }) => item.lastSeen));
    const use = [...(calls > 0 ? [times(calls)] : []), ...(last === null ? [] : [`last on ${date(last)}`])];
    return [
      `- **${title} · ${environmentsOf(found)}** ${code(action)} on ${place.text}${conditionText(condition)}<br>Still in use${use.length > 0 ? `: ${use.join(", ")}` : ""}. It is not in the policy; ${then}.`,
    ];
  });
}

/** What the evidence leaves open; the same question of several environments once. */
export function questions({ roles }: RequestView): string[] {
  const groups = gather(roles, ({ proposal }) =>
    proposal.questions.map((item) => ({ key: JSON.stringify([item.kind, item.detail]), item })),
  );
  return groups.flatMap(({ found }) => {
    const [first] = found;
    if (first === undefined) return [];
    const { kind, detail } = first.item;
    return [`- **Question · ${environmentsOf(found)} · ${KINDS[kind] ?? "open"}** ${code(detail, 300)}`];
  });
}
