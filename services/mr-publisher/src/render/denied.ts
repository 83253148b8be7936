import type { DeniedPermission } from "@plp/domain";
import type { RequestView } from "../view.ts";
import { environmentsOf, gather, newest } from "./gather.ts";
import { placesOf } from "./place.ts";
import { code } from "./text.ts";
import { date, times } from "./words.ts";

const USELESS = "adding it here would change nothing";
const BY: Readonly<Record<NonNullable<DeniedPermission["by"]>, string>> = {
  identity: "No policy of the role allows it",
  scp: `A service control policy forbids it: ${USELESS}`,
  boundary: `The permissions boundary forbids it: ${USELESS}`,
  resource: "The resource's own policy refused it",
  session: `The session's policy refused it: ${USELESS}`,
  unknown: "The log does not say which policy refused it",
};

/** Tried, refused, not in the policy: with the kind of policy that refused. */
export function deniedLines({ roles }: RequestView): string[] {
  const groups = gather(roles, (role) => {
    const placeOf = placesOf(role);
    return role.proposal.denied.map((item) => {
      const place = placeOf(item);
      return {
        key: JSON.stringify([item.action.toLowerCase(), place.key, item.by ?? "unknown"]),
        item: { ...item, place },
      };
    });
  });
  return groups.flatMap(({ found }) => {
    const [first] = found;
    if (first === undefined) return [];
    const { action, place, by } = first.item;
    const count = found.reduce((sum, { item }) => sum + item.count, 0);
    const last = date(newest(found.map(({ item }) => item.last)) ?? "");
    return [
      `- ${environmentsOf(found)} ${code(action)} on ${place.text}: ${times(count)}, last on ${last}. ${BY[by ?? "unknown"]}.`,
    ];
  });
}
