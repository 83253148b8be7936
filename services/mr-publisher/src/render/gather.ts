import type { RoleView } from "../view.ts";
import { code } from "./text.ts";
import { list } from "./words.ts";

/** One thing that several environments have in common. */
export interface Gathered<T> {
  readonly key: string;
  /** By environment, in the view's order; several of one environment where two places look alike. */
  readonly found: readonly { readonly role: RoleView; readonly item: T }[];
}

/** Items of all roles that say the same, together; by key. */
export function gather<T>(
  roles: readonly RoleView[],
  items: (role: RoleView) => readonly { readonly key: string; readonly item: T }[],
): Gathered<T>[] {
  const groups = new Map<string, { role: RoleView; item: T }[]>();
  for (const role of roles) {
    for (const { key, item } of items(role)) {
      const known = groups.get(key);
      if (known === undefined) groups.set(key, [{ role, item }]);
      else known.push({ role, item });
    }
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, found]) => ({ key, found }));
}

/** `prod` and `test`, as code. */
export function environmentsOf(found: readonly { readonly role: RoleView }[]): string {
  return list([...new Set(found.map(({ role }) => code(role.environment, 32)))]);
}

/** The newest of some instants; null when none is known. */
export function newest(instants: readonly (string | null)[]): string | null {
  return instants.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}
