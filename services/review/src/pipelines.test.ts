import { join } from "node:path";
import type { FoundOnRole, RoleReading } from "@plp/domain";
import { parsePolicy, policyHash } from "@plp/iam-policy";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Deployer, iamDeployer } from "../../../packages/local-cloud/src/aws/iam/deployer.ts";
import { createPolicyVersion } from "../../../packages/local-cloud/src/aws/iam/policies.ts";
import { IamRefusal } from "../../../packages/local-cloud/src/aws/iam/refusal.ts";
import { type IamState, openIam } from "../../../packages/local-cloud/src/aws/iam/state.ts";
import {
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
  testOrganization,
} from "../../../packages/local-cloud/src/gitlab/test-gitlab.ts";
import { terraformOutput } from "../../../packages/local-cloud/src/terraform-output.ts";
import { project, publisherWorld } from "../../../test/support/request-world.ts";
import type { RoleReader } from "./ports.ts";

const accountId = "111122223333";
const initial = {
  Version: "2012-10-17",
  Statement: [{ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" }],
};
const MOST_WORLDS = 12;
const names = Array.from({ length: MOST_WORLDS }, (_, index) => `app-${index + 1}`);
const roleArn = (name: string) => `arn:aws:iam::${accountId}:role/ci/${name}`;
const generatedArn = (name: string) => `arn:aws:iam::${accountId}:policy/ci/${name}-generated`;
const text = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function filesOf(name: string): [string, string][] {
  const prod = {
    ...{ account_id: accountId, region: "eu-central-1", role_arn: roleArn(name) },
    ...{ policy_path: "policies/prod.json", initial_policy_path: "policies/initial/prod.json" },
    mode: "observe",
  };
  return [
    [`${name}/plp.outputs.json`, terraformOutput({ plp: { application: name, environments: { prod } } })],
    [`${name}/plp.environments.json`, text({ prod: { mode: "observe" } })],
    [`${name}/policies/initial/prod.json`, text(initial)],
  ];
}

const organization = {
  ...testOrganization,
  files: new Map([["README.md", "# Roles\n"], ...names.flatMap(filesOf)]),
  roles: names.map((name) => ({
    arn: roleArn(name),
    uniqueId: "AROAEXAMPLE",
    createdAt: "2026-01-01T00:00:00Z",
    lastUsed: null,
    policies: [{ name: `ci/${name}-initial`, document: initial as never }],
  })),
  users: [
    ...testOrganization.users,
    { id: 11, username: "iam-apply", name: "Apply", accessLevel: 40 as const, bot: true },
  ],
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gitlab: TestGitlab;
let iam: IamState;
let deployer: Deployer;
/** What IAM refuses before it changes anything. */
let before: (operation: string) => void;

beforeEach(async () => {
  folder = await temporaryFolder();
  before = () => undefined;
  iam = openIam({
    folder: join(folder.path, "iam"),
    roles: organization.roles,
    clock: { now: () => new Date() },
  });
  deployer = iamDeployer(iam, (operation) => before(operation));
  gitlab = await startTestGitlab(folder.path, { organization, deployer, hookRetryAfter: [] });
});
afterEach(async () => {
  await gitlab.stop();
  await folder.remove();
});

function found(name: string): FoundOnRole {
  const policies = [...(deployer.attached(roleArn(name)) ?? [])].map(([id, document]) => {
    const policy = parsePolicy(document, id);
    return { how: "attached" as const, id, version: "v1", policy, hash: policyHash(policy) };
  });
  return { policies, boundary: null, trustHash: "trust" };
}

interface Job {
  readonly id: number;
  readonly name: string;
  readonly status: string;
}

/** An application whose request a reviewer has merged; its apply waits for a person. */
async function merged(...actions: string[]) {
  const world = publisherWorld(gitlab.url, gitlab.token);
  const { folder: name } = world;
  const read: { lookup: RoleReader["read"]; readings: number } = {
    readings: 0,
    lookup: async () => ({ kind: "found", on: found(name) }),
  };
  const roles: RoleReader = {
    read: (...all) => {
      read.readings += 1;
      return read.lookup(...all);
    },
  };
  const rita = gitlab.as("rita");

  async function merge(...more: string[]): Promise<number> {
    await world.round(...more);
    const { iid } = await world.request();
    await gitlab.settled();
    const { title } = await world.gitlab.get(iid);
    await rita.MergeRequests.edit(project, iid, { title: title.replace(/^Draft: /, "") });
    const { merge_commit_sha: sha } = await rita.MergeRequests.merge(project, iid);
    await gitlab.settled();
    await world.look({ roles });
    const [pipeline] = await rita.Pipelines.all(project, { sha: String(sha), source: "push" } as never);
    if (pipeline === undefined) throw new Error("nothing was planned after the merge");
    return pipeline.id;
  }

  const jobs = async (pipeline: number) => {
    const all = (await rita.Jobs.all(project, { pipelineId: pipeline })) as unknown as readonly Job[];
    return new Map(all.map((job) => [job.name, job]));
  };
  const see = (pipeline: number) => world.review({ v: 1, type: "pipeline", project, pipeline }, { roles });
  const play = async (pipeline: number, how: "play" | "retry" = "play") => {
    await rita.Jobs[how](project, (await jobs(pipeline)).get("apply")?.id ?? 0);
    await gitlab.settled();
  };
  const pipeline = await merge(...(actions.length > 0 ? actions : ["sqs:ListQueues"]));
  const last = async (type: string) => (await world.roleEvents()).findLast((event) => event.type === type);
  return {
    ...world,
    ...{ name, pipeline, read, merge, jobs, see, play, last },
    observe: (round: string) =>
      world.review({ v: 1, type: "observe", round, project, folder: name }, { roles }),
    reading: async () => (await last("PolicyObserved"))?.data as RoleReading | undefined,
  };
}

describe("An apply that a person starts", () => {
  it("is recorded with who started it, and the role is read: what was merged is there", async () => {
    const world = await merged();
    expect(await world.see(world.pipeline)).toBeNull();
    expect(await world.types()).not.toContain("ApplyRecorded");
    await world.play(world.pipeline);
    await world.see(world.pipeline);
    expect((await world.events()).at(-1)).toMatchObject({
      type: "ApplyRecorded",
      data: { pipeline: world.pipeline, result: "succeeded", startedBy: { username: "rita" } },
    });
    const { policyHash: approved } = (await world.roleState()).approved ?? {};
    expect(await world.last("PolicyApplied")).toMatchObject({
      actor: { kind: "person", name: "rita" },
      data: { policyHash: approved },
    });
    expect(await world.reading()).toMatchObject({ confirmed: true, drift: [], expectedHash: approved });
  });

  it("is recorded once, however often and by whom it is told", async () => {
    const world = await merged();
    await world.play(world.pipeline);
    for (let times = 0; times < 3; times += 1) await world.see(world.pipeline);
    const types = [...(await world.types()), ...(await world.roleTypes())];
    for (const type of ["ApplyRecorded", "PolicyApplied", "PolicyObserved"])
      expect(
        types.filter((one) => one === type),
        type,
      ).toHaveLength(1);
    expect(world.read.readings).toBe(1);
  });

  it("of an old pipeline refuses itself: that is recorded, and nothing counts as applied", async () => {
    const world = await merged("sqs:ListQueues");
    world.pass(1);
    const newer = await world.merge("sns:ListTopics");
    await world.play(newer);
    await world.see(newer);
    const applied = await world.last("PolicyApplied");
    await world.play(world.pipeline);
    await world.see(world.pipeline);
    expect((await world.events()).at(-1)).toMatchObject({
      type: "ApplyRecorded",
      data: { pipeline: world.pipeline, result: "failed" },
    });
    expect(await world.last("PolicyApplied")).toEqual(applied);
  });

  it("that fails half way is drift that names what is missing, once IAM had time to settle", async () => {
    const world = await merged("sqs:ListQueues");
    before = (operation) => {
      if (operation === "AttachRolePolicy")
        throw new IamRefusal("ServiceFailure", "An internal error occurred");
    };
    await world.play(world.pipeline);
    expect(await world.see(world.pipeline)).toBe(60);
    expect(await world.reading()).toBeUndefined();
    world.pass(2);
    expect(await world.see(world.pipeline)).toBeNull();
    expect(await world.reading()).toMatchObject({
      after: { kind: "apply" },
      confirmed: false,
      drift: [{ kind: "missing", count: 1, permissions: [{ action: "sqs:ListQueues" }] }],
    });
    expect(await world.roleTypes()).not.toContain("PolicyApplied");
  });
});

describe("A role that is read once in a round", () => {
  it("and was changed in the console has drifted: what it has more is named, and by which policy", async () => {
    const world = await merged("sqs:ListQueues");
    await world.play(world.pipeline);
    await world.see(world.pipeline);
    const wider = {
      ...initial,
      Statement: [{ ...initial.Statement[0], Sid: "Console", Action: "kms:CreateKey" }],
    };
    createPolicyVersion(iam, accountId, generatedArn(world.name), JSON.stringify(wider), true);
    deployer.attach(roleArn(world.name), "arn:aws:iam::aws:policy/AdministratorAccess");
    await world.observe("round-2");
    const { confirmed, drift = [] } = (await world.reading()) ?? {};
    expect(confirmed).toBe(false);
    expect(drift).toMatchObject([
      { kind: "missing", permissions: [{ action: "sqs:ListQueues" }] },
      { kind: "extra", permissions: [{ action: "kms:CreateKey" }] },
      { kind: "policy-added", id: "arn:aws:iam::aws:policy/AdministratorAccess" },
    ]);
  });

  it("has the policy that people wrote and applied themselves before anything was approved", async () => {
    const world = publisherWorld(gitlab.url, gitlab.token);
    await world.begin();
    const policy = { ...initial, Statement: [{ ...initial.Statement[0], Sid: "ByHand", Action: "sqs:*" }] };
    const action = { action: "create" as const, filePath: world.path, content: text(policy) };
    const { id: sha } = await gitlab.as("rita").Commits.create(project, "main", "By hand", [action]);
    await gitlab.settled();
    const [pipeline] = await gitlab.as("rita").Pipelines.all(project, { sha });
    const jobs = await gitlab.as("rita").Jobs.all(project, { pipelineId: pipeline?.id ?? 0 });
    await gitlab.as("rita").Jobs.play(project, jobs.find(({ name }) => name === "apply")?.id ?? 0);
    await gitlab.settled();
    const roles = { read: async () => ({ kind: "found" as const, on: found(world.folder) }) };
    await world.review({ v: 1, type: "observe", round: "round-1", project, folder: world.folder }, { roles });
    const reading = (await world.roleEvents()).at(-1)?.data as RoleReading;
    expect(reading).toMatchObject({ confirmed: true, drift: [], generated: { policy } });
    expect(reading.policies.filter(({ generated }) => generated)).toHaveLength(1);
  });

  it("is recorded once in a round, also where the message comes again", async () => {
    const world = await merged();
    for (const round of ["round-2", "round-2", "round-3"]) await world.observe(round);
    const types = (await world.roleTypes()).filter((type) => type === "PolicyObserved");
    expect(types).toHaveLength(2);
  });

  it("and cannot be read leaves no reading", async () => {
    const world = await merged();
    world.read.lookup = async () => ({ kind: "unavailable", reason: "the account does not let PLP in" });
    await world.observe("round-2");
    expect(await world.reading()).toBeUndefined();
  });
});

describe("The plan of a request", () => {
  it("is recorded with what it would create and change, once", async () => {
    const world = await merged();
    const { iid } = await world.request();
    const all = await gitlab.as("rita").MergeRequests.allPipelines(project, iid);
    const id = all[0]?.id ?? 0;
    for (let times = 0; times < 2; times += 1) await world.see(id);
    const plans = (await world.events()).filter(({ type }) => type === "PlanRecorded");
    expect(plans).toMatchObject([{ data: { iid, result: "succeeded", changes: { create: 2, delete: 0 } } }]);
  });
});

describe("A pipeline", () => {
  it("that is not there, or of another branch, or has not ended, is nothing", async () => {
    const world = await merged();
    const types = await world.types();
    for (const pipeline of [9999, world.pipeline]) expect(await world.see(pipeline)).toBeNull();
    expect(await world.types()).toEqual(types);
  });
});
