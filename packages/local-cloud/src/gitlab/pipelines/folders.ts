import { posix } from "node:path";
import { environmentsOf, modesName, outputsName, parseJson, policyPlaces } from "../../application-folder.ts";
import { parseRoleArn } from "../../aws/accounts.ts";
import { managedPolicyArn } from "../../policy-names.ts";
import type { Repository } from "../git/repository.ts";

/** A policy that a role shall have: its ARN and the file of its document. */
export interface WantedPolicy {
  readonly arn: string;
  readonly path: string;
  readonly document: string;
}

export interface WantedRole {
  readonly environment: string;
  readonly roleArn: string;
  readonly policies: readonly WantedPolicy[];
}

/** The text of a file at a commit; null for none. */
export async function fileAt(repository: Repository, commit: string, path: string): Promise<string | null> {
  // Not by the listing of the whole tree: a request touches one folder of many.
  const found = await repository.objects.contents(`${commit}:${path}`);
  return found?.type === "blob" ? found.content.toString("utf8") : null;
}

/** The application's folder that a path lies in at a commit: the nearest one that has outputs; null for none. */
async function folderOf(repository: Repository, commit: string, path: string): Promise<string | null> {
  let folder = path;
  do {
    folder = posix.dirname(folder);
    const outputs = await repository.objects.info(`${commit}:${posix.join(folder, outputsName)}`);
    if (outputs?.type === "blob") return folder;
  } while (folder !== ".");
  return null;
}

/** Folders of applications in which something changed between two commits; what apply itself writes does not count. */
export async function changedFolders(
  repository: Repository,
  before: string | null,
  after: string,
): Promise<readonly string[]> {
  const files = await repository.comparer.files(before, after);
  const folders = new Set<string>();
  for (const { old_path: old, new_path: path } of files) {
    for (const one of new Set([old, path])) {
      if (posix.basename(one) === outputsName) continue;
      const folder = await folderOf(repository, after, one);
      if (folder !== null) folders.add(folder);
    }
  }
  return [...folders].sort();
}

/** Modes by environment as the folder's own file says; where it says nothing the outputs do. */
export async function modesOf(
  repository: Repository,
  commit: string,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const json = parseJson((await fileAt(repository, commit, posix.join(folder, modesName))) ?? "");
  const modes = new Map<string, string>();
  if (typeof json !== "object" || json === null) return modes;
  for (const [name, of] of Object.entries(json)) {
    const mode = (of as { mode?: unknown } | null)?.mode;
    if (mode === "observe" || mode === "enforce") modes.set(name, mode);
  }
  return modes;
}

/** What the folder's files at a commit want attached to each role. Throws for a policy that is no JSON. */
export async function wantedRoles(
  repository: Repository,
  commit: string,
  folder: string,
): Promise<readonly WantedRole[]> {
  const outputs = await outputsAt(repository, commit, folder);
  const modes = await modesOf(repository, commit, folder);
  const wanted: WantedRole[] = [];
  for (const environment of environmentsOf(outputs ?? "")) {
    const { name, roleArn } = environment;
    if (parseRoleArn(roleArn) === null) continue;
    const policies: WantedPolicy[] = [];
    const mode = modes.get(name) ?? environment.mode;
    for (const place of policyPlaces(folder, { ...environment, mode })) {
      const document = await fileAt(repository, commit, place.path);
      if (document === null || isEmpty(document, place.path)) continue;
      policies.push({ arn: managedPolicyArn(roleArn, place.name), path: place.path, document });
    }
    wanted.push({ environment: name, roleArn, policies });
  }
  return wanted;
}

/** AWS has no empty policy: a file without a statement is no policy. */
function isEmpty(document: string, path: string): boolean {
  if (document.trim() === "") return true;
  const json = parseJson(document);
  if (typeof json !== "object" || json === null) throw new Error(`${path} is not JSON`);
  const { Statement } = json as { Statement?: unknown };
  return Array.isArray(Statement) && Statement.length === 0;
}

/** The text of `plp.outputs.json` at a commit; null for none. */
export function outputsAt(repository: Repository, commit: string, folder: string): Promise<string | null> {
  return fileAt(repository, commit, posix.join(folder, outputsName));
}
