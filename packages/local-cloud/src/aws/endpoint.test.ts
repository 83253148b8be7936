import {
  AccessAnalyzerClient,
  CancelPolicyGenerationCommand,
  GetGeneratedPolicyCommand,
  ListPolicyGenerationsCommand,
  paginateListPolicyGenerations,
  StartPolicyGenerationCommand,
} from "@aws-sdk/client-accessanalyzer";
import {
  GenerateServiceLastAccessedDetailsCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetServiceLastAccessedDetailsCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLogArchive } from "../archive/index.ts";
import {
  account,
  handClock,
  organization,
  otherAccount,
  roleArn,
  shopFiles,
  temporaryFolder,
  writeFiles,
} from "../testing/logs.ts";
import { awsEndpoint } from "./endpoint.ts";
import { type RunningServer, serve } from "./http.ts";
import { openIam } from "./iam/state.ts";
import { openJobs } from "./policy-generation-jobs.ts";
import { hubCredentials, localCredentials } from "./signature.ts";

let folder: ReturnType<typeof temporaryFolder>;
let clock: ReturnType<typeof handClock>;
let server: RunningServer;
let jobs: ReturnType<typeof openJobs>;
let fault: "throttled" | "internal" | null;

beforeEach(async () => {
  folder = temporaryFolder();
  clock = handClock();
  fault = null;
  writeFiles(folder.path, shopFiles);
  const archive = await openLogArchive(folder.path);
  jobs = openJobs(`${folder.path}/state/jobs.state`, clock);
  const handle = awsEndpoint({
    archive,
    state: openIam({ folder: `${folder.path}/iam`, roles: organization.roles, clock }),
    jobs,
    credentials: localCredentials(clock),
    readerRole: "plp-reader",
    managementRole: "iam-management",
    now: () => clock.now(),
    fault: () => fault,
  });
  server = await serve(handle, 0);
});
afterEach(async () => {
  await server.stop();
  folder.remove();
});

const at = (region = "eu-central-1") => ({ endpoint: server.url, region, maxAttempts: 1 });
const hub = { credentials: hubCredentials };

async function session(of = account) {
  const sts = new STSClient({ ...at(), ...hub });
  const RoleArn = `arn:aws:iam::${of}:role/plp-reader`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "plp-test" }));
  return {
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    },
  };
}

const startOf = (more: Readonly<Record<string, unknown>> = {}) =>
  new StartPolicyGenerationCommand({
    policyGenerationDetails: { principalArn: roleArn },
    cloudTrailDetails: {
      trails: [{ cloudTrailArn: `arn:aws:cloudtrail:eu-central-1:${account}:trail/org`, allRegions: true }],
      accessRole: `arn:aws:iam::${account}:role/plp-analyzer`,
      startTime: new Date("2026-02-24T00:00:00Z"),
      endTime: new Date("2026-03-02T12:00:00Z"),
    },
    ...more,
  });

const refusal = async (call: Promise<unknown>) =>
  call.then(
    () => ({ name: "none", message: "" }),
    (error: Error & { $metadata?: { httpStatusCode?: number } }) =>
      Object.assign(error, { status: error.$metadata?.httpStatusCode }),
  );

