import { type Decision, type Recorded, type ReplayMoment, type RoleEvent, replayRole } from "@plp/domain";
import { allowingStatement, type Permission, type Policy, parsePolicy, permissionsOf } from "@plp/iam-policy";
import type { ChangedPermission, Difference } from "@plp/web";
import { eventRow } from "./role.ts";

type RoleRecord = Recorded<RoleEvent>;

/**
 * What the approved policy allows at one moment and not at the other, with the event that changed it. What is allowed at
 * both in other words (`s3:GetObject` where `s3:Get*` was) has not changed. `events`: the whole stream.
 */
export function differenceOf(
  events: readonly RoleRecord[],
  from: ReplayMoment,
  to: ReplayMoment,
): Difference {
  const [before, after] = [replayRole(events, from), replayRole(events, to)];
  const [old, now] = [before, after].map(({ approved }) => parsed(approved?.policy ?? null));
  return {
    from: end(events, before.version),
    to: end(events, after.version),
    added: gone(now, old).map((permission) => ({
      ...permission,
      event: rowOf(events.find(({ version }) => version === sinceOf(after.permissions, permission))),
    })),
    removed: gone(old, now).map((permission) => ({
      ...permission,
      event: rowOf(endOf(permission, events, before.version, after.version)),
    })),
  };
}

type Parsed = Policy | null | undefined;

function parsed(policy: Decision["data"]["policy"] | null): Policy | null {
  return policy === null ? null : parsePolicy(policy, "a policy of the history");
}

/** What the first lists and the second does not cover. */
function gone(first: Parsed, second: Parsed): readonly Permission[] {
  if (!first) return [];
  return permissionsOf(first).filter(
    (permission) => !second || allowingStatement(second, permission) === null,
  );
}

function sinceOf(
  permissions: readonly (Permission & { readonly sinceVersion: number })[],
  { action, resource, condition }: Permission,
): number | undefined {
  const key = JSON.stringify([action, resource, condition]);
  return permissions.find((one) => JSON.stringify([one.action, one.resource, one.condition]) === key)
    ?.sinceVersion;
}

/** The first decision between the two versions, whichever comes first, after which it is not allowed any more. */
function endOf(
  permission: Permission,
  events: readonly RoleRecord[],
  from: number,
  to: number,
): RoleRecord | undefined {
  const [first, last] = [Math.min(from, to), Math.max(from, to)];
  return events.find(
    (event) =>
      event.version > first &&
      event.version <= last &&
      (event.type === "ProposalApproved" || event.type === "PolicyEdited") &&
      allowingStatement(parsePolicy(event.data.policy, `version ${event.version}`), permission) === null,
  );
}

function end(events: readonly RoleRecord[], version: number): Difference["from"] {
  const event = events[version - 1];
  return { version, at: event === undefined ? null : eventRow(event).occurredAt };
}

function rowOf(event: RoleRecord | undefined): ChangedPermission["event"] {
  return event === undefined ? null : eventRow(event);
}
