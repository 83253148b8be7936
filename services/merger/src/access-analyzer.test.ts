import { assumedSessions } from "@plp/clients";
import { systemClock } from "@plp/runtime";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openLogArchive } from "../../../packages/local-cloud/src/archive/index.ts";
import { awsEndpoint } from "../../../packages/local-cloud/src/aws/endpoint.ts";
import { type RunningServer, serve } from "../../../packages/local-cloud/src/aws/http.ts";
import { openIam } from "../../../packages/local-cloud/src/aws/iam/state.ts";
import { openJobs } from "../../../packages/local-cloud/src/aws/policy-generation-jobs.ts";
import { hubCredentials, localCredentials } from "../../../packages/local-cloud/src/aws/signature.ts";
import {
  account,
  organization,
  shopFiles,
  temporaryFolder,
  writeFiles,
} from "../../../packages/local-cloud/src/testing/logs.ts";
import { accessAnalyzerChecks } from "./access-analyzer.ts";

const at = { accountId: account, region: "eu-central-1" };
const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string, more: object = {}) => ({ Effect: "Allow", Action, Resource: "*", ...more });

let folder: ReturnType<typeof temporaryFolder>;
let aws: RunningServer;
let fault: "throttled" | null = null;
let checks: ReturnType<typeof accessAnalyzerChecks>;

beforeAll(async () => {
  folder = temporaryFolder();
  writeFiles(folder.path, shopFiles);
  aws = await serve(
    awsEndpoint({
      archive: await openLogArchive(folder.path),
      state: openIam({ folder: `${folder.path}/iam`, roles: organization.roles, clock: systemClock }),
      jobs: openJobs(`${folder.path}/jobs.state`, systemClock),
      credentials: localCredentials(systemClock),
      ...{ readerRole: "plp-reader", managementRole: "iam-management" },
      now: () => systemClock.now(),
      fault: (service) => (service === "access-analyzer" ? fault : null),
    }),
    0,
  );
  vi.stubEnv("AWS_ENDPOINT_URL_ACCESSANALYZER", aws.url);
  vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
  const region = "eu-central-1";
  checks = accessAnalyzerChecks(
    assumedSessions({ region, readerRole: "plp-reader", credentials: hubCredentials, endpoint: aws.url }),
  );
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws.stop();
  folder.remove();
});

describe("Access Analyzer's checks of policies", () => {
  it("tell what ValidatePolicy finds, with the statement by its Sid or number", async () => {
    const policy = document(allow("iam:PassRole", { Sid: "PlpPassRole" }), allow("sqs:NoSuchCall"));
    expect(await checks.validatePolicy(at, policy)).toMatchObject([
      { type: "SECURITY_WARNING", code: "PASS_ROLE_WITH_STAR_IN_RESOURCE", statement: "PlpPassRole" },
      {
        type: "ERROR",
        code: "INVALID_ACTION",
        statement: "number 1",
        detail: expect.stringContaining("NoSuchCall"),
      },
    ]);
    expect(await checks.validatePolicy(at, document(allow("sqs:TagQueue", { Sid: "A" })))).toEqual([]);
  });

  it("tell whether a policy allows something new, or what it must not", async () => {
    const [narrow, wide] = [document(allow("sqs:TagQueue")), document(allow("sqs:*"))];
    expect(await checks.noNewAccess(at, wide, narrow)).toEqual({ result: "pass" });
    expect(await checks.noNewAccess(at, narrow, wide)).toEqual({
      ...{ result: "fail", reasons: ["New access in the statement with index: 0."] },
    });
    expect(await checks.notGranted(at, wide, ["sqs:Delete*"])).toMatchObject({ result: "fail" });
    expect(await checks.notGranted(at, narrow, ["sqs:Delete*", "iam:*"])).toEqual({ result: "pass" });
  });

  it("fail for a time or for good, with the account and without anything of the request", async () => {
    fault = "throttled";
    await expect(checks.validatePolicy(at, document(allow("sqs:Secret")))).rejects.toMatchObject({
      ...{ code: "aws-ThrottlingException", retryable: true },
      message: expect.stringMatching(/^cannot validate a policy in account \d+, eu-central-1: (?!.*Secret)/),
    });
    fault = null;
    await expect(checks.noNewAccess(at, "[]", "[]")).rejects.toMatchObject({
      ...{ code: "aws-InvalidParameterException", retryable: false },
    });
  });
});
