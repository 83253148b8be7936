import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needsSharedData, sharedData } from "../../../../../test/shared-data.ts";
import { skipUnless } from "../../../../../test/support/skip.ts";
import { type Deployer, iamDeployer } from "../../aws/iam/deployer.ts";
import { createPolicyVersion } from "../../aws/iam/policies.ts";
import { IamRefusal } from "../../aws/iam/refusal.ts";
import { type IamState, openIam } from "../../aws/iam/state.ts";
import type { LocalRole } from "../../organization.ts";
import { terraformOutput } from "../../terraform-output.ts";
import { account, handClock } from "../../testing/logs.ts";
import {
  base,
  hookReceiver,
  project,
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
  testOrganization,
} from "../test-gitlab.ts";
import { differencesFrom } from "../test-shapes.ts";

const roleArn = (name: string) => `arn:aws:iam::${account}:role/ci/${name}`;
const policyArn = (name: string) => `arn:aws:iam::${account}:policy/ci/${name}`;
const policy = (...actions: string[]) => ({
  Version: "2012-10-17",
  Statement: [{ Sid: "PlpA", Effect: "Allow", Action: actions, Resource: "*" }],
});
const text = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function environment(application: string, name: string) {
  return {
    account_id: account,
    region: "eu-central-1",
    role_arn: roleArn(`${application}-${name}`),
    policy_path: `policies/${name}.json`,
    initial_policy_path: `policies/initial/${name}.json`,
    mode: "observe",
  };
}

function folderOf(application: string): [string, string][] {
  const environments = { prod: environment(application, "prod"), test: environment(application, "test") };
  return [
    [`${application}/plp.outputs.json`, terraformOutput({ plp: { application, environments } })],
    [`${application}/plp.environments.json`, text({ prod: { mode: "observe" }, test: { mode: "observe" } })],
    [`${application}/policies/initial/prod.json`, text(policy("s3:*"))],
    [`${application}/policies/initial/test.json`, text(policy("s3:*"))],
  ];
}

function role(name: string): LocalRole {
  return {
    arn: roleArn(name),
    uniqueId: "AROAEXAMPLEEXAMPLE001",
    createdAt: "2026-01-01T00:00:00Z",
    lastUsed: null,
    policies: [{ name: `ci/${name}-initial`, document: policy("s3:*") as never }],
  };
}

const organization = {
  ...testOrganization,
  files: new Map([["README.md", "# Roles\n"], ...folderOf("shop"), ...folderOf("billing")]),
  roles: ["shop-prod", "shop-test", "billing-prod", "billing-test"].map(role),
  users: [
    ...testOrganization.users,
    { id: 11, username: "iam-apply", name: "Apply", accessLevel: 40 as const, bot: true },
  ],
};

let gitlab: TestGitlab;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let iam: IamState;
let deployer: Deployer;
/** What an operation of the deployer throws before it does anything. */
let before: (operation: string) => void;

async function start(): Promise<void> {
  const clock = handClock();
  iam = openIam({ folder: join(folder.path, "iam"), roles: organization.roles, clock });
  deployer = iamDeployer(iam, (operation) => before(operation));
  gitlab = await startTestGitlab(folder.path, { organization, deployer, clock, hookRetryAfter: [] });
}

beforeEach(async () => {
  folder = await temporaryFolder();
  before = () => undefined;
  await start();
});
afterEach(async () => {
  await gitlab.stop();
  await folder.remove();
});

type Json = Record<string, unknown> & { id: number; status: string; name: string };

const attached = (name: string) => [...(deployer.attached(roleArn(name)) ?? []).keys()];
const documentOf = (name: string) => {
  const found = deployer.document(roleArn("shop-prod"), policyArn(name));
  return found === null ? null : JSON.parse(found);
};

let branches = 0;
/** A request of the bot's with these files. */
async function request(files: Record<string, string>, title = "grow") {
  branches += 1;
  const bot = gitlab.as("plp-bot");
  const main = await gitlab.call("plp-bot", "GET", `${base}/repository/tree?recursive=true&per_page=100`);
  const present = new Set((main.json as { path: string }[]).map(({ path }) => path));
  const actions = Object.entries(files).map(([filePath, content]) => ({
    action: present.has(filePath) ? ("update" as const) : ("create" as const),
    filePath,
    content,
  }));
  const branch = `plp-grow/${branches}`;
  await bot.Commits.create(project, branch, "Grow", actions, { startBranch: "main" });
  return bot.MergeRequests.create(project, branch, "main", title);
}

