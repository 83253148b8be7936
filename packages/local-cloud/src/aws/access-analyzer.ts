import type { LogArchive } from "../archive/index.ts";
import { type Directory, parseRoleArn } from "./accounts.ts";
import { generatedPolicy } from "./generated-policy.ts";
import type { AwsRequest, AwsResponse } from "./http.ts";
import { policyChecks } from "./policy-checks.ts";
import type { Job, Jobs } from "./policy-generation-jobs.ts";
import { invalid, quota, restError, unknownOperation } from "./rest-errors.ts";
import type { Caller } from "./signature.ts";
import { type StartRequest, validateStart } from "./start-policy-generation.ts";

export interface AnalyzerOptions {
  readonly archive: LogArchive;
  readonly directory: Directory;
  readonly jobs: Jobs;
  readonly now: () => Date;
  /** How long a generation takes that reads so many files, in milliseconds. */
  readonly duration?: (files: number) => number;
  /** AWS's: 100,000 files for one generation. */
  readonly maxFiles?: number;
}

/** Where AWS allows five generations a day: its quota page. Everywhere else fifty. */
const smallRegions = new Set(["af-south-1", "ap-east-1", "ap-southeast-3", "eu-south-1", "me-south-1"]);
export const dailyQuota = (region: string) => (smallRegions.has(region) ? 5 : 50);

const json = (value: unknown): AwsResponse => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

function regionsOf(job: Pick<Job, "trails" | "region">): ReadonlySet<string> | null {
  if (job.trails.some((trail) => trail.allRegions === true)) return null;
  const named = job.trails.flatMap((trail) => trail.regions ?? []);
  return new Set(named.length === 0 ? [job.region] : named);
}

async function filesOf(archive: LogArchive, job: Pick<Job, "trails" | "region">, of: StartRequest) {
  const regions = regionsOf(job);
  const account = parseRoleArn(of.principalArn)?.accountId;
  return (await archive.objects()).filter(
    ({ accountId, region, deliveredAt }) =>
      accountId === account &&
      (regions === null || regions.has(region)) &&
      Date.parse(deliveredAt) >= Date.parse(of.startTime) &&
      Date.parse(deliveredAt) <= Date.parse(of.endTime) + 3_600_000,
  ).length;
}

async function start(options: AnalyzerOptions, request: AwsRequest, caller: Caller, region: string) {
  const { jobs } = options;
  const valid = validateStart(request.body, caller, options.now());
  if (valid.kind === "refused") return valid.response;
  const of = valid.request;
  const recent = jobs.since(caller.accountId, 7 * 24);
  const again = recent.find((job) => of.clientToken !== null && job.clientToken === of.clientToken);
  if (again !== undefined) {
    return again.request === of.canonical && again.region === region
      ? json({ jobId: again.jobId })
      : invalid("other", "clientToken was used before with other parameters.");
  }
  const running = recent.find((job) => jobs.status(job) === "IN_PROGRESS");
  if (running !== undefined) {
    return restError(409, "ConflictException", "A policy generation is in progress for this account.", {
      resourceId: running.jobId,
      resourceType: "PolicyGeneration",
    });
  }
  if (jobs.since(caller.accountId, 24).length >= dailyQuota(region)) {
    return quota(
      `The quota of ${dailyQuota(region)} policy generations per day is used up.`,
      caller.accountId,
    );
  }
  const files = await filesOf(options.archive, { trails: of.trails, region }, of);
  const failure = failureOf(options, of, files);
  const duration = (options.duration ?? ((count) => 300 + Math.min(count, 1500)))(files);
  const { principalArn, clientToken, canonical, trails, startTime, endTime } = of;
  const job = jobs.add(
    {
      accountId: caller.accountId,
      region,
      principalArn,
      clientToken,
      request: canonical,
      trails,
      startTime,
      endTime,
      outcome: failure === null ? "SUCCEEDED" : "FAILED",
      jobError: failure,
    },
    duration,
  );
  return json({ jobId: job.jobId });
}

function failureOf(options: AnalyzerOptions, of: StartRequest, files: number): Job["jobError"] {
  if (options.directory.role(of.principalArn) === undefined) {
    const message = `The principal ${of.principalArn} does not exist.`;
    return { code: "RESOURCE_NOT_FOUND_ERROR", message };
  }
  const max = options.maxFiles ?? 100_000;
  if (files <= max) return null;
  const message = `${files} CloudTrail log files exceed the quota of ${max} files for a policy generation.`;
  return { code: "SERVICE_QUOTA_EXCEEDED_ERROR", message };
}

