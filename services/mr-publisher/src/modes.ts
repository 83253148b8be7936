import { withMode } from "@plp/domain";
import { transient } from "@plp/runtime";
import type { Gitlab } from "./ports.ts";
import type { RoleView } from "./view.ts";

type Enforced = Pick<RoleView, "environment"> & { readonly proposal: Pick<RoleView["proposal"], "enforce"> };

/** The files with modes at a commit, with `enforce` for the environments of these proposals; none where people change it. */
export async function modesOf(
  gitlab: Pick<Gitlab, "file">,
  roles: readonly Enforced[],
  commit: string,
): Promise<readonly { readonly path: string; readonly content: string }[]> {
  const byFile = Map.groupBy(roles, ({ proposal }) => proposal.enforce?.modesFile ?? null);
  const files = [];
  for (const [path, enforced] of byFile) {
    if (path === null) continue;
    const file = await gitlab.file(path, commit);
    const environments = enforced.map(({ environment }) => environment);
    const content = file === null ? null : withMode(file.content, environments, "enforce");
    // It was such a file when it was proposed, and on another content the proposal is merged again first.
    if (content === null)
      throw transient("modes-moved", `${path} was changed a moment ago; it is looked at again`);
    files.push({ path, content });
  }
  return files;
}
