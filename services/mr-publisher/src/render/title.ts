import type { RequestView } from "../view.ts";
import { plain } from "./text.ts";
import { totals } from "./totals.ts";
import { list, plural } from "./words.ts";

/** GitLab's limit for titles. */
const MOST = 255;

/** `Draft: shop: 31 new permissions for prod and test`. GitLab puts titles into merge commits: nothing raw is in it. */
export function renderTitle(view: RequestView): string {
  const begin = `Draft: ${plain(view.application)}: ${plural(totals(view).added, "new permission")} for `;
  const environments = view.roles.map(({ environment }) => plain(environment));
  const named = list(environments, environments.length);
  return begin.length + named.length <= MOST ? begin + named : begin + plural(environments.length, "role");
}
