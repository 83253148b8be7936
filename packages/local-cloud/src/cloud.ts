import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { tableDefinition } from "@plp/event-store";
import {
  deadLetterAttributes,
  queueAttributes,
  queues as queueDescriptions,
  queueTitle,
} from "@plp/messaging";
import { type Clock, type Log, messageOf, permanent, silentLog, systemClock } from "@plp/runtime";
import type { LogArchive } from "./archive/index.ts";
import { parseRoleArn } from "./aws/accounts.ts";
import { type AwsService, awsEndpoint } from "./aws/endpoint.ts";
import { type RunningServer, serve } from "./aws/http.ts";
import { type Deployer, iamDeployer } from "./aws/iam/deployer.ts";
import { IamRefusal } from "./aws/iam/refusal.ts";
import { openIam } from "./aws/iam/state.ts";
import { openJobs } from "./aws/policy-generation-jobs.ts";
import { s3 } from "./aws/s3.ts";
import { archiveBucket, folderBucket } from "./aws/s3-buckets.ts";
import { hubCredentials, localCredentials } from "./aws/signature.ts";
import { type Endpoints, removeEndpoints, writeEndpoints } from "./endpoints-file.ts";
import { type LocalGitlab, type LocalGitlabOptions, startLocalGitlab } from "./gitlab/index.ts";
import { lockState } from "./lock.ts";
import type { LocalOrganization, LocalRole } from "./organization.ts";
import { type LocalQueues, startQueues } from "./queues.ts";
import { region, startTable } from "./table.ts";

export interface LocalCloudOptions {
  readonly state: string;
  readonly organization: LocalOrganization;
  readonly archive: LogArchive;
  /** False: the cloud runs without a GitLab. */
  readonly gitlab?: false;
  /** GitLab's; 0 or absent: any free one. */
  readonly port?: number;
  /** A git repository to begin with, in place of the organization's files. */
  readonly clone?: string;
  /** Name, or path and name, of the role that is assumed in every account; default `plp-reader`. */
  readonly readerRole?: string;
  /** Name of the role with which Terraform changes IAM in every account; default `iam-management`. */
  readonly managementRole?: string;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly generationMs?: (files: number) => number;
  readonly fault?: (service: AwsService, action: string) => "throttled" | "internal" | null;
}

export interface LocalCloud {
  readonly endpoints: Endpoints;
  /** For every client and handler: everything but PLP_SETTINGS and what `envFor` adds. */
  readonly env: Readonly<Record<string, string>>;
  /** For the handler of one queue: with its PLP_DEAD_LETTERS. Handlers read the environment once, when they are loaded. */
  envFor(queue: string): Readonly<Record<string, string>>;
  readonly queues: LocalQueues;
  readonly gitlab: LocalGitlab | null;
  /** Lets a day pass for Access Analyzer's quota. Answers false, and does nothing, while a generation runs. */
  turnDay(): boolean;
  /** Puts more into endpoints.json, such as the web page's address. */
  announce(more: Partial<Pick<Endpoints, "web" | "hooks" | "hookSecret" | "settings">>): void;
  stop(): Promise<void>;
}

export const archiveBucketName = "plp-cloudtrail-logs";
/** What Access Analyzer would assume in every account. */
export const analyzerRoleName = "plp-access-analyzer";
const tableName = "plp";
const blobsName = "plp-blobs";
const checkpointsName = "plp-checkpoints";

function queueDefinitions() {
  return Object.values(queueDescriptions).map((queue) => ({
    name: queue.name,
    title: queueTitle(queue),
    deadTitle: queueTitle(queue, "dead-letters"),
    attributes: (deadLetterArn: string) => queueAttributes(queue, deadLetterArn),
    deadAttributes: deadLetterAttributes(queue),
  }));
}

function environment(endpoints: Endpoints): Record<string, string> {
  const { accessAnalyzer } = endpoints;
  const queues = Object.entries(endpoints.queues).map(([name, url]) => [
    `PLP_QUEUE_${name.toUpperCase()}`,
    url,
  ]);
  return {
    AWS_REGION: endpoints.awsRegion,
    // The AWS CLI of version 1 and boto3 read only this one.
    AWS_DEFAULT_REGION: endpoints.awsRegion,
    AWS_ACCESS_KEY_ID: endpoints.awsAccessKeyId,
    AWS_SECRET_ACCESS_KEY: endpoints.awsSecretAccessKey,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_ACCESSANALYZER: accessAnalyzer,
    AWS_ENDPOINT_URL_IAM: accessAnalyzer,
    AWS_ENDPOINT_URL_STS: accessAnalyzer,
    PLP_TABLE: endpoints.table,
    PLP_BLOBS: endpoints.blobs,
    PLP_CHECKPOINTS: endpoints.checkpoints,
    ...Object.fromEntries(queues),
    ...(endpoints.gitlabToken === undefined ? {} : { PLP_GITLAB_TOKEN: endpoints.gitlabToken }),
  };
}

function gitlabOptions(
  { state, organization, port, clone, clock, log }: LocalCloudOptions,
  deployer: Deployer,
): LocalGitlabOptions {
  return {
    state,
    organization,
    deployer,
    ...(log === undefined ? {} : { log }),
    ...(port === undefined ? {} : { port }),
    ...(clone === undefined ? {} : { clone }),
    ...(clock === undefined ? {} : { clock }),
  };
}

