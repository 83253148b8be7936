import type { Actor, ApplicationEvent, Drift, RoleEvent } from "@plp/domain";
import { parsePolicy, permissionsOf } from "@plp/iam-policy";
import { plural, shortDay } from "./words.ts";

/** Who did it, in a word. */
export function actorText({ kind, name, id }: Actor): string {
  return kind === "service" ? `plp ${name || id}` : name || id;
}

/** What an event says, in half a sentence. Names in it are others', as they wrote them. */
export function eventText(event: RoleEvent | ApplicationEvent): string {
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
      const { kind, added, removed, questions, restore } = event.data;
      const asked = questions.length > 0 ? `, ${plural(questions.length, "question")}` : "";
      const back = restore === undefined ? "" : ` to version ${restore.version}, as ${restore.by} asked`;
      return `${kind}${back}: ${plural(added.length, "permission")} to add, ${removed.length} to remove${asked}`;
    }
    case "ProposalSuperseded":
      return `proposal ${event.data.proposal} gives way to a newer one`;
    case "ProposalWithdrawn":
      return `proposal ${event.data.proposal} withdrawn: ${event.data.reason}`;
    case "ProposalApproved": {
      const { proposal, request, mergedBy, struck, policy } = event.data;
      const less = struck.length > 0 ? `, ${plural(struck.length, "permission")} struck` : "";
      return `proposal ${proposal} merged as !${request.iid} by ${nameOf(mergedBy)}: ${countOf(policy)} now${less}`;
    }
    case "ProposalRejected": {
      const { proposal, request, closedBy, permissions } = event.data;
      return `proposal ${proposal} closed with !${request.iid} by ${nameOf(closedBy)}: ${plural(permissions.length, "permission")} rejected`;
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
    case "RestoreRefused":
      return `not back to version ${event.data.version}, as ${event.data.by} asked: ${event.data.reason}`;
    default:
      return applicationText(event);
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

function applicationText(event: ApplicationEvent): string {
  switch (event.type) {
    case "RoundPlanned": {
      const { roles, excluded, failed, dryRun } = event.data;
      const more = [
        ...(excluded.length > 0 ? [`${excluded.length} excluded`] : []),
        ...(failed.length > 0 ? [`${failed.length} failed`] : []),
        ...(dryRun ? ["dry run"] : []),
      ];
      return [`round planned: ${plural(roles.length, "role")}`, ...more].join(", ");
    }
    case "ApplicationRefused":
      return `refused: ${event.data.reason}`;
    case "RequestOpened":
      return `!${event.data.iid} opened: ${event.data.title}`;
    case "RequestUpdated":
      return `!${event.data.iid} updated: ${event.data.title}`;
    case "RequestFrozen":
      return `!${event.data.iid} is people's from now on: ${event.data.why}${event.data.by === null ? "" : ` by ${event.data.by}`}`;
    case "RequestMerged":
      return `!${event.data.iid} merged by ${nameOf(event.data.mergedBy)}`;
    case "RequestClosed":
      return `!${event.data.iid} closed by ${nameOf(event.data.closedBy)}${event.data.decision ? "" : ", which decides nothing"}`;
    case "RequestReopened":
      return `!${event.data.iid} reopened`;
    case "DecisionAnnounced": {
      const { iid, how } = event.data;
      if (how === "none") return `!${iid} waits for a decision: told with the summary of the round`;
      return `!${iid} waits for a decision: people were told${how === "summary" ? ", with a summary" : ""}`;
    }
    case "CommandGiven": {
      const { name, argument, by, iid, refused } = event.data;
      const what = `/plp ${name}${argument === null ? "" : ` ${argument}`} by ${by.username} in !${iid}`;
      return refused === null ? what : `${what}, refused: ${refused}`;
    }
    case "PlanRecorded":
      return `plan of !${event.data.iid} ${event.data.result} (job ${event.data.job})`;
    case "ApplyRecorded":
      return `apply ${event.data.result} (job ${event.data.job}), started by ${nameOf(event.data.startedBy)}`;
  }
}

function nameOf(person: { readonly username: string } | null): string {
  return person?.username ?? "somebody";
}

function countOf(policy: Parameters<typeof parsePolicy>[0]): string {
  return plural(permissionsOf(parsePolicy(policy, "the policy of the event")).length, "permission");
}
