import type { Actor } from "./views.ts";

/** Who did it, in a word. */
export function actorText({ kind, name, id }: Actor): string {
  return kind === "service" ? `plp ${name || id}` : name || id;
}
