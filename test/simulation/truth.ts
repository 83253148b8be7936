import type { Permission } from "@plp/iam-policy";
import { patternCovers } from "@plp/iam-policy";
import type { Call, Organization, SimulatedRole } from "./organization.ts";

/** What the organization really did: who may be granted what, and who must not lose what. */
export function truthOf(organization: Organization) {
  const byRole = Map.groupBy(organization.calls, ({ role }) => role);
  const modeOf = (role: SimulatedRole) => organization.analyzers[role.accountId] ?? "both";
  const callsOf = (role: SimulatedRole) => byRole.get(role) ?? [];
  return {
    modeOf,
    callsOf,
    isSeen: (call: Call) =>
      modeOf(call.role) === "access-analyzer"
        ? !call.inferred
        : call.outcome === "authorized" || call.outcome === "failed",
    /** Did the role use it before now, or, where only Access Analyzer answers, try it? */
    mayBeGranted(role: SimulatedRole, wanted: Permission, now: number): boolean {
      return callsOf(role).some(
        (call) =>
          call.at <= now &&
          call.action === wanted.action &&
          JSON.stringify(call.condition) === JSON.stringify(wanted.condition) &&
          this.isSeen(call) &&
          resourcesOf(call, modeOf(role)) === wanted.resource,
      );
    },
    /** Does the permission allow what the call did? */
    isCoveredBy: (call: Call, granted: Permission) =>
      granted.action.toLowerCase() === call.action.toLowerCase() &&
      (granted.condition === null || JSON.stringify(granted.condition) === JSON.stringify(call.condition)) &&
      patternCovers(granted.resource, call.used),
  };
}

export type Truth = ReturnType<typeof truthOf>;

/** The pattern that a call comes to: what the trail tells, or a template of which only the environment is filled. */
function resourcesOf(call: Call, mode: "both" | "trail" | "access-analyzer"): string {
  if (mode !== "access-analyzer" && call.resource !== null) return call.resource;
  return call.template
    .replace("${Account}", call.role.accountId)
    .replace("${Region}", call.role.region)
    .replace(/\$\{\w+\}/g, "*");
}
