import type { ReplayedPermission, RequestRef } from "@plp/domain";
import {
  actionsOverlap,
  type ConditionBlock,
  covers,
  denyingStatement,
  evaluate,
  type Policy,
  patternCovers,
} from "@plp/iam-policy";
import { permanent } from "@plp/runtime";
import { EVERY_ACTION, serviceOf } from "./concerned.ts";
import { type IndexPorts, indexedTo, standingAt } from "./index-stream.ts";
import { roleRows } from "./lists.ts";
import { counting, type RoleRow, tracedOf } from "./role-view.ts";

export interface WhoCanQuestion {
  /** One action, `service:Name`. */
  readonly action: string;
  /** An ARN; with wildcards: all of what it matches. Absent: anything. */
  readonly resource?: string | undefined;
}

/** A role of which PLP's policies allow the action, or may allow it. */
export interface WhoCanRow {
  readonly roleArn: string;
  readonly uniqueId: string;
  readonly application: string | null;
  readonly environment: string | null;
  readonly accountId: string;
  readonly answer: "yes" | "cannot tell";
  /** The policy that was looked at. */
  readonly policy: "applied" | "approved";
  readonly since: string | null;
  readonly approvedBy: string | null;
  readonly mergeRequest: RequestRef | null;
  /** Under which conditions, where the policy names some. */
  readonly conditions: readonly ConditionBlock[];
}

export interface WhoCanAnswer {
  readonly roles: readonly WhoCanRow[];
  /** Roles whose policies were looked at. */
  readonly candidates: number;
  readonly indexedTo: string | null;
}

/** Policies that are read at the same time. */
const SIDE_BY_SIDE = 32;

/**
 * Which roles may do it, by the policies that PLP knows: of the roles whose policy names the service, or any service, the
 * evaluator is asked. What it does not decide is "cannot tell", never left out.
 */
export async function whoCan(question: WhoCanQuestion, ports: IndexPorts): Promise<WhoCanAnswer> {
  const { action } = question;
  if (!/^[a-z0-9-]+:[A-Za-z0-9]+$/i.test(action))
    throw permanent("bad-action", `${JSON.stringify(action)} is no action: write one as iam:PassRole`);
  const service = serviceOf(action);
  const candidates = (await roleRows(ports.index)).filter(
    ({ services, retired }) => !retired && (services.includes(service) || services.includes(EVERY_ACTION)),
  );
  const found: WhoCanRow[] = [];
  for (let at = 0; at < candidates.length; at += SIDE_BY_SIDE) {
    const some = candidates.slice(at, at + SIDE_BY_SIDE);
    const rows = await Promise.all(some.map((row) => rowOf(row, question, ports)));
    found.push(...rows.filter((row) => row !== null));
  }
  return { roles: found, candidates: candidates.length, indexedTo: await indexedTo(ports.index) };
}

async function rowOf(row: RoleRow, question: WhoCanQuestion, ports: IndexPorts): Promise<WhoCanRow | null> {
  const standing = await standingAt(row, ports);
  const counts = counting(standing);
  if (counts === null) return null;
  const { policy, permissions } = tracedOf(counts);
  const answer = answerOf(policy, question);
  if (answer === "no") return null;
  const granting = permissions.filter((permission) => speaksOf(permission, question));
  const [oldest] = [...granting].sort((a, b) => a.sinceVersion - b.sinceVersion);
  const { roleArn, uniqueId, application, environment, accountId } = row;
  return {
    ...{ roleArn, uniqueId, application, environment, accountId, answer },
    policy: standing.applied === null ? "approved" : "applied",
    since: oldest?.since ?? null,
    approvedBy: oldest?.approvedBy ?? null,
    mergeRequest: oldest?.mergeRequest ?? null,
    conditions: granting.flatMap(({ condition }) => (condition === null ? [] : [condition])),
  };
}

function speaksOf(permission: ReplayedPermission, { action, resource }: WhoCanQuestion): boolean {
  return (
    actionsOverlap(permission.action, action) &&
    (resource === undefined || patternCovers(permission.resource, resource))
  );
}

function answerOf(policy: Policy, { action, resource }: WhoCanQuestion): "yes" | "cannot tell" | "no" {
  if (resource === undefined) return onAnything(policy, action);
  if (!/[*?]/.test(resource)) return inWords(evaluate(policy, { action, resource }));
  const answer = covers(policy, { action, resource, condition: null });
  return answer === "cannot-tell" ? "cannot tell" : answer;
}

function inWords(verdict: ReturnType<typeof evaluate>): "yes" | "cannot tell" | "no" {
  if (verdict === "cannot-tell") return "cannot tell";
  return verdict === "allowed" ? "yes" : "no";
}

/** Is there a resource on which it is allowed? Tried on one of each pattern that an Allow names. */
function onAnything(policy: Policy, action: string): "yes" | "cannot tell" | "no" {
  const patterns = policy.statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap(({ resources }) => resources ?? ["*"]);
  let answer: "cannot tell" | "no" = "no";
  for (const pattern of new Set(patterns)) {
    const verdict = evaluate(policy, { action, resource: oneOf(pattern) });
    if (verdict === "allowed") return "yes";
    // The one that was tried is denied; whether all of the pattern is, only a Deny that covers it says.
    const isOpen =
      verdict === "cannot-tell" ||
      (verdict === "denied" &&
        denyingStatement(policy, { action, resource: pattern, condition: null }) === null);
    if (isOpen) answer = "cannot tell";
  }
  return answer;
}

/** A resource that the pattern matches and hardly any other names. */
function oneOf(pattern: string): string {
  return pattern.replace(/[*?]/g, "~");
}
