import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Gitlab } from "@gitbeaker/rest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, skipUnless } from "../support/skip.ts";
import { expectReplaysAsWritten } from "./replays.ts";
import {
  eventsOf,
  type Fixture,
  git,
  makeFixture,
  type Serving,
  serve,
  type Told,
  temporaryFolder,
} from "./support.ts";

const run = promisify(execFile);
const folder = temporaryFolder();
const python = "/usr/bin/python3";
const pythonGitlab = program("python3", "python-gitlab (Debian's python3-gitlab)", () => {
  try {
    execFileSync(python, ["-c", "import gitlab"], { stdio: "ignore" });
    return null;
  } catch {
    return `${python} has no module gitlab`;
  }
});

const script = `
import json, sys
import gitlab
endpoints = json.load(open(sys.argv[1]))
out = {}
project = gitlab.Gitlab(endpoints["gitlab"], private_token=endpoints["gitlabToken"]).projects.get(endpoints["gitlabProject"])
out["requests"] = sorted([m.title, m.draft, m.source_branch] for m in project.mergerequests.list(state="opened", get_all=True))
first = project.mergerequests.list(state="opened", get_all=True)[0]
out["changes"] = [c["new_path"] for c in project.mergerequests.get(first.iid).changes()["changes"]]
out["commits"] = [c.message for c in project.mergerequests.get(first.iid).commits()]
for name, call in {"missing": lambda: project.mergerequests.get(4711),
                   "draft": lambda: project.mergerequests.get(first.iid).merge(),
                   "unknown": lambda: project.snippets.list(get_all=True)}.items():
    try:
        call()
    except gitlab.exceptions.GitlabError as e:
        out[name] = e.response_code
try:
    gitlab.Gitlab(endpoints["gitlab"], private_token="wrong").projects.get(endpoints["gitlabProject"])
except gitlab.exceptions.GitlabAuthenticationError as e:
    out["wrong"] = e.response_code
print(json.dumps(out))
`;

/** A reviewer's day: reads a request, comments, makes it ready, merges it, starts apply; opens a request of its own. */
const reviewing = `
import json, sys, time
import gitlab
url, path, token, iid = sys.argv[1:5]
out = {}
project = gitlab.Gitlab(url, private_token=token).projects.get(path)
mr = project.mergerequests.get(int(iid))
mr.notes.create({"body": "Reads well."})
mr.title = mr.title.replace("Draft: ", "")
mr.save()
mr.merge()
merged = project.mergerequests.get(mr.iid)
out["merged"] = [merged.state, merged.merge_user["username"]]

def until(look):
    for _ in range(300):
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise Exception("it did not come")

pipeline = until(lambda: project.pipelines.list(sha=merged.merge_commit_sha, source="push", status="manual", get_all=True))[0]
jobs = {j.name: j for j in pipeline.jobs.list(get_all=True)}
out["jobs"] = {name: job.status for name, job in jobs.items()}
project.jobs.get(jobs["apply"].id).play()
apply = until(lambda: [j for j in [project.jobs.get(jobs["apply"].id)] if j.status in ("success", "failed")])[0]
out["apply"] = [apply.status, apply.user["username"]]
out["trace"] = apply.trace().decode()
out["plan"] = json.loads(project.jobs.get(jobs["plan"].id).artifact("plan.json").decode())

project.commits.create({"branch": "by-hand", "start_branch": "main", "commit_message": "By hand",
  "actions": [{"action": "create", "file_path": "notes.txt", "content": "x"}]})
own = project.mergerequests.create({"source_branch": "by-hand", "target_branch": "main", "title": "By hand"})
own.notes.create({"body": "Not needed."})
own.state_event = "close"
own.save()
out["closed"] = project.mergerequests.get(own.iid).state
print(json.dumps(out))
`;

const isAfterApply = (after: unknown) => (after as { readonly kind?: string }).kind === "apply";

