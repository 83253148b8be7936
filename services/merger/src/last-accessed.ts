import type { AccessedService, RoleState } from "@plp/domain";
import { isLasting, readAnalysis } from "./findings.ts";
import type { MergePorts } from "./ports.ts";

/**
 * What IAM last said of the services that the role used: by the newest analysis in which it was asked. A role that
 * rested ever since was not asked again, because RoleLastUsed says the same. Null where IAM was not to be had, or the
 * evidence cannot be read.
 */
export async function lastAccessedOf(
  known: RoleState,
  ports: Pick<MergePorts, "blobs">,
): Promise<readonly AccessedService[] | null> {
  const newest = [...known.observations.values()]
    .filter(({ analyzer }) => analyzer !== "none")
    .reduce<{ to: string; evidence: string | null } | null>(
      (best, { window, evidence }) =>
        best === null || window.to > best.to ? { to: window.to, evidence } : best,
      null,
    );
  if (newest === null) return [];
  try {
    return (await readAnalysis(newest.evidence, ports)).lastAccessed;
  } catch (error) {
    if (!isLasting(error)) throw error;
    return null;
  }
}
