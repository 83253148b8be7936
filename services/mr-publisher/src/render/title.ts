import type { RequestView } from "../view.ts";
import { wordsOf } from "./kinds.ts";
import { riskLines } from "./risks.ts";
import { plain } from "./text.ts";
import { list, plural } from "./words.ts";

/** GitLab's limit for titles. */
const MOST = 255;

/** `Draft: shop: 31 new permissions for prod and test, 2 risks`. GitLab puts titles into merge commits: nothing raw is in it. */
export function renderTitle(view: RequestView): string {
  const begin = `Draft: ${plain(view.application)}: ${wordsOf(view).title(view)} `;
  const environments = view.roles.map(({ environment }) => plain(environment));
  const named = list(environments, environments.length);
  const count = riskLines(view).filter(({ severity }) => severity !== "low").length;
  const end = count === 0 ? "" : `, ${plural(count, "risk")}`;
  const isShort = begin.length + named.length + end.length <= MOST;
  return `${begin}${isShort ? named : plural(environments.length, "role")}${end}`;
}