async function merged(files: Record<string, string>): Promise<string> {
  const { iid } = await request(files);
  const { merge_commit_sha: commit } = await gitlab.as("rita").MergeRequests.merge(project, iid);
  await gitlab.settled();
  return String(commit);
}

async function pipelinesOf(query: string): Promise<Json[]> {
  await gitlab.settled();
  return (await gitlab.call("rita", "GET", `${base}/pipelines?${query}`)).json as Json[];
}

async function jobsOf(sha: string): Promise<Map<string, Json>> {
  const [pipeline] = await pipelinesOf(`sha=${sha}&source=push`);
  const jobs = await gitlab.call("rita", "GET", `${base}/pipelines/${pipeline?.id}/jobs`);
  return new Map((jobs.json as Json[]).map((job) => [job.name, job]));
}

async function trace(job: Json | undefined): Promise<string> {
  return (await gitlab.call("rita", "GET", `${base}/jobs/${job?.id}/trace`)).text;
}

/** Starts the job by hand and answers how it ended. */
async function played(job: Json | undefined, how = "play"): Promise<{ job: Json; trace: string }> {
  const answer = await gitlab.call("rita", "POST", `${base}/jobs/${job?.id}/${how}`);
  expect(answer.status).toBeLessThan(300);
  await gitlab.settled();
  const { json } = await gitlab.call("rita", "GET", `${base}/jobs/${(answer.json as Json).id}`);
  return { job: json as Json, trace: await trace(json as Json) };
}

describe("a merge request's pipeline", () => {
  it("plans what its head would change in AWS, with a report that developers may fetch, and changes nothing", async () => {
    const { iid, sha } = await request({
      "shop/policies/prod.json": text(policy("sqs:SendMessage")),
      "shop/policies/initial/test.json": text(policy("s3:Get*")),
    });
    const [pipeline] = await pipelinesOf(`sha=${sha}`);
    expect(pipeline).toMatchObject({
      source: "merge_request_event",
      status: "success",
      ref: `refs/merge-requests/${iid}/head`,
    });
    const shown = await gitlab.call("rita", "GET", `${base}/merge_requests/${iid}`);
    expect(shown.json).toMatchObject({ head_pipeline: { id: pipeline?.id, status: "success", sha } });
    const listed = await gitlab.as("rita").MergeRequests.allPipelines(project, iid);
    expect(listed.map(({ id }) => id)).toEqual([pipeline?.id]);
    const jobs = await gitlab.as("rita").Jobs.all(project, { pipelineId: pipeline?.id ?? 0 });
    expect(jobs).toMatchObject([{ name: "plan", status: "success" }]);
    const said = await trace(jobs[0] as never);
    expect(said).toContain("+ create policy/ci/shop-prod-generated from shop/policies/prod.json");
    expect(said).toContain("~ update policy/ci/shop-test-initial");
    expect(said).toContain("Plan: 2 to add, 1 to change, 0 to destroy.");
    const report = `${base}/jobs/${jobs[0]?.id}/artifacts/plan.json`;
    expect(JSON.parse((await gitlab.call("dave", "GET", report)).text)).toEqual({
      create: 2,
      update: 1,
      delete: 0,
    });
    expect((await gitlab.call("rob", "GET", report)).status).toBe(403);
    expect(attached("shop-prod")).toEqual([policyArn("shop-prod-initial")]);
  });

  it("runs once for each head, and not at all where no application changes or the commit says so", async () => {
    const { iid, source_branch: branch } = await request({ "README.md": "# Other\n" });
    expect(await pipelinesOf("")).toEqual([]);
    const bot = gitlab.as("plp-bot");
    const push = (message: string, content: string) =>
      bot.Commits.create(project, String(branch), message, [
        { action: "create", filePath: `shop/policies/${content}.json`, content: text(policy("s3:Get*")) },
      ]);
    const first = await push("one", "prod");
    await bot.MergeRequests.edit(project, iid, { description: "only text" });
    await push("two [skip ci]", "test");
    const found = await pipelinesOf("");
    expect(found.map(({ sha, status }) => [sha === first.id, status])).toEqual([
      [false, "skipped"],
      [true, "success"],
    ]);
    expect((await gitlab.call("rob", "POST", `${base}/merge_requests/${iid}/pipelines`)).status).toBe(403);
  });

  it("fails where a policy is no JSON or a role is not there", async () => {
    const { sha } = await request({ "shop/policies/prod.json": "{" });
    const [pipeline] = await pipelinesOf(`sha=${sha}`);
    expect(pipeline?.status).toBe("failed");
    const [job] = await gitlab.as("rita").Jobs.all(project, { pipelineId: pipeline?.id ?? 0 });
    expect(await trace(job as never)).toContain("shop/policies/prod.json is not JSON");
  });

  it("merges a request that was set to merge, once it has succeeded", async () => {
    const { iid } = await request({ "shop/policies/prod.json": text(policy("s3:Get*")) });
    await gitlab.call("rita", "PUT", `${base}/merge_requests/${iid}/merge`, { auto_merge: true });
    await gitlab.settled();
    const shown = await gitlab.as("rita").MergeRequests.show(project, iid);
    expect(shown).toMatchObject({ state: "merged", merge_user: { username: "rita" } });
  });
});