function jobOf(options: AnalyzerOptions, id: string, caller: Caller, region: string): Job | AwsResponse {
  const job = options.jobs.get(id);
  const visible =
    job !== undefined &&
    job.accountId === caller.accountId &&
    job.region === region &&
    options.jobs.since(caller.accountId, 7 * 24).includes(job);
  if (visible) return job;
  return invalid("fieldValidationFailed", `The policy generation job ${id} does not exist.`, [
    { name: "jobId", message: "The job does not exist or was requested more than seven days ago." },
  ]);
}

async function result(options: AnalyzerOptions, job: Job, query: URLSearchParams): Promise<AwsResponse> {
  const { jobs, archive } = options;
  const status = jobs.status(job);
  const flags = {
    resourcePlaceholders: query.get("includeResourcePlaceholders") === "true",
    serviceLevelTemplate: query.get("includeServiceLevelTemplate") === "true",
  };
  const { principalArn, startTime, endTime, startedOn, jobId, jobError } = job;
  let generated: ReturnType<typeof generatedPolicy> | null = null;
  if (status === "SUCCEEDED") {
    const activity = await archive.activity();
    const used = activity.used(principalArn, startTime, endTime, regionsOf(job)).map(({ action }) => action);
    generated = generatedPolicy(used, parseRoleArn(principalArn)?.partition ?? "aws", flags);
  }
  const completedOn = jobs.completedOn(job);
  const trailProperties = job.trails.map(({ cloudTrailArn, regions, allRegions }) => ({
    cloudTrailArn,
    regions: regions ?? [],
    allRegions: allRegions ?? false,
  }));
  return json({
    jobDetails: {
      jobId,
      status,
      startedOn,
      ...(completedOn === null ? {} : { completedOn }),
      ...(status === "FAILED" && jobError !== null ? { jobError } : {}),
    },
    generatedPolicyResult: {
      properties: {
        principalArn,
        ...(generated === null ? {} : { isComplete: generated.isComplete }),
        cloudTrailProperties: { trailProperties, startTime, endTime },
      },
      ...(generated === null ? {} : { generatedPolicies: generated.policies.map((policy) => ({ policy })) }),
    },
  });
}

function list(options: AnalyzerOptions, query: URLSearchParams, caller: Caller, region: string): AwsResponse {
  const { jobs } = options;
  const max = query.get("maxResults") ?? "100";
  if (!/^[1-9]\d{0,5}$/.test(max)) {
    return invalid("fieldValidationFailed", "maxResults is invalid.", [
      { name: "maxResults", message: "Must be a whole number of at least 1." },
    ]);
  }
  const principal = query.get("principalArn");
  const all = jobs
    .since(caller.accountId, 7 * 24)
    .filter((job) => job.region === region && (principal === null || job.principalArn === principal));
  const token = query.get("nextToken");
  const from = token === null ? 0 : all.findIndex(({ jobId }) => tokenOf(jobId) === token);
  if (from < 0) {
    return invalid("fieldValidationFailed", "nextToken is invalid.", [
      { name: "nextToken", message: "The token is not one of this list." },
    ]);
  }
  const page = all.slice(from, from + Number(max));
  const next = all[from + page.length];
  return json({
    policyGenerations: page.map((job) => {
      const completedOn = jobs.completedOn(job);
      const { jobId, principalArn, startedOn } = job;
      const status = jobs.status(job);
      return { jobId, principalArn, status, startedOn, ...(completedOn === null ? {} : { completedOn }) };
    }),
    ...(next === undefined ? {} : { nextToken: tokenOf(next.jobId) }),
  });
}

const tokenOf = (jobId: string) => Buffer.from(`from ${jobId}`).toString("base64url");

/**
 * The policy part of IAM Access Analyzer by its real wire format (REST-JSON): generations (start, get, list, cancel), with
 * one at a time in an account (409), its daily quota (402) and results that are kept for seven days; and policy checks.
 */
export function accessAnalyzer(
  options: AnalyzerOptions,
): (request: AwsRequest, caller: Caller, region: string) => Promise<AwsResponse> {
  return async (request, caller, region) => {
    if (!request.path.startsWith("/policy/generation")) return policyChecks(request);
    // Job ids are made of hexadecimal digits and dashes: what is percent-encoded is none of them.
    const match = /^\/policy\/generation(?:\/([^/]+))?\/?$/.exec(request.path);
    if (match === null) return unknownOperation(request);
    const id = match[1];
    if (id === undefined) {
      if (request.method === "PUT") return start(options, request, caller, region);
      return request.method === "GET"
        ? list(options, request.query, caller, region)
        : unknownOperation(request);
    }
    if (request.method !== "GET" && request.method !== "PUT") return unknownOperation(request);
    const job = jobOf(options, id, caller, region);
    if ("status" in job) return job;
    if (request.method === "GET") return result(options, job, request.query);
    if (options.jobs.status(job) === "IN_PROGRESS") options.jobs.cancel(job);
    return json({});
  };
}
