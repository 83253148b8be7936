import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRequests } from "./decided.ts";
import { eventsOf, type Fixture, makeFixture, type Serving, serve, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();
const state = join(folder.path, "state");

type LoggedRecord = Readonly<Record<string, unknown>> & {
  readonly recipientAccountId: string;
  readonly userIdentity: { readonly arn: string };
};

interface Refusal {
  readonly action: string;
  readonly resource: string;
  /** Of the file in the archive. */
  readonly key: string;
  /** When the hour of its delivery is over. */
  readonly hourAfter: string;
}

const isAsked = ({ source_branch: branch }: { readonly source_branch: string }) =>
  branch.startsWith("plp-asked/");

describe("A call that an enforced role was refused", () => {
  let fixture: Fixture;
  let serving: Serving;
  let arn = "";
  let refused: Refusal;

  beforeAll(async () => {
    fixture = await makeFixture(folder.path, { roles: 1, accounts: 1, eventsPerRole: 60 }, (files) => {
      for (const [path, content] of files)
        if (/\/plp\.(outputs|environments)\.json$/.test(path))
          files.set(path, content.replaceAll('"observe"', '"enforce"'));
    });
    arn = [...fixture.applications.values()].flat()[0] ?? "";
    serving = await serve(state, fixture.options);
    refused = deliverRefusal(fixture.logs, new Date());
  }, 300_000);
  afterAll(async () => {
    await serving.stop();
    folder.remove();
  }, 60_000);

  it("stands in a request of its own once the hour of its delivery was read, apart from what was used", async () => {
    await until(async () => (await isDelivered()) || undefined);
    await tellHour(refused.hourAfter);
    const found = await until(async () =>
      (await openRequests(serving.gitlab.as("reviewer-1"))).find(isAsked),
    );
    expect(found.title).toMatch(/^Draft: .*: 1 missing permission/);
    expect(found.description).toContain(refused.action);
    const proposals = (await eventsOf(state, arn)).filter(({ type }) => type === "PolicyProposed");
    const asked = proposals.find(({ data }) => data.kind === "asked");
    expect(asked?.data).toMatchObject({ added: [{ action: refused.action, resource: refused.resource }] });
    const used = proposals.filter(({ data }) => data.kind === "grow");
    expect(JSON.stringify(used.map(({ data }) => data.added))).not.toContain(refused.action);
  });

  it("is asked once, however often its hour is told", async () => {
    const before = (await eventsOf(state, arn)).length;
    for (let times = 0; times < 2; times += 1) await tellHour(refused.hourAfter);
    await until(async () => (await isIdle()) || undefined);
    expect((await eventsOf(state, arn)).length).toBe(before);
    const open = await openRequests(serving.gitlab.as("reviewer-1"));
    expect(open.filter(isAsked)).toHaveLength(1);
  });

  async function withSqs<T>(use: (client: SQSClient) => Promise<T>): Promise<T> {
    const { sqs: endpoint, awsRegion: region, awsAccessKeyId, awsSecretAccessKey } = serving.endpoints;
    const credentials = { accessKeyId: awsAccessKeyId, secretAccessKey: awsSecretAccessKey };
    const client = new SQSClient({ endpoint, region, credentials });
    try {
      return await use(client);
    } finally {
      client.destroy();
    }
  }

  /** Does the archive's bucket list the file? */
  async function isDelivered(): Promise<boolean> {
    const { s3: endpoint, archive: Bucket, awsRegion: region, ...keys } = serving.endpoints;
    const credentials = { accessKeyId: keys.awsAccessKeyId, secretAccessKey: keys.awsSecretAccessKey };
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const { KeyCount = 0 } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: refused.key }));
    client.destroy();
    return KeyCount > 0;
  }

  /** What the schedule says every hour. */
  const tellHour = (at: string) =>
    withSqs((client) =>
      client.send(
        new SendMessageCommand({
          QueueUrl: serving.endpoints.queues.rounds,
          MessageBody: JSON.stringify({ v: 1, type: "hour", at }),
        }),
      ),
    );

  /** No message waits and none is being worked at. */
  const isIdle = () =>
    withSqs(async (client) => {
      for (const QueueUrl of Object.values(serving.endpoints.queues)) {
        const { Attributes = {} } = await client.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
        );
        const { ApproximateNumberOfMessages: waiting, ApproximateNumberOfMessagesNotVisible: taken } =
          Attributes;
        if (waiting !== "0" || taken !== "0") return false;
      }
      return true;
    });
});

/** Looks until there is something; the limit is only against a system that hangs. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(100);
  }
  throw new Error("it did not come");
}

function recordsBelow(logs: string): readonly LoggedRecord[] {
  const files = readdirSync(logs, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".json.gz"),
  );
  return files.flatMap((file) => JSON.parse(gunzipSync(readFileSync(join(logs, file))).toString()).Records);
}

/** The role calls what nothing allows, as CloudTrail would deliver it. */
function deliverRefusal(logs: string, at: Date): Refusal {
  const like = recordsBelow(logs).find(({ userIdentity }) => userIdentity.arn?.includes(":assumed-role/"));
  if (like === undefined) throw new Error(`no record of a role below ${logs}`);
  const account = like.recipientAccountId;
  const [action, resource] = ["s3:PutBucketVersioning", "arn:aws:s3:::alarms-of-nobody"];
  const eventTime = at.toISOString().replace(/\.\d+Z$/, "Z");
  const record = {
    ...like,
    ...{ eventID: "5a0b4cc9-3a0b-4773-a773-6891a7e8e568", eventTime },
    ...{ eventSource: "s3.amazonaws.com", eventName: "PutBucketVersioning", awsRegion: "eu-central-1" },
    requestParameters: { bucketName: "alarms-of-nobody", versioning: "" },
    ...{ responseElements: null, resources: null, errorCode: "AccessDenied" },
    errorMessage: `User: ${like.userIdentity.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  };
  const [day = "", time = ""] = eventTime.split("T");
  const stamp = `${day.replaceAll("-", "")}T${time.slice(0, 5).replace(":", "")}Z`;
  const place = `AWSLogs/${account}/CloudTrail/eu-central-1/${day.replaceAll("-", "/")}`;
  const key = `${place}/${account}_CloudTrail_eu-central-1_${stamp}_AAAABBBBCCCCDDDD.json.gz`;
  const file = join(logs, key);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, gzipSync(JSON.stringify({ Records: [record] })));
  const hour = 3_600_000;
  return {
    action,
    resource,
    key,
    hourAfter: new Date((Math.floor(at.getTime() / hour) + 1) * hour).toISOString(),
  };
}
