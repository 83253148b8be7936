import type { ApplicationEvent, RoleEvent } from "@plp/domain";

/** Whose event it is. */
const types: Readonly<Record<(RoleEvent | ApplicationEvent)["type"], "role" | "application">> = {
  RoleDiscovered: "role",
  RoleRescoped: "role",
  ModeChanged: "role",
  RoleRecreated: "role",
  RoleRetired: "role",
  UsageObserved: "role",
  UsageMerged: "role",
  PolicyProposed: "role",
  ProposalSuperseded: "role",
  ProposalWithdrawn: "role",
  ProposalApproved: "role",
  ProposalRejected: "role",
  PolicyEdited: "role",
  RejectionLifted: "role",
  StatementProtected: "role",
  PolicyApplied: "role",
  PolicyObserved: "role",
  RestoreRefused: "role",
  RoundPlanned: "application",
  ApplicationRefused: "application",
  RequestOpened: "application",
  RequestUpdated: "application",
  RequestFrozen: "application",
  RequestMerged: "application",
  RequestClosed: "application",
  RequestReopened: "application",
  DecisionAnnounced: "application",
  CommandGiven: "application",
  PlanRecorded: "application",
  ApplyRecorded: "application",
};

/** The types of event that an audit finds. */
export const eventTypes: readonly string[] = Object.keys(types);
