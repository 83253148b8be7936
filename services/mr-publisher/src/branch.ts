import { digest, type RequestKind } from "@plp/domain";

/** `plp-<kind>/<folder, made safe>-<8 hex of its hash>`: one branch per folder and kind, whatever the folder is called. */
export function branchOf(kind: RequestKind, folder: string): string {
  const safe = folder
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/\.{2,}/g, ".")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 60);
  return `plp-${kind}/${safe === "" || safe.endsWith(".lock") ? "folder" : safe}-${digest("folder", folder).slice(0, 8)}`;
}