describe("Clients that others wrote, by the addresses in endpoints.json", () => {
  const state = join(folder.path, "state");
  let fixture: Fixture;
  let serving: Serving;

  beforeAll(async () => {
    fixture = await makeFixture(folder.path, { roles: 6, accounts: 2, eventsPerRole: 120 });
    serving = await serve(state, fixture.options);
  }, 300_000);
  afterAll(async () => {
    await serving.stop();
    folder.remove();
  }, 60_000);

  skipUnless(program("aws", "the AWS CLI (aws)"))("the AWS CLI", () => {
    type Part = "sqs" | "dynamodb" | "s3" | "accessAnalyzer";

    async function aws(part: Part, args: readonly string[], session: Record<string, string> = {}) {
      const { endpoints } = serving;
      const { PATH = "", HOME = "", PYENV_ROOT = join(HOME, ".pyenv") } = process.env;
      const env = {
        ...{ PATH, PYENV_ROOT, HOME: folder.path, AWS_PAGER: "" },
        AWS_DEFAULT_REGION: endpoints.awsRegion,
        AWS_ACCESS_KEY_ID: endpoints.awsAccessKeyId,
        AWS_SECRET_ACCESS_KEY: endpoints.awsSecretAccessKey,
        ...session,
      };
      const { stdout } = await run("aws", [...args, "--endpoint-url", endpoints[part], "--output", "json"], {
        env,
      });
      return stdout;
    }

    it("reads queues and their attributes, and is refused what does not exist", async () => {
      const url = serving.endpoints.queues.merge ?? "";
      const asked = ["sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "All"];
      const { Attributes } = JSON.parse(await aws("sqs", asked));
      expect(Attributes.ApproximateNumberOfMessages).toBe("0");
      expect(JSON.parse(Attributes.RedrivePolicy).deadLetterTargetArn).toContain("merge");
      const missing = aws("sqs", ["sqs", "get-queue-url", "--queue-name", "none"]);
      await expect(missing).rejects.toThrow(/NonExistentQueue/);
    });

    it("queries the history of a role, and is refused an unknown table", async () => {
      const [arn = ""] = [...fixture.applications.values()].flat();
      const scan = [
        "dynamodb",
        "scan",
        "--table-name",
        serving.endpoints.table,
        "--projection-expression",
        "pk",
      ];
      const { Items } = JSON.parse(await aws("dynamodb", scan)) as { Items: { pk: { S: string } }[] };
      const stream = Items.map(({ pk }) => pk.S).find((pk) => pk.startsWith(`role#${arn}#`)) ?? "";
      const { Count } = JSON.parse(
        await aws("dynamodb", [
          ...["dynamodb", "query", "--table-name", serving.endpoints.table, "--consistent-read"],
          ...["--key-condition-expression", "pk = :stream"],
          ...["--expression-attribute-values", JSON.stringify({ ":stream": { S: stream } })],
        ]),
      );
      expect(Count).toBeGreaterThan(1);
      const missing = aws("dynamodb", ["dynamodb", "describe-table", "--table-name", "none"]);
      await expect(missing).rejects.toThrow(/ResourceNotFoundException/);
    });

    it("assumes the reader's role and asks IAM and Access Analyzer as that account", async () => {
      const [arn = ""] = [...fixture.applications.values()].flat();
      const account = arn.split(":")[4] ?? "";
      const reader = `arn:aws:iam::${account}:role/plp-reader`;
      const { Credentials } = JSON.parse(
        await aws("accessAnalyzer", [
          "sts",
          "assume-role",
          "--role-arn",
          reader,
          "--role-session-name",
          "cli",
        ]),
      );
      const session = {
        AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
        AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
        AWS_SESSION_TOKEN: Credentials.SessionToken,
      };
      const name = arn.split("/").at(-1) ?? "";
      const { Role } = JSON.parse(
        await aws("accessAnalyzer", ["iam", "get-role", "--role-name", name], session),
      );
      expect(Role.Arn).toBe(arn);
      const { policyGenerations } = JSON.parse(
        await aws(
          "accessAnalyzer",
          ["accessanalyzer", "list-policy-generations", "--region", "eu-central-1"],
          session,
        ),
      );
      const generated = (policyGenerations as { principalArn: string; status: string }[]).filter(
        ({ principalArn }) => principalArn === arn,
      );
      expect(generated.map(({ status }) => status)).toContain("SUCCEEDED");
      const unknown = aws("accessAnalyzer", ["iam", "list-users"], session);
      await expect(unknown).rejects.toThrow(/InvalidAction/);
      const missing = aws("accessAnalyzer", ["iam", "get-role", "--role-name", "none"], session);
      await expect(missing).rejects.toThrow(/NoSuchEntity/);
      const foreign = ["sts", "assume-role", "--role-arn", arn, "--role-session-name", "cli"];
      await expect(aws("accessAnalyzer", foreign)).rejects.toThrow(/AccessDenied/);
    });

    it("lists the logs in the archive's bucket, and is refused one that does not exist", async () => {
      const { archive } = serving.endpoints;
      expect(await aws("s3", ["s3", "ls", `s3://${archive}`, "--recursive"])).toContain("AWSLogs/");
      await expect(aws("s3", ["s3", "ls", "s3://none-such-bucket"])).rejects.toThrow(/NoSuchBucket/);
    });
  });

  /** PLP's own requests: each has one folder of roles. */
  async function opened(): Promise<readonly { readonly iid: number; readonly roles: readonly string[] }[]> {
    const { body } = await serving.gitlab.as("reviewer-1")(
      "GET",
      "/merge_requests?state=opened&per_page=100",
    );
    const requests = body as unknown as { iid: number; title: string; source_branch: string }[];
    return requests
      .filter(({ source_branch: branch }) => branch.startsWith("plp-"))
      .map(({ iid, source_branch: branch }) => {
        const application = branch.replace(/^plp-\w+\//, "").replace(/-[0-9a-f]{8}$/, "");
        return { iid, roles: fixture.applications.get(application) ?? [] };
      });
  }

  /** Those of the roles whose history holds such an event. */
  async function rolesWith(type: string, roles: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const arn of roles) {
      if ((await eventsOf(state, arn)).some((event) => event.type === type)) found.push(arn);
    }
    return found;
  }

  /** The event of a role's history, once PLP has heard what happened; by the hook that is a matter of moments. */
  async function recorded(arn: string, type: string, is = (_: Told["data"]) => true): Promise<Told> {
    for (let tries = 0; tries < 600; tries += 1) {
      const found = (await eventsOf(state, arn)).find((event) => event.type === type && is(event.data));
      if (found !== undefined) return found;
      await pause(100);
    }
    throw new Error(`the history of ${arn} holds no ${type}`);
  }

  skipUnless(pythonGitlab)("python-gitlab", () => {
    it("reads the requests, and is refused what it may not or cannot", async () => {
      const { stdout } = await run(python, ["-c", script, join(state, "endpoints.json")]);
      const told = JSON.parse(stdout);
      expect(told.requests).toHaveLength(fixture.applications.size);
      for (const [title, draft, branch] of told.requests) {
        expect(title).toMatch(/^Draft: /);
        expect(draft).toBe(true);
        expect(branch).toMatch(/^plp-grow\//);
      }
      expect(told.changes[0]).toMatch(/\/policies\/\w+\.json$/);
      expect(told.commits).toHaveLength(1);
      expect(told.commits[0]).toMatch(/^Plp-History: arn:aws:iam::\d{12}:role\/\S+#\w+ \d+ [0-9a-f]{64}$/m);
      // The bot is a developer: it may not merge at all, whatever the request's state.
      expect(told).toMatchObject({ missing: 404, draft: 401, unknown: 404, wrong: 401 });
    });

    it("comments, merges, starts apply and closes, as a reviewer would", async () => {
      const [{ iid = 0, roles = [] } = {}] = await opened();
      const { gitlab, gitlabProject } = serving.endpoints;
      const token = serving.gitlab.tokenOf("reviewer-1");
      const argv = [gitlab ?? "", gitlabProject ?? "", token, String(iid)];
      const told = JSON.parse((await run(python, ["-c", reviewing, ...argv])).stdout);
      expect(told).toMatchObject({
        merged: ["merged", "reviewer-1"],
        jobs: { plan: "success", apply: "manual" },
        apply: ["success", "reviewer-1"],
        closed: "closed",
      });
      expect(told.trace).toContain("Apply complete!");
      expect(told.plan.create + told.plan.update).toBeGreaterThan(0);
      const proposed = await rolesWith("PolicyProposed", roles);
      expect(proposed.length).toBeGreaterThan(0);
      for (const arn of proposed) {
        const { actor, data } = await recorded(arn, "ProposalApproved");
        expect(actor).toMatchObject({ kind: "person", name: "reviewer-1" });
        expect(data).toMatchObject({ request: { iid }, struck: [], foreign: [] });
        const applied = await recorded(arn, "PolicyApplied");
        expect(applied).toMatchObject({
          actor: { name: "reviewer-1" },
          data: { policyHash: data.policyHash },
        });
        const read = await recorded(arn, "PolicyObserved", ({ after }) => isAfterApply(after));
        expect(read.data).toMatchObject({ confirmed: true, drift: [], expectedHash: data.policyHash });
      }
      const { PolicyApplied } = await expectReplaysAsWritten(state);
      expect(PolicyApplied).toBeGreaterThanOrEqual(proposed.length);
    });
  });

  it("@gitbeaker/rest edits, comments, retries a plan and closes", async () => {
    const request = (await opened()).at(-1);
    const { gitlab = "", gitlabProject = "" } = serving.endpoints;
    const reviewer = new Gitlab({ host: gitlab, token: serving.gitlab.tokenOf("reviewer-1") });
    const iid = request?.iid ?? 0;
    const before = await reviewer.MergeRequests.show(gitlabProject, iid);
    await reviewer.MergeRequestNotes.create(gitlabProject, iid, "Not this one.");
    const edited = await reviewer.MergeRequests.edit(gitlabProject, iid, { addLabels: "refused" });
    expect(edited.labels).toContain("refused");
    const [plan] = await reviewer.Jobs.all(gitlabProject, { pipelineId: before.head_pipeline?.id ?? 0 });
    expect(plan).toMatchObject({ name: "plan", status: "success" });
    const again = await reviewer.Jobs.retry(gitlabProject, plan?.id ?? 0);
    expect(again.id).not.toBe(plan?.id);
    const closed = await reviewer.MergeRequests.edit(gitlabProject, iid, { stateEvent: "close" });
    expect(closed).toMatchObject({ state: "closed", closed_by: { username: "reviewer-1" } });
    const proposed = await rolesWith("PolicyProposed", request?.roles ?? []);
    expect(proposed.length).toBeGreaterThan(0);
    for (const arn of proposed) {
      const { data } = await recorded(arn, "ProposalRejected");
      expect(data).toMatchObject({ request: { iid }, closedBy: { username: "reviewer-1" } });
    }
  });

  it("git clones, and pushes a branch, but never the protected one", async () => {
    const clone = join(folder.path, "clone");
    await git(folder.path, "clone", "-q", serving.gitlab.cloneUrl("developer-1"), clone);
    await git(clone, "commit", "-q", "--allow-empty", "-m", "A change");
    await git(clone, "push", "-q", "origin", "HEAD:refs/heads/mine");
    expect(await git(clone, "ls-remote", "origin", "mine")).toContain("refs/heads/mine");
    await expect(git(clone, "push", "-q", "origin", "HEAD:main")).rejects.toThrow(
      /protected|denied|rejected/,
    );
    const wrong = serving.gitlab.cloneUrl("developer-1").replace(/:[^:@/]+@/, ":wrong@");
    await expect(git(folder.path, "ls-remote", wrong)).rejects.toThrow(
      /401|Authentication failed|could not read/,
    );
  });
});
