import { posix } from "node:path";
import type { PolicyDocument } from "@plp/iam-policy";
import * as z from "zod";
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

const environment = z.object({
  role_arn: z.string(),
  policy_path: z.string().optional().catch(undefined),
  initial_policy_path: z.string().nullish().catch(undefined),
  mode: z.string().optional().catch(undefined),
});

const output = z.object({
  environments: z.record(z.string(), environment.nullable().catch(null)),
});

const wholeFile = z.object({ plp: z.object({ value: output }) });

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
    if (posix.basename(path) !== "plp.outputs.json") continue;
    const folder = posix.dirname(path);
    for (const [name, found] of environmentsOf(content)) {
      if (parseRoleArn(found.role_arn) === null || roles.has(found.role_arn)) continue;
      const known = inLogs.get(found.role_arn);
      const region = known?.regions.find((it) => it.lastSeen === known.lastSeen)?.region;
      roles.set(found.role_arn, {
        arn: found.role_arn,
        uniqueId: known?.uniqueId ?? derivedUniqueId(found.role_arn),
        createdAt: known?.firstSeen ?? "2020-01-01T00:00:00Z",
        lastUsed: known === undefined ? null : { at: known.lastSeen, region: region ?? "us-east-1" },
        policies: policiesOf(files, folder, name, found),
      });
    }
  }
  return { title, files: new Map(), roles: [...roles.values()], users: localUsers };
}

type Environment = z.output<typeof environment>;

function environmentsOf(content: string): readonly (readonly [string, Environment])[] {
  const json = parseJson(content);
  const whole = wholeFile.safeParse(json);
  const value = whole.success ? whole.data.plp.value : output.safeParse(json).data;
  return Object.entries(value?.environments ?? {}).flatMap(([name, it]) =>
    it === null ? [] : [[name, it] as const],
  );
}

/** The generated policy with its further parts (`prod.2.json`), and in `observe` the initial one. */
function policiesOf(
  files: ReadonlyMap<string, string>,
  folder: string,
  name: string,
  { policy_path: path, initial_policy_path: initial, mode }: Environment,
): LocalRole["policies"] {
  const paths: string[] = [];
  if (path !== undefined) {
    const stem = path.replace(/\.json$/, "");
    paths.push(path, ...Array.from({ length: 9 }, (_, i) => `${stem}.${i + 2}.json`));
  }
  const initialPaths = initial && mode !== "enforce" ? [initial] : [];
  const read = (relative: string, suffix: string) => {
    const content = files.get(posix.join(folder, relative));
    const parsed = content === undefined ? null : policyDocument.safeParse(parseJson(content));
    if (!parsed?.success) return [];
    const stem = posix.basename(relative, ".json").replaceAll(/[^\w+=,.@-]/g, "-");
    const document = parsed.data as PolicyDocument;
    return [
      {
        name: `${safeFolder(folder)}-${suffix === "" ? stem : `${name}-${suffix}`}`.replaceAll(
          /[^\w+=,.@-]/g,
          "-",
        ),
        document,
      },
    ];
  };
  return [...initialPaths.flatMap((it) => read(it, "initial")), ...paths.flatMap((it) => read(it, ""))];
}

function safeFolder(folder: string): string {
  return folder === "." ? "root" : posix.basename(folder);
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
