import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { program, skipUnless } from "../../../../test/support/skip.ts";
import { startTestGitlab, type TestGitlab, temporaryFolder } from "./test-gitlab.ts";

const python = "/usr/bin/python3";
const needed = program("python3", "python-gitlab (Debian's python3-gitlab)", () => {
  try {
    execFileSync(python, ["-c", "import gitlab"], { stdio: "ignore" });
    return null;
  } catch {
    return `${python} has no module gitlab`;
  }
});

/** What a bot does in its day, by a client that was written against the real GitLab. */
const script = `
import base64, json, sys
import gitlab
url, bot_token, reviewer_token = sys.argv[1:4]
out = {}
bot = gitlab.Gitlab(url, private_token=bot_token)
bot.auth()
out["me"] = bot.user.username
project = bot.projects.get("iam/roles")
out["default"] = project.default_branch
out["paths"] = sorted(e["path"] for e in project.repository_tree(recursive=True, iterator=True, per_page=2))
f = project.files.get(file_path="shop/policies/prod.json", ref="main")
out["file"] = f.decode().decode()
out["raw"] = project.files.raw(file_path="billing/a b/ü.json", ref="main").decode()
commit = project.commits.create({"branch": "py/x", "start_branch": "main", "commit_message": "by python",
  "actions": [{"action": "update", "file_path": "shop/policies/prod.json", "content": "{}\\n", "last_commit_id": f.last_commit_id}]})
out["stats"] = commit.stats["total"]
mr = project.mergerequests.create({"source_branch": "py/x", "target_branch": "main", "title": "Draft: py", "labels": ["a", "b"]})
out["draft"] = [mr.draft, mr.work_in_progress, mr.labels]
try:
    project.mergerequests.create({"source_branch": "py/x", "target_branch": "main", "title": "again"})
except gitlab.exceptions.GitlabCreateError as e:
    out["duplicate"] = [e.response_code, e.error_message]
out["found"] = [m.iid for m in project.mergerequests.list(state="opened", source_branch="py/x", get_all=True)] == [mr.iid]
note = mr.notes.create({"body": "hello"})
note.body = "changed"
note.save()
out["notes"] = [n.body for n in mr.notes.list(get_all=True) if not n.system]
reviewer = gitlab.Gitlab(url, oauth_token=reviewer_token).projects.get(1)
same = reviewer.mergerequests.get(mr.iid)
try:
    same.merge()
except gitlab.exceptions.GitlabMRClosedError as e:
    out["refused"] = e.response_code
same.title = "py"
same.save()
same.approve(sha=commit.id)
out["approved"] = same.approvals.get().approved_by[0]["user"]["username"]
out["changes"] = [c["new_path"] for c in same.changes()["changes"]]
same.merge(should_remove_source_branch=True)
out["state"] = reviewer.mergerequests.get(mr.iid).state
out["main"] = project.files.get(file_path="shop/policies/prod.json", ref="main").decode().decode()
project.files.create({"file_path": "py.txt", "branch": "py/y", "start_branch": "main", "content": "x", "commit_message": "m"})
branch = project.branches.get("py/y")
branch.delete()
out["members"] = [[m.username, m.access_level] for m in project.members_all.list(get_all=True)][:2]
out["protected"] = [b.name for b in project.protectedbranches.list(get_all=True)]
try:
    project.branches.get("py/y")
except gitlab.exceptions.GitlabGetError as e:
    out["gone"] = [e.response_code, e.error_message]
try:
    gitlab.Gitlab(url, private_token="wrong").auth()
except gitlab.exceptions.GitlabAuthenticationError as e:
    out["wrong"] = e.response_code
print(json.dumps(out))
`;

skipUnless(needed)("python-gitlab", () => {
  let gitlab: TestGitlab;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const folder = await temporaryFolder();
    remove = folder.remove;
    gitlab = await startTestGitlab(folder.path);
  });
  afterAll(async () => {
    await gitlab.stop();
    await remove();
  });

  it("works with it as with GitLab", async () => {
    const reviewer = gitlab.tokens.get("rita") ?? "";
    const { stdout } = await promisify(execFile)(python, ["-c", script, gitlab.url, gitlab.token, reviewer], {
      env: { PYTHONIOENCODING: "utf8", PYTHONWARNINGS: "ignore" },
    });
    const paths = [
      "README.md",
      "billing",
      "billing/a b",
      "billing/a b/ü.json",
      "shop",
      "shop/plp.outputs.json",
    ];
    expect(JSON.parse(stdout)).toEqual({
      me: "plp-bot",
      default: "main",
      paths: [...paths, "shop/policies", "shop/policies/prod.json"],
      file: '{"Statement": []}\n',
      raw: "{}\n",
      stats: 2,
      draft: [true, true, ["a", "b"]],
      duplicate: [409, ["Another open merge request already exists for this source branch: !1"]],
      found: true,
      notes: ["changed"],
      refused: 405,
      approved: "rita",
      changes: ["shop/policies/prod.json"],
      state: "merged",
      main: "{}\n",
      members: [
        ["plp-bot", 30],
        ["rita", 40],
      ],
      protected: ["main"],
      gone: [404, "404 Branch Not Found"],
      wrong: 401,
    });
  });
});
