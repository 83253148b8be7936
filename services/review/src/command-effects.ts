import {
  type ApplicationState,
  liftRejections,
  type Person,
  protectStatement,
  type RequestState,
  type RoleId,
  type RoleState,
  roleStream,
} from "@plp/domain";
import type { Permission } from "@plp/iam-policy";
import { matchesGlob } from "@plp/runtime";
import { type CausedLook, changeRole, loadRole } from "./caused-look.ts";

/** A command that a reviewer gave. */
export interface Said {
  readonly request: RequestState;
  readonly by: Person;
  readonly argument: string | null;
  /** `commandKey`. */
  readonly command: string;
  /** Caused by that person at that time. */
  readonly look: CausedLook;
}

/**
 * `/plp reconsider ACTION`: every refusal of that action (`s3:*` too) in any role of the application is taken back, and
 * the role's last evidence is merged again, so that it is proposed anew. Answers how many; 0: there is no such refusal.
 */
export async function reconsider(application: ApplicationState, said: Said): Promise<number> {
  const wanted = said.argument?.toLowerCase() ?? "";
  const { ports } = said.look;
  let count = 0;
  for (const role of rolesOf(application, said)) {
    const before = await loadRole(role, said.look);
    const isMeant = ({ action }: Permission) => matchesGlob(wanted, action.toLowerCase());
    const permissions = [...before.rejected.values(), ...before.retained.values()]
      .map(({ permission }) => permission)
      .filter(isMeant);
    const lifted = { permissions, by: said.by, request: refOf(said), command: said.command };
    const state = await changeRole(role, ["command", said.command], said.look, (current) =>
      liftRejections(current, lifted, said.look.cause),
    );
    if (!state.commands.has(said.command)) continue;
    count += Math.max(1, permissions.length);
    const run = [...state.observations.keys()].at(-1);
    if (run !== undefined) await ports.send.merge({ v: 1, type: "merge", run });
  }
  return count;
}

/** `/plp protect SID`: the statement of that Sid stays as it is in every policy of the application that has it. Answers how many. */
export async function protect(application: ApplicationState, said: Said): Promise<number> {
  const sid = said.argument ?? "";
  let count = 0;
  for (const role of rolesOf(application, said)) {
    const before = await loadRole(role, said.look);
    const hasIt = policiesOf(before).some(({ Statement }) => Statement.some(({ Sid }) => Sid === sid));
    if (!hasIt) continue;
    const wanted = { sid, by: said.by, request: refOf(said), command: said.command };
    await changeRole(role, ["command", said.command], said.look, (current) =>
      protectStatement(current, wanted, said.look.cause),
    );
    count += 1;
  }
  return count;
}

function policiesOf({ approved, open }: RoleState) {
  return [...(approved === null ? [] : [approved]), ...open.values()].map(({ policy }) => policy);
}

/** Of the last round, and those that the request itself holds. */
function rolesOf(application: ApplicationState, { request }: Said): readonly RoleId[] {
  const roles = [...(application.round?.roles ?? []), ...request.roles].map(({ role }) => role);
  return [...new Map(roles.map((role) => [roleStream(role), role])).values()];
}

function refOf({ request: { iid, url } }: Said) {
  return { iid, url };
}
