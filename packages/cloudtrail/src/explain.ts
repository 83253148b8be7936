import type { ConditionBlock } from "@plp/iam-policy";
import { type Evidence, readRecord } from "./mapping/evidence.ts";
import { parseRecord } from "./mapping/record.ts";
import { callerOf } from "./mapping/who.ts";

export interface ExplainedAction {
  readonly action: string;
  /** Empty where the record does not tell the resource. */
  readonly resources: readonly string[];
  readonly inferred: boolean;
  readonly condition: ConditionBlock | null;
  /** Why this action, then why these resources, each reason once. */
  readonly why: string;
  /** Why each resource; null stands for one that the record does not tell, `patterns` for what it does tell of that. */
  readonly reasons: readonly {
    readonly resource: string | null;
    readonly why: string;
    readonly patterns?: readonly string[];
  }[];
}

/** One record as `plp explain` prints it. */
export interface Explanation {
  readonly eventID: string | null;
  readonly eventSource: string | null;
  readonly eventName: string | null;
  readonly roleArn: string | null;
  readonly outcome: "authorized" | "denied" | "not-a-call";
  readonly actions: readonly ExplainedAction[];
  /** Why there is no action, where there is none. */
  readonly why: string | null;
}

function explained(all: readonly Evidence[]): ExplainedAction | null {
  const [first] = all;
  if (first === undefined) return null;
  const { action, inferred, condition, why } = first;
  return {
    action,
    resources: all.flatMap(({ resource }) => resource ?? []),
    inferred,
    condition,
    why: [...new Set([why, ...all.map(({ whyResource }) => whyResource)])].join("; "),
    reasons: all.map(({ resource, whyResource, patterns }) => ({
      resource,
      why: whyResource,
      ...(resource === null && patterns.length > 0 ? { patterns } : {}),
    })),
  };
}

/** Says of one record which actions on which resources AWS checked, and why this is known. Never throws. */
export function explainRecord(raw: unknown): Explanation {
  const record = parseRecord(raw);
  if (record === null) {
    const nothing = { eventID: null, eventSource: null, eventName: null, roleArn: null };
    return { ...nothing, outcome: "not-a-call", actions: [], why: "this is no CloudTrail record" };
  }
  const reading = readRecord(record);
  const byAction = new Map<string, Evidence[]>();
  for (const evidence of reading.kind === "call" ? reading.evidence : []) {
    const key = JSON.stringify([evidence.action, evidence.condition]);
    byAction.set(key, [...(byAction.get(key) ?? []), evidence]);
  }
  return {
    eventID: record.eventID,
    eventSource: record.eventSource,
    eventName: record.eventName,
    roleArn: callerOf(record)?.roleArn ?? null,
    outcome: reading.kind === "not-a-call" ? "not-a-call" : reading.denied ? "denied" : "authorized",
    actions: [...byAction.values()].flatMap((all) => explained(all) ?? []),
    why: reading.kind === "call" ? null : reading.why,
  };
}
