import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { program, skipUnless } from "../../../../test/support/skip.ts";
import { openLogArchive } from "../archive/index.ts";
import { type LocalCloud, startLocalCloud } from "../cloud.ts";
import {
  account,
  delivered,
  organization,
  roleArn,
  shopFiles,
  temporaryFolder,
  writeFiles,
} from "../testing/logs.ts";

const run = promisify(execFile);

skipUnless(program("aws", "the AWS CLI (aws)"))("the AWS CLI against the endpoints", () => {
  const folder = temporaryFolder();
  let cloud: LocalCloud;
  let environment: Record<string, string>;

  beforeAll(async () => {
    writeFiles(`${folder.path}/logs`, shopFiles);
    const archive = await openLogArchive(`${folder.path}/logs`);
    cloud = await startLocalCloud({ state: `${folder.path}/state`, organization, archive, gitlab: false });
    environment = { ...cloud.env, PATH: process.env.PATH ?? "", HOME: folder.path, AWS_PAGER: "" };
    const pyenv = process.env.PYENV_ROOT ?? process.env.HOME;
    if (pyenv !== undefined) environment.PYENV_ROOT = process.env.PYENV_ROOT ?? `${pyenv}/.pyenv`;
  });
  afterAll(async () => {
    await cloud.stop();
    folder.remove();
  });

  async function aws(text: string, more: Readonly<Record<string, string>> = {}) {
    const options = { env: { ...environment, ...more } };
    const { stdout } = await run("aws", [...text.split(" "), "--output", "json"], options);
    return stdout.trim() === "" ? null : JSON.parse(stdout);
  }

  const at = (service: "sqs" | "dynamodb" | "s3" | "accessAnalyzer") =>
    `--endpoint-url ${cloud.endpoints[service]}`;

  async function assumed(): Promise<Record<string, string>> {
    const role = `arn:aws:iam::${account}:role/plp-reader`;
    const { Credentials } = await aws(
      `sts assume-role --role-arn ${role} --role-session-name cli ${at("accessAnalyzer")}`,
    );
    return {
      AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials.SessionToken,
    };
  }

  it("is answered by STS, IAM and Access Analyzer", async () => {
    const session = await assumed();
    const { Role } = await aws(`iam get-role --role-name shop-prod ${at("accessAnalyzer")}`, session);
    expect(Role).toMatchObject({ Arn: roleArn, RoleId: "AROAEXAMPLESHOPPROD01" });
    const list = await aws(`accessanalyzer list-policy-generations ${at("accessAnalyzer")}`, session);
    expect(list).toEqual({ policyGenerations: [] });
    const unknown = aws(`accessanalyzer get-generated-policy --job-id none ${at("accessAnalyzer")}`, session);
    await expect(unknown).rejects.toThrow(/ValidationException/);
    await expect(aws(`iam list-users ${at("accessAnalyzer")}`, session)).rejects.toThrow(/InvalidAction/);
  }, 60_000);

  it("edits a role as a person in the console would, and reads boundary, trust and policies", async () => {
    const person = { AWS_ACCESS_KEY_ID: account };
    const iam = (text: string, who = person) => aws(`iam ${text} ${at("accessAnalyzer")}`, who);
    const document =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}';
    const { Policy } = await iam(`create-policy --policy-name by-hand --policy-document ${document}`);
    await iam(`attach-role-policy --role-name shop-prod --policy-arn ${Policy.Arn}`);
    await iam(`put-role-permissions-boundary --role-name shop-prod --permissions-boundary ${Policy.Arn}`);
    await iam(`put-role-policy --role-name shop-prod --policy-name in --policy-document ${document}`);
    const session = await assumed();
    const read = (text: string) => aws(`iam ${text} ${at("accessAnalyzer")}`, session);
    const { Role } = await read("get-role --role-name shop-prod");
    expect(Role.PermissionsBoundary.PermissionsBoundaryArn).toBe(Policy.Arn);
    expect(Role.AssumeRolePolicyDocument.Statement[0].Action).toBe("sts:AssumeRole");
    const { AttachedPolicies } = await read("list-attached-role-policies --role-name shop-prod");
    expect(AttachedPolicies.map(({ PolicyName }: { PolicyName: string }) => PolicyName)).toContain("by-hand");
    const { PolicyNames } = await read("list-role-policies --role-name shop-prod");
    expect(PolicyNames).toEqual(["in"]);
    const { PolicyVersion } = await read(`get-policy-version --policy-arn ${Policy.Arn} --version-id v1`);
    expect(PolicyVersion.Document).toEqual(JSON.parse(document));
    await expect(read(`detach-role-policy --role-name shop-prod --policy-arn ${Policy.Arn}`)).rejects.toThrow(
      /AccessDenied/,
    );
  }, 60_000);

  it("is answered by S3, SQS and DynamoDB", async () => {
    const listed = await aws(`s3api list-objects-v2 --bucket ${cloud.endpoints.archive} ${at("s3")}`);
    expect(listed.Contents[0].Key).toBe(delivered("20260302T1005Z"));
    const missing = aws(`s3api head-object --bucket none --key k ${at("s3")}`);
    await expect(missing).rejects.toThrow(/404/);
    const { QueueUrls } = await aws(`sqs list-queues --queue-name-prefix plp-merge ${at("sqs")}`);
    expect(QueueUrls).toContain(cloud.endpoints.queues.merge);
    const { Table } = await aws(`dynamodb describe-table --table-name plp ${at("dynamodb")}`);
    expect(Table.TableStatus).toBe("ACTIVE");
  }, 60_000);
});