describe("the pipeline after a merge", () => {
  it("plans, waits for a person, applies what was merged, and commits the outputs as the apply identity", async () => {
    const sha = await merged({
      "shop/policies/prod.json": text(policy("sqs:SendMessage")),
      "shop/plp.environments.json": text({ prod: { mode: "enforce" }, test: { mode: "observe" } }),
    });
    const [pipeline] = await pipelinesOf(`sha=${sha}`);
    expect(pipeline).toMatchObject({ source: "push", ref: "main", status: "manual" });
    const jobs = await jobsOf(sha);
    expect(jobs.get("plan")?.status).toBe("success");
    const apply = jobs.get("apply");
    expect(apply?.status).toBe("manual");
    expect((await gitlab.call("dave", "POST", `${base}/jobs/${apply?.id}/play`)).status).toBe(403);
    const over = await played(apply);
    expect(over.job).toMatchObject({ status: "success", user: { username: "rita" } });
    expect((await pipelinesOf(`sha=${sha}`))[0]?.status).toBe("success");
    // What is new is there before what is old has gone.
    expect(over.trace.indexOf("+ attach policy/ci/shop-prod-generated")).toBeLessThan(
      over.trace.indexOf("- detach policy/ci/shop-prod-initial"),
    );
    expect(attached("shop-prod")).toEqual([policyArn("shop-prod-generated")]);
    expect(documentOf("shop-prod-generated")).toEqual(policy("sqs:SendMessage"));
    expect(documentOf("shop-prod-initial")).toBeNull();
    const main = await gitlab.as("rita").Branches.show(project, "main");
    expect(main.commit).toMatchObject({
      title: "shop: outputs after apply [skip ci]",
      author_name: "Apply",
      parent_ids: [sha],
    });
    const outputs = await gitlab.call("rita", "GET", `${base}/repository/files/shop%2Fplp.outputs.json/raw`);
    expect(JSON.parse(outputs.text).plp.value.environments).toMatchObject({
      prod: { mode: "enforce" },
      test: { mode: "observe" },
    });
    // Nothing is planned or applied for what apply itself wrote.
    expect((await pipelinesOf("source=push")).map(({ status }) => status)).toEqual(["skipped", "success"]);
    expect((await gitlab.call("rita", "POST", `${base}/jobs/${apply?.id}/play`)).status).toBe(400);
  });

  it("commits no outputs where they say the same as before", async () => {
    const sha = await merged({ "shop/policies/prod.json": text(policy("s3:Get*")) });
    const over = await played((await jobsOf(sha)).get("apply"));
    expect(over.trace).toContain("outputs unchanged");
    expect((await gitlab.as("rita").Branches.show(project, "main")).commit.id).toBe(sha);
  });

  it("refuses an apply by itself once a newer commit touched the folder, and only then", async () => {
    const old = await merged({ "shop/policies/prod.json": text(policy("s3:Get*")) });
    await merged({ "billing/policies/prod.json": text(policy("s3:Get*")) });
    const newer = await merged({ "shop/policies/prod.json": text(policy("s3:Get*", "s3:Put*")) });
    const refused = await played((await jobsOf(old)).get("apply"));
    expect(refused.job).toMatchObject({ status: "failed", failure_reason: "script_failure" });
    expect(refused.trace).toMatch(/shop is newer than this plan; [0-9a-f]{8} changed it/);
    expect(attached("shop-prod")).toEqual([policyArn("shop-prod-initial")]);
    expect((await played((await jobsOf(newer)).get("apply"))).job.status).toBe("success");
    expect(documentOf("shop-prod-generated")).toEqual(policy("s3:Get*", "s3:Put*"));
    const again = await played(refused.job, "retry");
    expect(again.job.status).toBe("failed");
    expect(documentOf("shop-prod-generated")).toEqual(policy("s3:Get*", "s3:Put*"));
  });

  it("lets the apply of one folder pass when only another one is newer", async () => {
    const shop = await merged({ "shop/policies/prod.json": text(policy("s3:Get*")) });
    const billing = await merged({ "billing/policies/prod.json": text(policy("s3:Get*")) });
    expect((await played((await jobsOf(billing)).get("apply"))).job.status).toBe("success");
    expect((await played((await jobsOf(shop)).get("apply"))).job.status).toBe("success");
  });

  it("that fails half way leaves what it did, and its plan is stale until it is made again", async () => {
    const sha = await merged({
      "shop/policies/prod.json": text(policy("s3:Get*")),
      "shop/policies/test.json": text(policy("s3:Get*")),
    });
    let attachments = 0;
    before = (operation) => {
      if (operation === "AttachRolePolicy") attachments += 1;
      if (attachments === 2) throw new IamRefusal("ServiceFailure", "An internal error occurred");
    };
    const half = await played((await jobsOf(sha)).get("apply"));
    expect(half.job.status).toBe("failed");
    expect(half.trace).toContain("Error: ServiceFailure: An internal error occurred");
    expect(attached("shop-prod")).toContain(policyArn("shop-prod-generated"));
    expect(attached("shop-test")).not.toContain(policyArn("shop-test-generated"));
    before = () => undefined;
    const stale = await played(half.job, "retry");
    expect(stale.trace).toContain("the saved plan of shop is stale");
    await played((await jobsOf(sha)).get("plan"), "retry");
    expect((await played((await jobsOf(sha)).get("apply"))).job.status).toBe("success");
    expect(attached("shop-test")).toContain(policyArn("shop-test-generated"));
  });

  it("fails half way where AWS refuses one of the policies", async () => {
    const sha = await merged({
      "shop/policies/prod.json": text(policy("s3:Get*")),
      "shop/policies/test.json": text(policy(`s3:${"x".repeat(6200)}`)),
    });
    const half = await played((await jobsOf(sha)).get("apply"));
    expect(half.trace).toContain("LimitExceeded: Cannot exceed quota for PolicySize: 6144");
    expect(attached("shop-prod")).toContain(policyArn("shop-prod-generated"));
  });

  it("takes back what somebody edited in the console, and leaves alone what is not Terraform's", async () => {
    const first = await merged({ "shop/policies/prod.json": text(policy("s3:Get*")) });
    await played((await jobsOf(first)).get("apply"));
    const arn = policyArn("shop-prod-generated");
    createPolicyVersion(iam, account, arn, JSON.stringify(policy("*")), true);
    deployer.attach(roleArn("shop-prod"), "arn:aws:iam::aws:policy/AdministratorAccess");
    const second = await merged({ "shop/policies/prod.json": text(policy("s3:Get*", "s3:List*")) });
    await played((await jobsOf(second)).get("apply"));
    expect(documentOf("shop-prod-generated")).toEqual(policy("s3:Get*", "s3:List*"));
    expect(attached("shop-prod")).toContain("arn:aws:iam::aws:policy/AdministratorAccess");
  });

  it("makes new parts before old ones go, and prunes the versions of a policy", async () => {
    for (let count = 1; count <= 6; count += 1) {
      const sha = await merged({ "shop/policies/prod.json": text(policy(`s3:Get${count}*`)) });
      await played((await jobsOf(sha)).get("apply"));
    }
    expect(documentOf("shop-prod-generated")).toEqual(policy("s3:Get6*"));
    const split = await merged({ "shop/policies/prod.2.json": text(policy("sqs:*")) });
    await played((await jobsOf(split)).get("apply"));
    expect(attached("shop-prod")).toEqual(
      ["shop-prod-initial", "shop-prod-generated", "shop-prod-generated-2"].map(policyArn),
    );
  });
});

