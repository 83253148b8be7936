import type { CarriedPermission } from "@plp/domain";
import { conditionKey } from "@plp/iam-policy";
import type { RequestView } from "../view.ts";
import { environmentsOf, gather } from "./gather.ts";
import { conditionText, placesOf } from "./place.ts";
import { code } from "./text.ts";

const WHY: Readonly<Record<CarriedPermission["why"], string>> = {
  "pass-role": "AWS records no PassRole",
  "data-event": "the trail records no data events of it",
  "no-record": "AWS records no such call",
};

/** What comes along from the initial policy because nobody can observe its use; only a person takes it away. */
export function carriedLines({ roles }: RequestView): string[] {
  const groups = gather(roles, (role) => {
    const placeOf = placesOf(role);
    return (role.proposal.enforce?.carried ?? []).map((item) => {
      const place = placeOf(item);
      return {
        key: JSON.stringify([item.action.toLowerCase(), place.key, conditionKey(item.condition), item.why]),
        item: { ...item, place },
      };
    });
  });
  return groups.flatMap(({ found }) => {
    const [first] = found;
    if (first === undefined) return [];
    const { action, place, condition, why, source } = first.item;
    return [
      `- ${environmentsOf(found)} ${code(action)} on ${place.text}${conditionText(condition)}: ${WHY[why]}${link(source)}`,
    ];
  });
}

/** How the mode changes: by the branch, or by a line that a person has to change. */
export function modeLines({ roles, modes, folder }: RequestView): string[] {
  const byHand = roles.filter(({ proposal }) => proposal.enforce?.modesFile === null);
  return [
    ...modes.map(({ path }) => `- The mode changes in ${code(path, 200)}, with this merge.`),
    ...(byHand.length > 0
      ? [
          `- **To do by hand · ${environmentsOf(byHand.map((role) => ({ role })))}** set \`mode = "enforce"\` in the output \`plp\` of ${code(folder, 200)}: no \`plp.environments.json\` holds it, so this branch cannot.`,
        ]
      : []),
  ];
}

/** Our own table of sources; still, nothing but a plain address is made a link. */
function link(source: string): string {
  return /^https:\/\/[\w./#?=&%-]+$/.test(source) ? ` ([source](${source})).` : ".";
}
