import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  AccessAnalyzerClient,
  ListPolicyGenerationsCommand,
  StartPolicyGenerationCommand,
} from "@aws-sdk/client-accessanalyzer";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLogArchive } from "./archive/index.ts";
import { type LocalCloud, startLocalCloud } from "./cloud.ts";
import { type Endpoints, readEndpoints } from "./endpoints-file.ts";
import { account, organization, roleArn, shopFiles, temporaryFolder, writeFiles } from "./testing/logs.ts";

let folder: ReturnType<typeof temporaryFolder>;
let cloud: LocalCloud | undefined;
const logs = () => `${folder.path}/logs`;
const state = () => `${folder.path}/state`;

beforeEach(() => {
  folder = temporaryFolder();
  writeFiles(logs(), shopFiles);
});
afterEach(async () => {
  await cloud?.stop();
  cloud = undefined;
  folder.remove();
});

async function start(): Promise<LocalCloud> {
  const archive = await openLogArchive(logs());
  cloud = await startLocalCloud({ state: state(), organization, archive, gitlab: false });
  return cloud;
}

/** The cloud in another process, which ends by kill -9. */
async function startChild(): Promise<{
  readonly endpoints: Endpoints;
  kill(): Promise<void>;
  readonly pid: number;
}> {
  const script = fileURLToPath(new URL("./testing/child.ts", import.meta.url));
  const child = spawn(process.execPath, [script, state(), logs()], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`the child ended with ${code}`)));
  });
  const endpoints = readEndpoints(state());
  if (endpoints === null) throw new Error("the child wrote no endpoints");
  return {
    endpoints,
    pid: child.pid ?? 0,
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function clientsOf(endpoints: Endpoints) {
  const { awsAccessKeyId: accessKeyId, awsSecretAccessKey: secretAccessKey, awsRegion } = endpoints;
  const at = { region: awsRegion, credentials: { accessKeyId, secretAccessKey } };
  return {
    sqs: new SQSClient({ ...at, endpoint: endpoints.sqs }),
    table: new DynamoDBClient({ ...at, endpoint: endpoints.dynamodb }),
    sts: new STSClient({ ...at, endpoint: endpoints.accessAnalyzer }),
  };
}

async function analyzerOf(endpoints: Endpoints): Promise<AccessAnalyzerClient> {
  const RoleArn = `arn:aws:iam::${account}:role/plp-reader`;
  const { sts } = clientsOf(endpoints);
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "plp-test" }));
  return new AccessAnalyzerClient({
    region: "eu-central-1",
    endpoint: endpoints.accessAnalyzer,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    },
  });
}

const generation = new StartPolicyGenerationCommand({
  policyGenerationDetails: { principalArn: roleArn },
  cloudTrailDetails: {
    trails: [{ cloudTrailArn: `arn:aws:cloudtrail:eu-central-1:${account}:trail/org`, allRegions: true }],
    accessRole: `arn:aws:iam::${account}:role/plp-analyzer`,
    startTime: new Date("2026-02-24T00:00:00Z"),
    endTime: new Date("2026-03-02T12:00:00Z"),
  },
});

describe("the local cloud", () => {
  it("says where it is in a file that only its owner reads, and removes it at the stop", async () => {
    const { endpoints, env } = await start();
    const file = `${state()}/endpoints.json`;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(endpoints);
    for (const url of [endpoints.sqs, endpoints.dynamodb, endpoints.s3, endpoints.accessAnalyzer]) {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    }
    expect(env.PLP_QUEUE_ANALYSIS).toBe(`${endpoints.sqs}/000000000000/plp-analysis.fifo`);
    expect(env).toMatchObject({
      AWS_ENDPOINT_URL_STS: endpoints.accessAnalyzer,
      PLP_TABLE: "plp",
      PLP_BLOBS: "plp-blobs",
    });
    expect(cloud?.envFor("merge").PLP_DEAD_LETTERS).toBe(`${endpoints.sqs}/000000000000/plp-merge-dead`);
    cloud?.announce({ web: "http://127.0.0.1:1" });
    expect(readEndpoints(state())?.web).toBe("http://127.0.0.1:1");
    await cloud?.stop();
    expect(existsSync(file)).toBe(false);
  });

  it("starts GitLab too and names its project and token", async () => {
    const archive = await openLogArchive(logs());
    const filled = { ...organization, files: new Map([["README.md", "hello\n"]]) };
    const bot = { id: 2, username: "plp", name: "PLP", accessLevel: 30, bot: true } as const;
    cloud = await startLocalCloud({ state: state(), organization: { ...filled, users: [bot] }, archive });
    const { gitlab, gitlabProject = "", gitlabToken = "" } = cloud.endpoints;
    const address = `${gitlab}/api/v4/projects/${encodeURIComponent(gitlabProject)}`;
    const answer = await fetch(address, { headers: { "private-token": gitlabToken } });
    expect(await answer.json()).toMatchObject({ path_with_namespace: gitlabProject });
  });

  it("is refused a second time for the same state, naming the process that has it", async () => {
    await start();
    const archive = await openLogArchive(logs());
    const second = startLocalCloud({ state: state(), organization, archive, gitlab: false });
    await expect(second).rejects.toThrow(new RegExp(`in use by process ${process.pid}`));
    expect(readEndpoints(state())).not.toBeNull();
  });

  it("refuses the state of another live process and takes it over after kill -9", async () => {
    const child = await startChild();
    await expect(start()).rejects.toThrow(new RegExp(`in use by process ${child.pid}`));
    await child.kill();
    expect((await start()).endpoints.pid).toBe(process.pid);
  });

  it("keeps messages, items and generations over kill -9, and shows at once what was in flight", async () => {
    const child = await startChild();
    const before = clientsOf(child.endpoints);
    const QueueUrl = child.endpoints.queues.merge ?? "";
    for (const MessageBody of ["one", "two", "three"])
      await before.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const received = await before.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 2 }));
    expect(received.Messages).toHaveLength(2);
    const lane = { QueueUrl: child.endpoints.queues.analysis ?? "", MessageGroupId: "lane" };
    for (const text of ["first", "second"]) {
      await before.sqs.send(
        new SendMessageCommand({ ...lane, MessageBody: text, MessageDeduplicationId: text }),
      );
    }
    await before.sqs.send(new ReceiveMessageCommand({ QueueUrl: lane.QueueUrl }));
    const key = { pk: { S: "role#x" }, sk: { S: "1" } };
    await before.table.send(new PutItemCommand({ TableName: "plp", Item: { ...key, e: { S: "event" } } }));
    const { jobId } = await (await analyzerOf(child.endpoints)).send(generation);
    await child.kill();

    const after = (await start()).endpoints;
    const { sqs, table } = clientsOf(after);
    const all = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: after.queues.merge, MaxNumberOfMessages: 10 }),
    );
    expect(all.Messages?.map(({ Body }) => Body).sort()).toEqual(["one", "three", "two"]);
    const first = await sqs.send(new ReceiveMessageCommand({ QueueUrl: after.queues.analysis }));
    expect(first.Messages?.map(({ Body }) => Body)).toEqual(["first"]);
    const { Item } = await table.send(new GetItemCommand({ TableName: "plp", Key: key }));
    expect(Item?.e).toEqual({ S: "event" });
    const analyzer = await analyzerOf(after);
    const { policyGenerations } = await analyzer.send(new ListPolicyGenerationsCommand({}));
    expect(policyGenerations).toMatchObject([{ jobId, status: "IN_PROGRESS" }]);
    expect(cloud?.turnDay()).toBe(false);
  });
});
