import type { Risk, Severity } from "@plp/iam-policy";
import type { RequestView } from "../view.ts";
import { environmentsOf, gather } from "./gather.ts";
import { placesOf } from "./place.ts";
import { code, sentence } from "./text.ts";
import { list } from "./words.ts";

const SEVERITIES: readonly Severity[] = ["high", "medium", "low"];
const MOST_PLACES = 3;
const MOST_ACTIONS = 8;

interface Line {
  readonly severity: Severity;
  readonly text: string;
}

/** The risks of what is added, the worst first; the same in several environments once. */
export function riskLines({ roles }: RequestView): readonly Line[] {
  const groups = gather(roles, (role) => {
    const placeOf = placesOf(role);
    const inferred = new Set(
      role.proposal.added.filter(({ basis }) => basis === "inferred").map(({ action }) => action),
    );
    return role.proposal.risks.map((risk, index) => {
      const [decisive = ""] = risk.actions;
      const places = risk.resources.map((resource) => placeOf({ action: decisive, resource }));
      const rank = `${SEVERITIES.indexOf(risk.severity)}${String(index).padStart(6, "0")}`;
      return {
        key: JSON.stringify([risk.id, risk.severity, risk.actions, places.map(({ key }) => key)]),
        item: { risk, places, inferred, rank },
      };
    });
  });
  return groups
    .flatMap(({ found }) => {
      const [first] = found;
      if (first === undefined) return [];
      const { risk, places, inferred, rank } = first.item;
      const where = list([...new Set(places.map(({ text }) => text))], MOST_PLACES);
      const text = `- **${NAMES[risk.severity]} · ${environmentsOf(found)}** ${actionsText(risk, inferred)} on ${where}<br>${sentence(risk.title)}. ${sentence(risk.why)} ${sentence(risk.harmless)} ${link(risk)}`;
      return [{ rank, line: { severity: risk.severity, text } }];
    })
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
    .map(({ line }) => line);
}

/** `1 high and 2 medium risks`; empty where there is none of these. */
export function riskCounts(view: RequestView): string {
  const lines = riskLines(view);
  const counts = (["high", "medium"] as const)
    .map((severity) => ({ severity, count: lines.filter((line) => line.severity === severity).length }))
    .filter(({ count }) => count > 0);
  const last = counts.at(-1)?.count ?? 0;
  if (counts.length === 0) return "";
  return `${list(counts.map(({ severity, count }) => `${count} ${severity}`))} ${last === 1 ? "risk" : "risks"}`;
}

const NAMES: Readonly<Record<Severity, string>> = { high: "High", medium: "Medium", low: "Low" };

function actionsText({ actions }: Risk, inferred: ReadonlySet<string>): string {
  const named = actions
    .slice(0, MOST_ACTIONS)
    .map((action) => `${code(action, 64)}${inferred.has(action) ? " (*inferred*)" : ""}`);
  const more = actions.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function link({ id, reference }: Risk): string {
  const isPlain = /^https:\/\/[\w.-]+(?:\/[\w.~-]+)*\/?$/.test(reference) && /^[a-z0-9-]{1,40}$/.test(id);
  return isPlain ? `[${id}](${reference})` : code(id, 40);
}