describe("STS", () => {
  it("hands out sessions of the reader role and says who calls", async () => {
    const sts = new STSClient({ ...at(), ...(await session()) });
    const me = await sts.send(new GetCallerIdentityCommand({}));
    expect(me).toMatchObject({
      Account: account,
      Arn: `arn:aws:sts::${account}:assumed-role/plp-reader/plp-test`,
    });
  });

  it("refuses other roles and unknown accounts, bad names, and too long a chained session", async () => {
    const sts = new STSClient({ ...at(), ...hub });
    const assume = (RoleArn: string, more = {}) =>
      refusal(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "plp", ...more })));
    expect(await assume(roleArn)).toMatchObject({ name: "AccessDenied", status: 403 });
    expect(await assume("arn:aws:iam::999999999999:role/plp-reader")).toMatchObject({ name: "AccessDenied" });
    const reader = `arn:aws:iam::${account}:role/plp-reader`;
    expect(await assume(reader, { RoleSessionName: "a b" })).toMatchObject({
      name: "ValidationError",
      status: 400,
    });
    const chained = new STSClient({ ...at(), ...(await session()) });
    const long = new AssumeRoleCommand({ RoleArn: reader, RoleSessionName: "plp", DurationSeconds: 7200 });
    expect((await refusal(chained.send(long))).message).toContain("1 hour session limit");
    expect(await refusal(sts.send(new GetSessionTokenCommand({})))).toMatchObject({ name: "InvalidAction" });
  });

  it("tells unknown, wrong and expired credentials apart, each service in its own words", async () => {
    const unknown = { credentials: { accessKeyId: "AKIAUNKNOWNUNKNOWN00", secretAccessKey: "x" } };
    const who = new GetCallerIdentityCommand({});
    const list = new ListPolicyGenerationsCommand({});
    expect(await refusal(new STSClient({ ...at(), ...unknown }).send(who))).toMatchObject({
      name: "InvalidClientTokenId",
      status: 403,
    });
    expect(await refusal(new AccessAnalyzerClient({ ...at(), ...unknown }).send(list))).toMatchObject({
      name: "UnrecognizedClientException",
    });
    const own = await session();
    const forged = { credentials: { ...own.credentials, sessionToken: "other" } };
    expect(await refusal(new STSClient({ ...at(), ...forged }).send(who))).toMatchObject({
      name: "InvalidClientTokenId",
    });
    clock.forward(3_600_001);
    expect(await refusal(new STSClient({ ...at(), ...own }).send(who))).toMatchObject({
      name: "ExpiredToken",
    });
    expect(await refusal(new AccessAnalyzerClient({ ...at(), ...own }).send(list))).toMatchObject({
      name: "ExpiredTokenException",
    });
  });
});

describe("IAM", () => {
  it("describes a role of the session's account with its id, last use and policies", async () => {
    const iam = new IAMClient({ ...at(), ...(await session()) });
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "shop-prod" }));
    expect(Role).toMatchObject({
      Arn: roleArn,
      Path: "/ci/",
      RoleId: "AROAEXAMPLESHOPPROD01",
      RoleLastUsed: { LastUsedDate: new Date("2026-03-02T11:01:00Z"), Region: "eu-central-1" },
    });
    const { AttachedPolicies } = await iam.send(
      new ListAttachedRolePoliciesCommand({ RoleName: "shop-prod" }),
    );
    const PolicyArn = AttachedPolicies?.[0]?.PolicyArn ?? "";
    expect(AttachedPolicies).toEqual([
      { PolicyName: "initial", PolicyArn: `arn:aws:iam::${account}:policy/shop/initial` },
    ]);
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    expect(Policy).toMatchObject({ DefaultVersionId: "v1", Path: "/shop/" });
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ""))).toMatchObject({
      Version: "2012-10-17",
    });
    expect(
      (await iam.send(new ListRolePoliciesCommand({ RoleName: "shop-prod" }))).PolicyNames ?? [],
    ).toEqual([]);
  });

  it("knows nothing of other accounts and answers unknown operations as IAM does", async () => {
    const iam = new IAMClient({ ...at(), ...(await session(otherAccount)) });
    expect(await refusal(iam.send(new GetRoleCommand({ RoleName: "shop-prod" })))).toMatchObject({
      name: "NoSuchEntityException",
      status: 404,
    });
    const generate = new GenerateServiceLastAccessedDetailsCommand({ Arn: roleArn });
    expect(await refusal(iam.send(generate))).toMatchObject({ name: "NoSuchEntityException" });
    expect(await refusal(iam.send(new ListUsersCommand({})))).toMatchObject({
      name: "InvalidAction",
      status: 400,
    });
  });

  it("answers a last-accessed job in its own session only, after a moment, page by page", async () => {
    const own = await session();
    const iam = new IAMClient({ ...at(), ...own });
    const { JobId } = await iam.send(
      new GenerateServiceLastAccessedDetailsCommand({ Arn: roleArn, Granularity: "ACTION_LEVEL" }),
    );
    const get = (more = {}) => iam.send(new GetServiceLastAccessedDetailsCommand({ JobId, ...more }));
    expect((await get()).JobStatus).toBe("IN_PROGRESS");
    clock.forward(200);
    const other = new IAMClient({ ...at(), ...(await session()) });
    expect(await refusal(other.send(new GetServiceLastAccessedDetailsCommand({ JobId })))).toMatchObject({
      name: "NoSuchEntityException",
    });
    const first = await get({ MaxItems: 2 });
    expect(first).toMatchObject({ JobStatus: "COMPLETED", IsTruncated: true });
    const rest = await get({ Marker: first.Marker });
    const services = [...(first.ServicesLastAccessed ?? []), ...(rest.ServicesLastAccessed ?? [])];
    expect(services.map(({ ServiceNamespace }) => ServiceNamespace)).toEqual(["ec2", "route53", "s3", "sqs"]);
    expect(services.at(-1)?.LastAuthenticated).toBeUndefined();
    // A failed attempt counts as access, an object's event does not show.
    expect(services[0]?.TrackedActionsLastAccessed?.map(({ ActionName }) => ActionName)).toEqual([
      "DescribeInstances",
      "GetPasswordData",
      "RunInstances",
    ]);
    expect(services[2]?.TrackedActionsLastAccessed?.map(({ ActionName }) => ActionName)).toEqual([
      "GetBucketPolicy",
      "ListAllMyBuckets",
    ]);
  });
});

