import { partPath } from "./parts.ts";

/** Twenty managed policies per role is the most that IAM's quotas allow; the rest is a mistake in the repository. */
const MOST_PARTS = 20;

/**
 * Reads the parts of a policy one after the other until one does not exist. `missing` is the path where it ended: a file
 * that appears there changes the policy, too.
 */
export async function collectParts<File>(
  policyPath: string,
  read: (path: string) => Promise<File | null>,
): Promise<{
  readonly parts: readonly { readonly path: string; readonly file: File }[];
  readonly missing: string;
}> {
  const parts: { path: string; file: File }[] = [];
  for (let part = 1; part <= MOST_PARTS; part++) {
    const path = partPath(policyPath, part);
    const file = await read(path);
    if (file === null) return { parts, missing: path };
    parts.push({ path, file });
  }
  return { parts, missing: partPath(policyPath, MOST_PARTS + 1) };
}
