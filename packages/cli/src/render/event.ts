import type { Actor, Drift, RoleEvent } from "@plp/domain";
import { parsePolicy, permissionsOf } from "@plp/iam-policy";
import { shortDay } from "../moment.ts";
import { plural } from "../output.ts";

/** Who did it, in a word. */
export function actorText({ kind, name, id }: Actor): string {
  return kind === "service" ? `plp ${name || id}` : name || id;
}

/** What an event of a role says, in half a sentence. */
export function eventText(event: RoleEvent): string {
  switch (event.type) {
    case "RoleDiscovered": {
      const { scope } = event.data;
      const what = `${scope.application.name} ${scope.environment}, account ${scope.accountId}`;
      return scope.generate ? `found: ${what}, ${scope.mode}` : `found: ${what}, excluded (generate = false)`;
    }
    case "RoleRescoped":
      return `scope changed by commit ${event.data.commit.sha.slice(0, 8)}`;
    case "ModeChanged":
      return `mode ${event.data.from} → ${event.data.to} by commit ${event.data.commit.sha.slice(0, 8)}`;
    case "RoleRecreated":
      return `made again; it was ${event.data.previousUniqueId}`;
    case "RoleRetired":
      return `retired: ${event.data.reason}`;
    case "UsageObserved": {
      const { window, counts, gaps, closed } = event.data;
      const missing = gaps.length > 0 ? `, ${plural(gaps.length, "gap")}` : "";
      return `${shortDay(window.from)} to ${shortDay(window.to)}: ${plural(counts.authorized, "call")} allowed, ${counts.denied} denied${missing}${closed ? "" : ", not closed"}`;
    }
    case "UsageMerged": {
      const { proposal, questions, denied } = event.data;
      const open = [
        ...(questions.length > 0 ? [plural(questions.length, "question")] : []),
        ...(denied.length > 0 ? [`${denied.length} denied`] : []),
      ];
      if (proposal !== null) return `nothing beyond proposal ${proposal}`;
      return ["nothing new: the policy covers what was used", ...open].join(", ");
    }
    case "PolicyProposed": {
      const { kind, added, removed, questions } = event.data;
      const asked = questions.length > 0 ? `, ${plural(questions.length, "question")}` : "";
      return `${kind}: ${plural(added.length, "permission")} to add, ${removed.length} to remove${asked}`;
    }
    case "ProposalSuperseded":
      return `proposal ${event.data.proposal} gives way to a newer one`;
    case "ProposalWithdrawn":
      return `proposal ${event.data.proposal} withdrawn: ${event.data.reason}`;
    case "ProposalApproved": {
      const { proposal, request, mergedBy, struck, policy } = event.data;
      const less = struck.length > 0 ? `, ${plural(struck.length, "permission")} struck` : "";
      return `proposal ${proposal} merged as !${request.iid} by ${mergedBy?.username ?? "somebody"}: ${countOf(policy)} now${less}`;
    }
    case "ProposalRejected": {
      const { proposal, request, closedBy, permissions } = event.data;
      return `proposal ${proposal} closed with !${request.iid} by ${closedBy?.username ?? "somebody"}: ${plural(permissions.length, "permission")} rejected`;
    }
    case "PolicyEdited": {
      const { commit, policy } = event.data;
      return `the file has ${countOf(policy)} by commit ${commit.sha.slice(0, 8)} of ${commit.author ?? "somebody"}`;
    }
    case "RejectionLifted": {
      const { permissions, by, request } = event.data;
      return `${plural(permissions.length, "rejection")} taken back by ${by.username} in !${request.iid}`;
    }
    case "StatementProtected":
      return `statement ${event.data.sid} protected by ${event.data.by.username} in !${event.data.request.iid}`;
    case "PolicyApplied": {
      const { policy, job, startedBy } = event.data;
      return `applied by job ${job}, started by ${startedBy?.username ?? "somebody"}: ${countOf(policy)}`;
    }
    case "PolicyObserved": {
      const { confirmed, drift } = event.data;
      if (drift.length > 0) return `read in AWS, drifted: ${drift.map(driftText).join("; ")}`;
      return confirmed ? "read in AWS: as it should be" : "read in AWS";
    }
  }
}

function driftText(drift: Drift): string {
  switch (drift.kind) {
    case "missing":
      return `${plural(drift.count, "permission")} missing`;
    case "extra":
      return `${plural(drift.count, "permission")} too many`;
    case "boundary":
      return `boundary ${drift.to ?? "gone"}, it was ${drift.from ?? "none"}`;
    case "trust":
      return "another trust policy";
    case "initial-attached":
      return `the initial policy ${drift.id} is still attached`;
    case "policy-added":
      return `policy ${drift.id} added`;
    case "policy-removed":
      return `policy ${drift.id} gone`;
    case "policy-changed":
      return `policy ${drift.id} changed`;
  }
}

function countOf(policy: Parameters<typeof parsePolicy>[0]): string {
  return plural(permissionsOf(parsePolicy(policy, "the policy of the event")).length, "permission");
}
