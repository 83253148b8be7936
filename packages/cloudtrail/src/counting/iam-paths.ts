import { type Counter, counterOf, examplesOf } from "./counter.ts";
import { addCounter, countersOf, type RoleTally, type Tally } from "./tally.ts";

/** The ARN of something in IAM; its kind, and its name without the path. */
const inIam =
  /^(arn:aws[a-z-]*:iam::\d{12}:(?:role|user|group|instance-profile|server-certificate)\/)(?:[^*?]*\/)?([^*?/]+)$/;

/** Where things of IAM lie: their ARNs by those that they would have without a path; null where records disagree. */
export type Paths = ReadonlyMap<string, string | null>;

/**
 * What all records of a tally tell: the callers, and what calls were allowed on and did not fail. A name is taken but
 * once in an account, whatever the path before it.
 */
export function pathsIn(tally: Tally): Paths {
  const paths = new Map<string, string | null>();
  const learn = (arn: string) => {
    const [, kind, name] = arn.includes(":iam::") ? (inIam.exec(arn) ?? []) : [];
    if (kind === undefined || name === undefined) return;
    const atRoot = `${kind}${name}`;
    const known = paths.get(atRoot);
    paths.set(atRoot, known === undefined || known === arn ? arn : null);
  };
  for (const role of tally.roles.values()) {
    learn(role.caller.roleArn);
    for (const { what, authorized, failed } of countersOf(role)) {
      if (what.resource !== null && authorized > failed) learn(what.resource);
    }
  }
  return paths;
}

/** The counters of a role, those of things that calls named alone joined to those of their ARNs where these are known. */
export function located(role: RoleTally, paths: Paths): RoleTally["permissions"] {
  const counters = countersOf(role);
  const arns = new Map<Counter, string>();
  for (const counter of counters) {
    const arn = counter.what.resource === null ? arnOf(counter.what, paths) : null;
    if (arn !== null) arns.set(counter, arn);
  }
  if (arns.size === 0) return role.permissions;
  const joined: Pick<RoleTally, "permissions"> = { permissions: new Map() };
  for (const counter of counters) if (!arns.has(counter)) addCounter(joined, counter);
  for (const [counter, resource] of arns) {
    const what = { ...counter.what, resource, patterns: [] };
    addCounter(
      joined,
      counterOf(what, counter, () => examplesOf(counter)),
    );
  }
  return joined.permissions;
}

function arnOf({ patterns }: Counter["what"], paths: Paths): string | null {
  if (patterns.length !== 2) return null;
  const [below = "", atRoot = ""] = patterns;
  const arn = paths.get(atRoot) ?? null;
  if (arn === null) return null;
  const from = atRoot.lastIndexOf("/") + 1;
  return below === `${atRoot.slice(0, from)}*/${atRoot.slice(from)}` ? arn : null;
}