describe("Access Analyzer", () => {
  const analyzer = async (of = account, region?: string) =>
    new AccessAnalyzerClient({ ...at(region), ...(await session(of)) });

  it("takes its time, then answers with what was called and tried, by ARN template", async () => {
    const client = await analyzer();
    const { jobId } = await client.send(startOf());
    const get = (more = {}) => client.send(new GetGeneratedPolicyCommand({ jobId, ...more }));
    expect((await get()).jobDetails?.status).toBe("IN_PROGRESS");
    clock.forward(2000);
    const answer = await get({ includeResourcePlaceholders: true, includeServiceLevelTemplate: true });
    expect(answer.jobDetails).toMatchObject({
      status: "SUCCEEDED",
      startedOn: new Date("2026-03-02T12:00:00Z"),
    });
    expect(answer.generatedPolicyResult?.properties).toMatchObject({
      principalArn: roleArn,
      isComplete: false,
    });
    const policy = JSON.parse(answer.generatedPolicyResult?.generatedPolicies?.[0]?.policy ?? "");
    expect(policy.Statement[0]).toEqual({
      Sid: "SupportedServiceSid0",
      Effect: "Allow",
      Action: ["ec2:DescribeInstances", "s3:ListAllMyBuckets"],
      Resource: "*",
    });
    const resources = policy.Statement.map((statement: { Resource: string }) => statement.Resource);
    expect(resources).toContain("arn:aws:ec2:${Region}:${Account}:network-interface/${NetworkInterfaceId}");
    expect(resources).toContain("arn:aws:s3:::${BucketName}");
    expect(JSON.stringify(policy)).toContain("ec2:GetPasswordData");
    expect(JSON.stringify(policy)).not.toContain("s3:GetObject");
    expect(policy.Statement.at(-1)).toMatchObject({ Sid: "UnsupportedServiceSid0", Action: "route53:*" });
    const plain = JSON.parse((await get()).generatedPolicyResult?.generatedPolicies?.[0]?.policy ?? "");
    expect(plain.Statement).toHaveLength(1);
    expect(plain.Statement[0].Resource).toBe("*");
  });

  it("runs one generation at a time in an account, and the same token is the same job", async () => {
    const client = await analyzer();
    const first = await client.send(startOf({ clientToken: "t1" }));
    expect(await client.send(startOf({ clientToken: "t1" }))).toMatchObject({ jobId: first.jobId });
    expect(await refusal(client.send(startOf({ clientToken: "t2" })))).toMatchObject({
      name: "ConflictException",
      status: 409,
      resourceId: first.jobId,
    });
    clock.forward(2000);
    const other = startOf({ clientToken: "t1", policyGenerationDetails: { principalArn: `${roleArn}x` } });
    expect(await refusal(client.send(other))).toMatchObject({ name: "ValidationException" });
    expect((await client.send(startOf({ clientToken: "t2" }))).jobId).not.toBe(first.jobId);
  });

  it("keeps the daily quota until a day has passed or was turned; cancelled generations count", async () => {
    const client = await analyzer(account, "eu-south-1");
    for (let count = 0; count < 5; count += 1) {
      const { jobId } = await client.send(startOf());
      if (count === 0) await client.send(new CancelPolicyGenerationCommand({ jobId }));
      clock.forward(2000);
    }
    const refused = await refusal(client.send(startOf()));
    expect(refused).toMatchObject({
      name: "ServiceQuotaExceededException",
      status: 402,
      resourceId: account,
    });
    expect(jobs.turnDay()).toBe(true);
    await client.send(startOf());
    const { policyGenerations } = await client.send(new ListPolicyGenerationsCommand({}));
    expect(policyGenerations?.map(({ status }) => status)).toEqual([
      "IN_PROGRESS",
      ...Array<string>(4).fill("SUCCEEDED"),
      "CANCELED",
    ]);
  });

  it("lists by principal and page, for seven days, and forgets", async () => {
    const client = await analyzer();
    const ids: (string | undefined)[] = [];
    for (let count = 0; count < 5; count += 1) {
      ids.unshift((await client.send(startOf())).jobId);
      clock.forward(2000);
    }
    const found: (string | undefined)[] = [];
    for await (const page of paginateListPolicyGenerations(
      { client, pageSize: 2 },
      { principalArn: roleArn },
    )) {
      expect(page.policyGenerations?.length).toBeLessThanOrEqual(2);
      found.push(...(page.policyGenerations ?? []).map(({ jobId }) => jobId));
    }
    expect(found).toEqual(ids);
    const none = new ListPolicyGenerationsCommand({ principalArn: `${roleArn}-other` });
    expect((await client.send(none)).policyGenerations).toEqual([]);
    clock.forward(7 * 86_400_000);
    const late = await analyzer();
    expect((await late.send(new ListPolicyGenerationsCommand({}))).policyGenerations).toEqual([]);
    expect(await refusal(late.send(new GetGeneratedPolicyCommand({ jobId: ids[0] })))).toMatchObject({
      name: "ValidationException",
      reason: "fieldValidationFailed",
    });
  });

  it("refuses what AWS refuses: another account, no trail, a bad range, an unknown job, an unknown operation", async () => {
    const client = await analyzer(otherAccount);
    expect(await refusal(client.send(startOf()))).toMatchObject({ name: "ValidationException", status: 400 });
    const own = await analyzer();
    const { jobId } = await own.send(startOf());
    expect(await refusal(client.send(new GetGeneratedPolicyCommand({ jobId })))).toMatchObject({
      name: "ValidationException",
    });
    const bare = new StartPolicyGenerationCommand({ policyGenerationDetails: { principalArn: roleArn } });
    expect(await refusal(own.send(bare))).toMatchObject({ name: "ValidationException" });
    const input = startOf().input;
    const long = { ...input.cloudTrailDetails, startTime: new Date("2025-01-01T00:00:00Z") };
    const tooLong = new StartPolicyGenerationCommand({ ...input, cloudTrailDetails: long as never });
    expect((await refusal(own.send(tooLong))).message).toContain("90 days");
  });

  it("fails a job for a principal that is not there", async () => {
    const client = await analyzer();
    const { jobId } = await client.send(
      startOf({ policyGenerationDetails: { principalArn: `${roleArn}-gone` } }),
    );
    clock.forward(2000);
    const { jobDetails, generatedPolicyResult } = await client.send(new GetGeneratedPolicyCommand({ jobId }));
    expect(jobDetails).toMatchObject({ status: "FAILED", jobError: { code: "RESOURCE_NOT_FOUND_ERROR" } });
    expect(generatedPolicyResult?.generatedPolicies).toBeUndefined();
  });

  it("keeps its jobs over a restart", async () => {
    const client = await analyzer();
    const { jobId = "" } = await client.send(startOf());
    const again = openJobs(`${folder.path}/state/jobs.state`, clock);
    const job = again.get(jobId);
    expect(job && again.status(job)).toBe("IN_PROGRESS");
    expect(again.since(account, 24)).toHaveLength(1);
  });

  it("says when to try again after a throttle", async () => {
    const client = await analyzer();
    fault = "throttled";
    expect(await refusal(client.send(new ListPolicyGenerationsCommand({})))).toMatchObject({
      name: "ThrottlingException",
      retryAfterSeconds: 2,
    });
  });
});
