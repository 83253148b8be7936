import { findRole, type RoleHistory } from "@plp/audit";
import {
  type ApplicationEvent,
  applicationStream,
  type EnvironmentScope,
  foldApplication,
  foldRole,
  policyAt,
  type Restored,
  type RoleState,
  refusedBefore,
  restoreWithin,
  waitsFor,
} from "@plp/domain";
import { emptyPolicy, findAction, type Permission, type Policy, parsePolicy } from "@plp/iam-policy";
import { permanent } from "@plp/runtime";
import type { ActPorts, Caller } from "./ports.ts";

export interface AskedRollback {
  readonly role: string;
  readonly version: number;
  /** Only these actions. */
  readonly only?: readonly string[] | undefined;
  /** Only say what it would change. */
  readonly dryRun?: boolean | undefined;
}

/**
 * What an earlier policy would change of the one that the history knows as approved; unless it is a dry run, the merger is
 * asked to work it out on the files in Git and to propose it. The faults `no-such-role`, `ambiguous-role`,
 * `no-such-version`, and `bad-version`, `bad-action`, `bad-role` or `bad-moment` where there is nothing to go back to.
 */
export async function rollback(
  ports: ActPorts,
  caller: Caller,
  { role: wanted, version, only: names, dryRun }: AskedRollback,
) {
  const history = await findRole(wanted, ports);
  const { role } = history;
  const known = foldRole(history.events);
  const scope = scopeOf(history, known);
  const only = names === undefined ? null : [...new Set(names.map(actionOf))];
  const { to, now } = policiesOf(history, known, version);
  const restored = restoreWithin({
    ...{ old: now, to, only, limits: ports.limits },
    protectedSids: [...scope.protectedSids, ...known.protectedSids],
  });
  const { added, removed, questions, proof, forbidden } = restored;
  if (!proof.holds)
    throw permanent(
      "bad-version",
      `version ${version}: it cannot be proved that nothing else of ${role.arn} would change; edit its files by hand`,
    );
  if (added.length === 0 && removed.length === 0) throw nothingToChange(history, { version, only }, restored);
  const order = dryRun === true ? null : ports.ids.next();
  if (order !== null) {
    const by = { id: caller.id.slice(0, 200), name: caller.name };
    await ports.send.merge({ v: 1, type: "restore", order, role, wish: { version, only, by } });
  }
  return {
    order,
    ...{ roleArn: role.arn, application: scope.application.name, environment: scope.environment },
    ...{ version, only, added: added.map(bare), removed: removed.map(bare) },
    refusedBefore: refusedBefore(known, added).map(({ request, ...one }) => ({
      ...one,
      mergeRequest: request,
    })),
    forbidden: forbidden.map(bare),
    questions: questions.map(({ kind, detail }) => ({ kind, detail })),
    proof: { holds: proof.holds, outside: proof.outside.map(bare), lost: proof.lost.map(bare) },
    waitsFor: await requestBefore(scope, ports),
  };
}

function scopeOf({ role }: RoleHistory, { scope, retired }: RoleState): EnvironmentScope {
  if (scope !== null && !retired && scope.generate) return scope;
  const why = retired ? "it is retired" : "its environment has generate = false";
  throw permanent("bad-role", `${role.arn} is not in scope (${why}): PLP opens no request for it`);
}

function actionOf(name: string): string {
  const action = findAction(name)?.action;
  if (action !== undefined) return action;
  throw permanent(
    "bad-action",
    `only ${JSON.stringify(name)}: it must be one action of AWS's list, such as s3:GetObject`,
  );
}

const MOST_NAMED = 8;

function policiesOf(
  { role, events }: RoleHistory,
  { approved }: RoleState,
  version: number,
): { readonly to: Policy; readonly now: Policy } {
  const earlier = policyAt(events, version);
  if (earlier.kind === "no-version")
    throw permanent(
      "no-such-version",
      `version ${version}: the history of ${role.arn} ends at version ${earlier.last}`,
    );
  if (earlier.kind === "no-policy") {
    const some = earlier.changes.slice(0, MOST_NAMED).join(", ");
    const then = some === "" ? "none was ever" : `the approved policy changed with ${some}`;
    throw permanent(
      "bad-version",
      `version ${version}: no policy of ${role.arn} was approved by then; ${then}`,
    );
  }
  return {
    to: parsePolicy(earlier.policy, `version ${version}`),
    now: approved === null ? emptyPolicy : parsePolicy(approved.policy, "the approved policy"),
  };
}

function nothingToChange(
  { role }: RoleHistory,
  { version, only }: { readonly version: number; readonly only: readonly string[] | null },
  { forbidden, questions }: Pick<Restored, "forbidden" | "questions">,
) {
  const what = only === null ? "" : ` of ${only.join(", ")}`;
  const [first] = questions;
  const why = [
    ...(forbidden.length > 0 ? [`the settings forbid ${forbidden.length} of it (never)`] : []),
    ...(first === undefined ? [] : [first.detail]),
  ];
  return permanent(
    "bad-version",
    `version ${version}: nothing${what} would change of what PLP writes for ${role.arn}${why.length > 0 ? `: ${why.join("; ")}` : ""}`,
  );
}

/** The open request that this one waits for. */
async function requestBefore({ application }: EnvironmentScope, { store }: ActPorts) {
  const { project, folder } = application;
  const { events } = await store.load<ApplicationEvent>(applicationStream({ project, folder }));
  const request = waitsFor(foldApplication(events), "restore");
  return request === null ? null : { kind: request.kind, iid: request.iid, url: request.url };
}

function bare({ action, resource, condition }: Permission): Permission {
  return { action, resource, condition };
}
