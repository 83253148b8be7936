import { readRecord } from "./evidence.ts";
import { parseRecord } from "./record.ts";
import { callerOf } from "./who.ts";

export interface ExplainedAction {
  readonly action: string;
  /** Empty where the record does not tell the resource. */
  readonly resources: readonly string[];
  readonly inferred: boolean;
  readonly why: string;
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

/** Says of one record which actions on which resources AWS checked, and why this is known. Never throws. */
export function explainRecord(raw: unknown): Explanation {
  const record = parseRecord(raw);
  if (record === null) {
    const nothing = { eventID: null, eventSource: null, eventName: null, roleArn: null };
    return { ...nothing, outcome: "not-a-call", actions: [], why: "this is no CloudTrail record" };
  }
  const reading = readRecord(record);
  const byAction = new Map<string, { action: string; resources: string[]; inferred: boolean; why: string }>();
  for (const { action, resource, inferred, why } of reading.kind === "call" ? reading.evidence : []) {
    const key = `${action} ${inferred}`;
    const found = byAction.get(key) ?? { action, resources: [], inferred, why };
    if (resource !== null) {
      found.resources.push(resource);
    }
    byAction.set(key, found);
  }
  return {
    eventID: record.eventID,
    eventSource: record.eventSource,
    eventName: record.eventName,
    roleArn: callerOf(record)?.roleArn ?? null,
    outcome: reading.kind === "not-a-call" ? "not-a-call" : reading.denied ? "denied" : "authorized",
    actions: [...byAction.values()],
    why: reading.kind === "call" ? null : reading.why,
  };
}
