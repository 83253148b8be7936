import { createHash } from "node:crypto";

/** SHA-256 (hex) over the parts, each preceded by its length, so that no two lists of parts collide. */
export function digest(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}

/** A role as AWS knows it: a role that was deleted and made again has another unique id. */
export interface RoleId {
  readonly arn: string;
  readonly uniqueId: string;
}

/** An application's place: the GitLab project (id or path) and the folder within it. */
export interface ApplicationId {
  readonly project: string;
  readonly folder: string;
}

export function roleStream(role: RoleId): string {
  return `role#${role.arn}#${role.uniqueId}`;
}

export function parseRoleStream(stream: string): RoleId | null {
  const match = /^role#(arn:.+)#([A-Z0-9]+)$/.exec(stream);
  return match?.[1] && match[2] ? { arn: match[1], uniqueId: match[2] } : null;
}

export function applicationStream(application: ApplicationId): string {
  return `app#${application.project}#${application.folder}`;
}

export function runStream(run: string): string {
  return `run#${run}`;
}

/** Who claims an application name or a role ARN is an event in a stream of that name. */
export function claimStream(kind: "name" | "role", value: string): string {
  return `claim#${kind}#${value}`;
}

/** One role in one round: the same role and window end are the same run, in whichever round. */
export function runId(role: RoleId, windowEnd: string): string {
  return digest("run", roleStream(role), windowEnd).slice(0, 32);
}

/** Deterministic, so that a redelivery of the same cause finishes the same commit. */
export function commitId(cause: string, stream: string, step: string): string {
  return digest("commit", cause, stream, step).slice(0, 32);
}

/** Makes Access Analyzer start one job per attempt, however often the message comes. */
export function clientToken(run: string, part: string, attempt: number): string {
  return digest("token", run, part, String(attempt)).slice(0, 32);
}
