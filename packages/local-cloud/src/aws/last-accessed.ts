import { randomUUID } from "node:crypto";
import { findAction } from "@plp/iam-policy";
import type { LogArchive } from "../archive/index.ts";
import type { LocalRole } from "../organization.ts";
import type { AwsResponse } from "./http.ts";
import type { Caller } from "./signature.ts";
import { trackedServices } from "./supported-services.ts";
import { queryAnswer, type XmlValue } from "./xml.ts";

export const iamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/";

type Granularity = "SERVICE_LEVEL" | "ACTION_LEVEL";

interface AccessJob {
  readonly caller: Caller;
  readonly role: LocalRole;
  readonly granularity: Granularity;
  readonly createdAt: Date;
  readonly readyAt: Date;
}

export interface LastAccessed {
  generate(role: LocalRole, granularity: Granularity, caller: Caller): AwsResponse;
  /** Null when the job is unknown or belongs to another session: it answers only the one that began it. */
  get(form: URLSearchParams, caller: Caller): Promise<AwsResponse | null>;
}

export interface LastAccessedOptions {
  readonly archive: LogArchive;
  readonly now: () => Date;
  /** How long a job stays IN_PROGRESS, in milliseconds. */
  readonly durationMs?: number;
}

const prefixOf = (action: string) => action.slice(0, action.indexOf(":"));
const nameOf = (action: string) => action.slice(action.indexOf(":") + 1);

/** Prefixes of the services that a role's policies name in an Allow; wildcards over services give none. */
function allowedServices(role: LocalRole): readonly string[] {
  const services = new Set<string>();
  for (const { document } of role.policies) {
    for (const { Effect, Action } of document.Statement) {
      if (Effect !== "Allow") continue;
      for (const action of [Action].flat()) {
        const service = typeof action === "string" ? /^([a-z0-9-]+):/.exec(action)?.[1] : undefined;
        if (service !== undefined) services.add(service);
      }
    }
  }
  return [...services];
}

async function servicesOf(archive: LogArchive, job: AccessJob): Promise<readonly XmlValue[]> {
  const { role, granularity, createdAt } = job;
  const since = new Date(createdAt.getTime() - 400 * 86_400_000).toISOString();
  const activity = await archive.activity();
  // Logs of the past are as recent to this IAM as their newest event.
  const newest = activity.newestEvent();
  const from = newest === null || newest > since ? since : "1970-01-01T00:00:00Z";
  const used = activity.used(role.arn, from, createdAt.toISOString());
  const names = new Set([...allowedServices(role), ...used.map(({ action }) => prefixOf(action))]);
  return [...names].sort().map((service): XmlValue => {
    const actions = used.filter(({ action }) => prefixOf(action) === service);
    const last = actions.reduce<(typeof actions)[number] | null>(
      (latest, next) => (latest === null || next.lastSeen > latest.lastSeen ? next : latest),
      null,
    );
    const tracked = granularity === "ACTION_LEVEL" && trackedServices.has(service);
    return {
      ServiceName: service,
      LastAuthenticated: last?.lastSeen,
      ServiceNamespace: service,
      LastAuthenticatedEntity: last === null ? null : role.arn,
      LastAuthenticatedRegion: last?.region,
      TotalAuthenticatedEntities: last === null ? 0 : 1,
      TrackedActionsLastAccessed: tracked
        ? {
            member: actions
              .filter(({ action }) => findAction(action) !== undefined)
              .map(({ action, lastSeen, region }) => ({
                ActionName: nameOf(action),
                LastAccessedEntity: role.arn,
                LastAccessedTime: lastSeen,
                LastAccessedRegion: region,
              })),
          }
        : null,
    };
  });
}

/**
 * IAM's last-accessed jobs: bound to the session that began them, IN_PROGRESS for a moment, then paged by Marker. They
 * tell the services that the role's policies name or the logs show, failed attempts included, and the actions of those
 * few services that IAM tracks.
 */
export function lastAccessed(options: LastAccessedOptions): LastAccessed {
  const jobs = new Map<string, AccessJob>();
  return {
    generate(role, granularity, caller) {
      const createdAt = options.now();
      const readyAt = new Date(createdAt.getTime() + (options.durationMs ?? 150));
      const id = randomUUID();
      jobs.set(id, { caller, role, granularity, createdAt, readyAt });
      return queryAnswer(iamNamespace, "GenerateServiceLastAccessedDetails", { JobId: id });
    },
    async get(form, caller) {
      const job = jobs.get(form.get("JobId") ?? "");
      if (job === undefined) return null;
      if (job.caller.arn !== caller.arn || job.caller.session !== caller.session) return null;
      const action = "GetServiceLastAccessedDetails";
      const { granularity, createdAt, readyAt } = job;
      const created = { JobType: granularity, JobCreationDate: createdAt.toISOString() };
      if (options.now() < readyAt) {
        const empty = { ServicesLastAccessed: {}, IsTruncated: false };
        return queryAnswer(iamNamespace, action, { JobStatus: "IN_PROGRESS", ...created, ...empty });
      }
      const all = await servicesOf(options.archive, job);
      const from = Number(Buffer.from(form.get("Marker") ?? "", "base64url").toString() || "0") || 0;
      const max = Math.min(1000, Number(form.get("MaxItems") ?? "100") || 100);
      const next = from + max < all.length ? String(from + max) : null;
      return queryAnswer(iamNamespace, action, {
        JobStatus: "COMPLETED",
        ...created,
        JobCompletionDate: readyAt.toISOString(),
        ServicesLastAccessed: { member: all.slice(from, from + max) },
        IsTruncated: next !== null,
        Marker: next === null ? null : Buffer.from(next).toString("base64url"),
      });
    },
  };
}
