import type { RequestView } from "../view.ts";
import { plural } from "./words.ts";

/** GitLab's limit for titles. */
const MOST = 255;

/** `Draft: shop: 31 new permissions for prod and test`. */
export function renderTitle({ application, roles }: RequestView): string {
  const added = roles.reduce((sum, { proposal }) => sum + proposal.added.length, 0);
  const environments = roles.map(({ environment }) => environment);
  const last = environments.at(-1) ?? "";
  const named = environments.length < 2 ? last : `${environments.slice(0, -1).join(", ")} and ${last}`;
  const title = `Draft: ${application}: ${plural(added, "new permission")} for ${named}`;
  return title.length <= MOST
    ? title
    : `Draft: ${application}: ${plural(added, "new permission")} for ${plural(environments.length, "role")}`;
}
