import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program, skipUnless } from "../support/skip.ts";
import { type Fixture, git, makeFixture, type Serving, serve, temporaryFolder } from "./support.ts";

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

describe("Clients that others wrote, by the addresses in endpoints.json", () => {
  const state = join(folder.path, "state");
  let fixture: Fixture;
  let serving: Serving;

  beforeAll(async () => {
    fixture = await makeFixture(folder.path, { roles: 3, accounts: 2, eventsPerRole: 120 });
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
