import { posix } from "node:path";
import type { PolicyDocument } from "@plp/iam-policy";
import * as z from "zod";
import {
  environmentsOf,
  type FolderEnvironment,
  outputsName,
  parseJson,
  policyPlaces,
} from "../application-folder.ts";
import type { LocalOrganization, LocalRole } from "../organization.ts";
import { localUsers } from "../sample/index.ts";
import { derivedUniqueId, parseRoleArn } from "./names.ts";
import type { RoleInLogs } from "./organization-from-logs.ts";

export interface RepositoryOptions {
  /** Path → content of the default branch; `plp.outputs.json` files and policies are enough. */
  readonly files: ReadonlyMap<string, string>;
  /** The roles that the logs show: their unique ids and last use. */
  readonly seen: readonly RoleInLogs[];
  readonly title: string;
}

const policyDocument = z.object({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.array(z.record(z.string(), z.unknown())),
});

/**
 * What the local IAM holds for a repository that is cloned: every role that a `plp.outputs.json` names, with the
 * policies that the files say are attached. A role that the logs do not show gets a unique id made from its ARN. What
 * cannot be read here is passed over: discovery reads the same files and says what is wrong with them.
 */
export function organizationFromRepository({ files, seen, title }: RepositoryOptions): LocalOrganization {
  const inLogs = new Map(seen.map((role) => [role.arn, role]));
  const roles = new Map<string, LocalRole>();
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (posix.basename(path) !== outputsName) continue;
    const folder = posix.dirname(path);
    for (const found of environmentsOf(content)) {
      const arn = found.roleArn;
      if (parseRoleArn(arn) === null || roles.has(arn)) continue;
      const known = inLogs.get(arn);
      const region = known?.regions.find((it) => it.lastSeen === known.lastSeen)?.region;
      roles.set(arn, {
        arn,
        uniqueId: known?.uniqueId ?? derivedUniqueId(arn),
        createdAt: known?.firstSeen ?? "2020-01-01T00:00:00Z",
        lastUsed: known === undefined ? null : { at: known.lastSeen, region: region ?? "us-east-1" },
        policies: policiesOf(files, folder, found),
      });
    }
  }
  return { title, files: new Map(), roles: [...roles.values()], users: localUsers };
}

/** The policies that the files say are attached; an empty one is none, as AWS has no empty policy. */
function policiesOf(
  files: ReadonlyMap<string, string>,
  folder: string,
  environment: FolderEnvironment,
): LocalRole["policies"] {
  return policyPlaces(folder, environment).flatMap(({ path, name }) => {
    const content = files.get(path);
    const parsed = content === undefined ? null : policyDocument.safeParse(parseJson(content));
    if (!parsed?.success || parsed.data.Statement.length === 0) return [];
    return [{ name, document: parsed.data as PolicyDocument }];
  });
}