describe("pipelines and the outside", () => {
  it("tell the hooks where pipeline and jobs stand, and who started apply", async () => {
    const receiver = await hookReceiver();
    await gitlab.as("rita").ProjectHooks.add(project, receiver.url, {
      pipelineEvents: true,
      jobEvents: true,
      pushEvents: false,
    });
    const sha = await merged({ "shop/policies/prod.json": text(policy("s3:Get*")) });
    await played((await jobsOf(sha)).get("apply"));
    receiver.stop();
    const of = (kind: string) =>
      receiver.received
        .map(({ body }) => body)
        .filter((body) => body.object_kind === kind && body.sha !== "");
    const builds = of("build").filter((body) => body.sha === sha);
    expect(builds.map((body) => `${body.build_name} ${body.build_status}`)).toEqual([
      "plan running",
      "plan success",
      "apply manual",
      "apply pending",
      "apply running",
      "apply success",
    ]);
    expect(builds.at(-1)).toMatchObject({ user: { username: "rita" }, ref: "main", build_stage: "apply" });
    const states = of("pipeline").map((body) => body.object_attributes as Record<string, unknown>);
    const onMain = states.filter((state) => state.sha === sha).map((state) => state.status);
    expect([onMain[0], onMain.at(-1)]).toEqual(["pending", "success"]);
    expect(onMain).toContain("manual");
    const last = of("pipeline").findLast((body) => (body.object_attributes as Json).sha === sha);
    expect(last).toMatchObject({
      builds: [
        { name: "plan", stage: "plan", status: "success", manual: false },
        { name: "apply", stage: "apply", status: "success", manual: true, when: "manual" },
      ],
      commit: { id: sha },
    });
  });

  it("go on after a restart: a waiting apply waits, a plan that was lost is made again", async () => {
    const sha = await merged({ "shop/policies/prod.json": text(policy("s3:Get*")) });
    const { sha: head } = await request({ "shop/policies/test.json": text(policy("s3:Get*")) });
    await gitlab.stop();
    const pipelines = join(folder.path, "gitlab", "pipelines");
    await rm(join(pipelines, "3.json"), { force: true });
    await start();
    expect((await pipelinesOf(`sha=${head}`)).map(({ status }) => status)).toEqual(["success"]);
    expect((await jobsOf(sha)).get("apply")?.status).toBe("manual");
  });

  it("fail an apply that a crash cut short, and want a new plan: it may have changed something", async () => {
    const sha = await merged({ "shop/policies/prod.json": text(policy("s3:Get*")) });
    const [{ id = 0 } = {}] = await pipelinesOf(`sha=${sha}`);
    await gitlab.stop();
    const file = join(folder.path, "gitlab", "pipelines", `${id}.json`);
    const stored = JSON.parse(await readFile(file, "utf8"));
    stored.jobs[1].status = "running";
    await writeFile(file, JSON.stringify(stored));
    await start();
    const apply = (await jobsOf(sha)).get("apply");
    expect(apply).toMatchObject({ status: "failed", failure_reason: "runner_system_failure" });
    expect(await trace(apply)).toContain("the runner was stopped");
    expect((await played(apply, "retry")).trace).toContain("stale");
  });

  it("are listed, filtered and shown, and are 404 where they are not", async () => {
    const sha = await merged({ "shop/policies/prod.json": text(policy("s3:Get*")) });
    expect((await pipelinesOf("status=manual")).map((one) => one.sha)).toEqual([sha]);
    expect((await pipelinesOf("source=merge_request_event")).length).toBe(1);
    const latest = await gitlab.call("rob", "GET", `${base}/pipelines/latest`);
    expect(latest.json).toMatchObject({ sha, status: "manual", user: { username: "rita" } });
    const manual = await gitlab.call("rob", "GET", `${base}/jobs?scope[]=manual`);
    expect(manual.json).toMatchObject([{ name: "apply", pipeline: { sha } }]);
    for (const path of ["pipelines/99", "pipelines/x/jobs", "jobs/99", "jobs/99/trace"]) {
      expect((await gitlab.call("rita", "GET", `${base}/${path}`)).status).toBe(404);
    }
    const [{ id = 0 } = {}] = await pipelinesOf("status=manual");
    const plan = (await jobsOf(sha)).get("plan");
    expect((await gitlab.call("rita", "POST", `${base}/jobs/${plan?.id}/play`)).status).toBe(400);
    expect((await gitlab.call("rita", "POST", `${base}/pipelines/${id}/retry`)).status).toBe(201);
  });
});

skipUnless(needsSharedData("gitlab"))("payloads recorded from a real GitLab", () => {
  it("have the fields and types of what this one's pipelines and jobs send", async () => {
    const receiver = await hookReceiver();
    const events = { pipelineEvents: true, jobEvents: true, pushEvents: false };
    await gitlab.as("rita").ProjectHooks.add(project, receiver.url, events);
    const { sha } = await request({ "shop/policies/prod.json": text(policy("s3:Get*")) });
    expect(await pipelinesOf(`sha=${sha}`)).toHaveLength(1);
    receiver.stop();
    const recorded = (name: string) => sharedData("gitlab", `go-gitlab/testdata/webhooks/${name}.json`);
    const last = (kind: string) => receiver.received.findLast(({ body }) => body.object_kind === kind)?.body;
    expect([
      ...(await differencesFrom(recorded("pipeline"), last("pipeline"))),
      ...(await differencesFrom(recorded("job"), last("build"))),
    ]).toEqual([]);
  });
});