/**
 * Starts what stands for AWS and GitLab on this machine (design.md, section 8), all of it kept in the state directory, all
 * of it on 127.0.0.1, and says in `<state>/endpoints.json` where. One process at a time: `state-locked` otherwise. Whatever
 * had started is stopped again when a later part fails.
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { state, organization, archive } = options;
  const clock = options.clock ?? systemClock;
  const log = options.log ?? silentLog;
  const stops: (() => void | Promise<void>)[] = [];

  async function stop(): Promise<void> {
    for (const each of stops.splice(0).reverse()) {
      try {
        await each();
      } catch (error) {
        log.warn("A part of the local cloud did not stop cleanly", { reason: messageOf(error) });
      }
    }
  }

  async function started<T extends { stop(): Promise<void> }>(part: Promise<T>): Promise<T> {
    const running = await part;
    stops.push(() => running.stop());
    return running;
  }

  async function endpoint(handle: Parameters<typeof serve>[0]): Promise<RunningServer> {
    return started(
      serve(handle, 0, (error) => log.error("An endpoint failed", { reason: messageOf(error) })),
    );
  }

  try {
    const lock = lockState(state);
    stops.push(() => lock.release());
    removeEndpoints(state);
    mkdirSync(state, { recursive: true });
    const credentials = localCredentials(clock);
    const logAccounts = (await archive.objects()).map(({ accountId }) => accountId);
    const iam = openIam({
      folder: join(state, "iam"),
      roles: [...organization.roles, ...serviceRoles(organization, logAccounts, clock)],
      accounts: logAccounts,
      clock,
    });
    const jobs = openJobs(join(state, "access-analyzer.json"), clock);
    const readerRole = options.readerRole ?? "plp-reader";
    const managementRole = options.managementRole ?? "iam-management";
    const analyzer = await endpoint(
      awsEndpoint({
        archive,
        state: iam,
        jobs,
        credentials,
        readerRole,
        managementRole,
        now: () => clock.now(),
        ...(options.generationMs === undefined ? {} : { duration: options.generationMs }),
        ...(options.fault === undefined ? {} : { fault: options.fault }),
      }),
    );
    const deployer = iamDeployer(iam, (operation) => {
      const fault = options.fault?.("iam", operation) ?? null;
      if (fault === "throttled") throw new IamRefusal("Throttling", "Rate exceeded");
      if (fault !== null) throw new IamRefusal("ServiceFailure", "An internal error occurred");
    });
    const buckets = new Map([
      [archiveBucketName, archiveBucket(archive)],
      [blobsName, folderBucket(join(state, "blobs"))],
      [checkpointsName, folderBucket(join(state, "checkpoints"))],
    ]);
    const storage = await endpoint(s3({ credentials, buckets }));
    const definition = tableDefinition(tableName);
    const table = await started(startTable({ dir: join(state, "table"), definition }));
    const definitions = queueDefinitions();
    const queues = await started(startQueues({ dir: join(state, "queues"), region, definitions }));
    const gitlab =
      options.gitlab === false ? null : await started(startLocalGitlab(gitlabOptions(options, deployer)));

    let endpoints: Endpoints = {
      pid: process.pid,
      sqs: queues.url,
      dynamodb: table.url,
      s3: storage.url,
      accessAnalyzer: analyzer.url,
      ...(gitlab && { gitlab: gitlab.url, gitlabProject: gitlab.project.path, gitlabToken: gitlab.token }),
      awsRegion: region,
      awsAccessKeyId: hubCredentials.accessKeyId,
      awsSecretAccessKey: hubCredentials.secretAccessKey,
      table: tableName,
      blobs: blobsName,
      checkpoints: checkpointsName,
      archive: archiveBucketName,
      queues: Object.fromEntries(queues.queues.map(({ name, url }) => [name, url])),
    };
    const env = environment(endpoints);
    writeEndpoints(state, endpoints);
    stops.push(() => removeEndpoints(state));

    return {
      endpoints,
      env,
      envFor(queue) {
        const deadUrl = queues.queues.find(({ name }) => name === queue)?.deadUrl;
        if (deadUrl === undefined) throw permanent("no-such-queue", `there is no queue "${queue}"`);
        return { ...env, PLP_DEAD_LETTERS: deadUrl };
      },
      queues,
      gitlab,
      turnDay: () => !jobs.anyRunning() && jobs.turnDay(),
      announce(more) {
        endpoints = { ...endpoints, ...more };
        writeEndpoints(state, endpoints);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Access Analyzer's service role, as every account has it. */
function serviceRoles(
  { roles }: LocalOrganization,
  logAccounts: readonly string[],
  clock: Clock,
): readonly LocalRole[] {
  const accounts = new Set([
    ...logAccounts,
    ...roles.flatMap(({ arn }) => parseRoleArn(arn)?.accountId ?? []),
  ]);
  return [...accounts].map((accountId) => ({
    arn: `arn:aws:iam::${accountId}:role/${analyzerRoleName}`,
    uniqueId: `AROAZZZZ${accountId}`,
    createdAt: clock.now().toISOString(),
    lastUsed: null,
    policies: [],
  }));
}
