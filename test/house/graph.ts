import { posix } from "node:path";
import type { WrittenImport } from "./scan-imports.ts";

/** An import between two files of the house, or (`external`) from a file of the house to a foreign module. */
export interface Edge {
  readonly from: string;
  /** A repository path, or the name of a foreign module. */
  readonly to: string;
  readonly external: boolean;
  /** Written as `@plp/…` and not as a relative path. */
  readonly byName: boolean;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

export interface Graph {
  readonly files: readonly string[];
  readonly edges: readonly Edge[];
}

/** Turns imports as written into edges. `packageFolders`: name after `@plp/` → folder, e.g. `domain` → `packages/domain`. */
export function graphOf(
  files: readonly string[],
  imports: readonly WrittenImport[],
  packageFolders: ReadonlyMap<string, string>,
): Graph {
  return { files, edges: imports.map((written) => edgeOf(written, packageFolders)) };
}

function edgeOf(written: WrittenImport, packageFolders: ReadonlyMap<string, string>): Edge {
  const { from, specifier, typeOnly, dynamic } = written;
  const same = { from, typeOnly, dynamic };
  if (specifier.startsWith(".")) {
    return { ...same, to: posix.join(posix.dirname(from), specifier), external: false, byName: false };
  }
  const [, name = "", rest = ""] = /^@plp\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? [];
  const folder = packageFolders.get(name);
  if (folder === undefined) return { ...same, to: specifier, external: true, byName: true };
  return { ...same, to: `${folder}/src/${rest === "" ? "index" : rest}.ts`, external: false, byName: true };
}

/** The workspace a file lives in (`packages/domain`, `services/merger`), else its first folder or its own name. */
export function homeOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return first === "packages" || first === "services" ? `${first}/${second}` : first;
}

export const isTest = (path: string) => path.startsWith("test/") || /\.(test|bench)\.tsx?$/.test(path);

/** The circles of a relation, each named once, by its members in alphabetical order. */
export function circles(next: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const reach = new Map([...next.keys()].map((start) => [start, reachable(start, next)]));
  const found = new Set<string>();
  for (const [start, seen] of reach) {
    if (!seen.has(start)) continue;
    const members = [...seen].filter((other) => reach.get(other)?.has(start) === true);
    found.add(members.sort().join(" ↔ "));
  }
  return [...found];
}

/** Everything that can be reached from `start` by one step or more; holds `start` itself only when there is a way back. */
export function reachable(
  start: string,
  next: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...(next.get(start) ?? [])];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    open.push(...(next.get(at) ?? []));
  }
  return seen;
}

export function relation(pairs: Iterable<readonly [string, string]>): Map<string, Set<string>> {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of pairs) next.set(from, (next.get(from) ?? new Set()).add(to));
  return next;
}
