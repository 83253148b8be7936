import { digest } from "../ids.ts";
import type { RequestKind } from "../scope.ts";
import { requestKinds } from "./order.ts";

const BRANCH = /^plp-([a-z]+)\/[A-Za-z0-9._-]+-([0-9a-f]{8})(?:-\d{1,3})?$/;

/** `plp-<kind>/<folder, made safe>-<8 hex of its hash>`: one branch per folder and kind, whatever the folder is called. */
export function branchOf(kind: RequestKind, folder: string): string {
  const safe = folder
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/\.{2,}/g, ".")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 60);
  return `plp-${kind}/${safe === "" || safe.endsWith(".lock") ? "folder" : safe}-${hashOf(folder)}`;
}

/** Is it the branch of a request of ours, by its name? */
export function isRequestBranch(branch: string): boolean {
  return kindOfBranch(branch) !== null;
}

/** The kind of request whose branch it is, by its name; null for any other branch. */
export function kindOfBranch(branch: string): RequestKind | null {
  const kind = BRANCH.exec(branch)?.[1];
  return requestKinds.find((known) => known === kind) ?? null;
}

/** Of the folders above these paths the one whose branch it is, a numbered one too; null where none is. */
export function folderOfBranch(branch: string, paths: readonly string[]): string | null {
  const hash = isRequestBranch(branch) ? BRANCH.exec(branch)?.[2] : undefined;
  if (hash === undefined) return null;
  for (const path of paths) {
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      if (hashOf(path.slice(0, slash)) === hash) return path.slice(0, slash);
    }
  }
  return null;
}

function hashOf(folder: string): string {
  return digest("folder", folder).slice(0, 8);
}
