import { get } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  base,
  openedRequest,
  project,
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "../test-gitlab.ts";
import { diffLines } from "./diff.ts";
import { renderMarkdown } from "./markdown.ts";

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

/** A browser of one person: keeps its cookie and posts the forms that it is shown. */
function browser() {
  let cookie = "";
  async function look(path: string): Promise<string> {
    const response = await fetch(new URL(path, gitlab.url), { headers: { cookie } });
    expect(response.status).toBe(200);
    return response.text();
  }
  async function submit(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    const response = await fetch(new URL(path, gitlab.url), {
      method: "POST",
      redirect: "manual",
      headers: { cookie, ...headers },
      body: new URLSearchParams(fields),
    });
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    return response;
  }
  /** Fills in the form with this button and sends it. */
  async function press(path: string, button: string, more: Record<string, string> = {}) {
    const page = await look(path);
    const form = page
      .split("<form ")
      .slice(1)
      .map((one) => one.split("</form>", 1)[0] ?? "")
      .find((one) => one.includes(`>${button}</button>`));
    if (form === undefined) throw new Error(`there is no button "${button}"`);
    const action = /action="([^"]+)"/.exec(form)?.[1] ?? path;
    const hidden = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)];
    const fields = Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value]));
    return submit(action, { ...fields, ...more });
  }
  return { look, submit, press, actAs: (as: string) => press("/iam/roles", "Switch", { as }) };
}

const stateOf = async (iid: number) => (await gitlab.as("rita").MergeRequests.show(project, iid)).state;

describe("the page of a merge request", () => {
  it("shows title, state, description, difference and notes, and nothing of them as markup or script", async () => {
    const evil = `<script>alert(1)</script> <img src=x onerror=alert(1)> "'`;
    const { bot, request, iid, path } = await openedRequest(
      gitlab,
      `Draft: ${evil}`,
      `${evil}\n\n- [x] a <b onclick=x>`,
    );
    await bot.MergeRequestNotes.create(project, iid, evil);
    const response = await fetch(String(request.web_url));
    const page = await response.text();
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page).toContain(">draft</span>");
    expect(page).toContain(path);
    expect(page).toContain('<td class="code">{&quot;n&quot;: 1}</td>');
    expect(page).not.toMatch(/<script|<img|onclick=x>|onerror=alert\(1\)>/);
    expect(page).not.toContain(gitlab.token);
  });

  it("is not shown under another host's name", async () => {
    const { port } = new URL(gitlab.url);
    const status = await new Promise((resolve, reject) => {
      get({ host: "127.0.0.1", port, path: "/iam/roles", headers: { host: "evil.example" } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on("error", reject);
    });
    expect(status).toBe(421);
  });

  it("has lists, a style sheet without anything from elsewhere, and 404 for what is not there", async () => {
    expect(await (await fetch(gitlab.webUrl)).text()).toContain("/-/merge_requests/1");
    expect((await fetch(`${gitlab.webUrl}/-/pipelines`)).status).toBe(200);
    const sheet = await fetch(`${gitlab.webUrl}/-/page.css`);
    expect(sheet.headers.get("content-type")).toContain("text/css");
    expect(await sheet.text()).not.toMatch(/url\(|@import/);
    for (const path of [
      "merge_requests/99",
      "merge_requests/x",
      "jobs/1",
      "pipelines/1",
      "../../etc/passwd",
    ]) {
      expect((await fetch(`${gitlab.webUrl}/-/${path}`)).status).toBe(404);
    }
  });

  it("lets a person mark ready, approve, comment, and merge what they read", async () => {
    const { iid, branch } = await openedRequest(gitlab, "Draft: t");
    const page = `/iam/roles/-/merge_requests/${iid}`;
    const rita = browser();
    expect(await rita.look(page)).not.toContain(">Merge</button>");
    expect((await rita.press(page, "Mark as ready")).status).toBe(303);
    expect((await rita.press(page, "Approve")).status).toBe(303);
    const noted = await rita.press(page, "Comment", { body: "/plp help\r\nplease" });
    expect(noted.headers.get("location")).toBe(`${page}#notes`);
    const shown = await rita.look(page);
    expect(shown).toContain("/plp help<br />please");
    expect(shown).toContain("Take approval back");
    const [last] = await gitlab.as("rita").MergeRequestNotes.all(project, iid);
    expect(last).toMatchObject({ body: "/plp help\nplease", author: { username: "rita" } });

    const stale = await rita.look(page);
    const sha = /name="sha" value="([0-9a-f]{40})"/.exec(stale)?.[1] ?? "";
    const csrf = /name="csrf" value="([^"]+)"/.exec(stale)?.[1] ?? "";
    await gitlab
      .as("dave")
      .Commits.create(project, branch, "more", [{ action: "create", filePath: "more", content: "x" }]);
    const refused = await rita.submit(page, { action: "merge", sha, csrf });
    expect([refused.status, await refused.text()]).toEqual([
      409,
      expect.stringContaining("Somebody was quicker"),
    ]);
    expect(await stateOf(iid)).toBe("opened");
    expect((await rita.press(page, "Merge")).status).toBe(303);
    expect(await stateOf(iid)).toBe("merged");
    expect(await rita.look(page)).toContain("Merged by <strong>Rita Reviewer</strong>");
  });

  it("lets one act as another, who sees and may only what is theirs", async () => {
    const { iid } = await openedRequest(gitlab, "t");
    const page = `/iam/roles/-/merge_requests/${iid}`;
    const dave = browser();
    expect((await dave.actAs("dave")).status).toBe(303);
    const shown = await dave.look(page);
    expect(shown).not.toContain(">Merge</button>");
    expect(shown).toContain(
      "Dave &lt;Developer&gt; may not merge into <code>main</code>; Rita Reviewer may.",
    );
    const csrf = /name="csrf" value="([^"]+)"/.exec(shown)?.[1] ?? "";
    const forced = await dave.submit(page, { action: "merge", csrf });
    expect([forced.status, await forced.text()]).toEqual([
      409,
      expect.stringContaining("You may not do that"),
    ]);
    await dave.press(page, "Close");
    const closed = await gitlab.as("rita").MergeRequests.show(project, iid);
    expect(closed).toMatchObject({ state: "closed", closed_by: { username: "dave" } });
    await dave.press(page, "Reopen");
    await dave.press(page, "Mark as draft");
    expect((await gitlab.as("rita").MergeRequests.show(project, iid)).title).toBe("Draft: t");
    await dave.actAs("rob");
    expect(await dave.look(page)).not.toMatch(/>(Close|Mark as ready|Approve)<\/button>/);
    await dave.actAs("nobody");
    expect(await dave.look(page)).toContain("Add a note as Rob Reporter");
  });

  it("lets a reviewer strike a line in the browser, and keeps what was typed when somebody was quicker", async () => {
    const { iid, branch, path } = await openedRequest(gitlab, "Draft: t");
    const page = `/iam/roles/-/merge_requests/${iid}`;
    const edit = `${page}/edit?path=${encodeURIComponent(path)}`;
    const rita = browser();
    expect(await rita.look(page)).toContain(`href="${edit}"`);
    const shown = await rita.look(edit);
    expect(shown).toContain("<textarea");
    const content = '{"struck": "</textarea><script>alert(1)</script>"}\r\n';
    const done = await rita.press(edit, "Commit as Rita Reviewer", { content, message: "Strike" });
    expect([done.status, done.headers.get("location")]).toEqual([303, page]);
    const commit = (await gitlab.as("rita").Branches.show(project, branch)).commit;
    expect(commit).toMatchObject({ title: "Strike", author_name: "Rita Reviewer" });
    const file = await gitlab.as("rita").RepositoryFiles.showRaw(project, path, branch);
    expect(file).toBe(content.replace("\r\n", "\n"));
    expect(await rita.look(edit)).not.toContain("<script");

    const stale = await rita.look(edit);
    const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(stale)?.[1] ?? "";
    await gitlab
      .as("dave")
      .Commits.create(project, branch, "quicker", [{ action: "update", filePath: path, content: "{}\n" }]);
    const fields = { action: "edit", path, last: field("last"), csrf: field("csrf"), message: "Late" };
    const late = await rita.submit(edit, { ...fields, content: "my work" });
    const said = await late.text();
    expect([late.status, said]).toEqual([409, expect.stringContaining("The file has changed since")]);
    expect(said).toContain("my work</textarea>");

    await rita.actAs("rob");
    expect(await rita.look(edit)).toContain("Rob Reporter may not change this branch");
    expect(await rita.look(page)).not.toContain(`href="${edit}"`);
    const missing = await fetch(`${gitlab.webUrl}/-/merge_requests/${iid}/edit?path=..%2F..%2Fetc%2Fpasswd`);
    expect(missing.status).toBe(404);
  });

  it("takes no form from another site, without its word, or leading elsewhere", async () => {
    const { iid } = await openedRequest(gitlab, "t");
    const page = `/iam/roles/-/merge_requests/${iid}`;
    const victim = browser();
    const csrf = /name="csrf" value="([^"]+)"/.exec(await victim.look(page))?.[1] ?? "";
    const close = { action: "close", csrf };
    for (const headers of [{ origin: "http://evil.example" }, { "sec-fetch-site": "cross-site" }]) {
      expect((await victim.submit(page, close, headers as Record<string, string>)).status).toBe(403);
    }
    expect((await victim.submit(page, { action: "close" })).status).toBe(403);
    expect((await victim.submit(page, { action: "close", csrf: `${csrf}x` })).status).toBe(403);
    expect(await stateOf(iid)).toBe("opened");
    const away = await victim.submit("/iam/roles/-/acting", { as: "dave", csrf, back: "//evil.example/x" });
    expect(away.headers.get("location")).toBe("/iam/roles/-/merge_requests");
    expect((await victim.submit(page, { action: "explode", csrf })).status).toBe(409);
    expect((await fetch(`${gitlab.webUrl}/-/acting`)).status).toBe(405);
  });

  it("shows what a note changed by a quick action, and never carries out what stands in code", async () => {
    const { iid } = await openedRequest(gitlab, "t");
    const page = `/iam/roles/-/merge_requests/${iid}`;
    const rita = browser();
    await rita.press(page, "Comment", { body: "see `/close`\n```\n/close\n```" });
    expect(await stateOf(iid)).toBe("opened");
    await rita.press(page, "Comment", { body: "/close" });
    expect(await stateOf(iid)).toBe("closed");
    expect((await gitlab.call("rita", "GET", `${base}/merge_requests/${iid}`)).json).toMatchObject({
      user_notes_count: 1,
    });
  });
});

describe("Markdown", () => {
  it.each([
    ["### 1. Decide", "<h3>1. Decide</h3>\n"],
    ["**31 new** for *two* `a*b*c`", "<p><strong>31 new</strong> for <em>two</em> <code>a*b*c</code></p>\n"],
    ["1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"],
    ["```json\n<a>\n```", "<pre><code>&lt;a&gt;\n</code></pre>\n"],
    [
      "| A | B |\n|:--|--:|\n| `x \\| y` | 1 |",
      '<table>\n<thead>\n<tr>\n<th align="left">A</th>\n<th align="right">B</th>\n</tr>\n</thead>\n<tbody><tr>\n<td align="left"><code>x | y</code></td>\n<td align="right">1</td>\n</tr>\n</tbody></table>\n',
    ],
    [
      "[x](https://a.example/b)",
      '<p><a href="https://a.example/b" rel="noopener noreferrer nofollow">x</a></p>\n',
    ],
    ["[x](javascript:alert(1))", "<p><a>x</a></p>\n"],
    ["[x](//a.example)", "<p><a>x</a></p>\n"],
    ["[x](/iam/roles/-/jobs/1)", "<p><a>x</a></p>\n"],
    ["a\nb", "<p>a<br />b</p>\n"],
    [
      "<details><summary>All</summary>\n\ntext\n\n</details>",
      "<details><summary>All</summary><p>text</p>\n</details>",
    ],
    ["<!-- plp:begin -->\ntext\n<!-- plp:end\nround=1 -->", "\n<p>text</p>\n"],
    ["`<!-- a -->`", "<p><code>&lt;!-- a --&gt;</code></p>\n"],
  ])("%j", (source, html) => {
    expect(String(renderMarkdown(source))).toBe(html);
  });

  it("shows task boxes that nobody can tick", () => {
    const html = String(renderMarkdown("- [ ] one\n- [x] two"));
    expect(html.match(/<input[^>]*>/g)).toEqual([
      '<input type="checkbox" disabled />',
      '<input type="checkbox" disabled checked />',
    ]);
  });

  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<a href='java\nscript:alert(1)' style='position:fixed' onmouseover=alert(1)>x</a>",
    "<form action=/iam/roles/-/acting method=post><button name=as value=rita>x</button></form>",
    "<input type=text autofocus onfocus=alert(1)>",
    "<iframe src=https://evil.example></iframe><object data=x></object><style>*{display:none}</style>",
    "<details open ontoggle=alert(1)><summary onclick=alert(1)>x",
    "<meta http-equiv=refresh content='0;url=https://evil.example'><base href=https://evil.example>",
    '[x](https://a/"onmouseover="alert(1))',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
  ])("lets nothing happen: %j", (source) => {
    const html = String(renderMarkdown(source));
    const tags = [...html.matchAll(/<\/?([a-z0-9]+)([^>]*)>/g)];
    for (const [, name = "", attributes = ""] of tags) {
      expect(["p", "a", "br", "input", "details", "summary", "table", "code"]).toContain(name);
      expect(attributes).not.toMatch(/\son\w+=|style=|javascript:|src=/i);
    }
    expect(html).not.toMatch(/<(script|img|svg|form|button|iframe|style|meta|base|object)/i);
  });

  it("ends on any text", () => {
    for (const text of [
      "|",
      "- ",
      "```",
      "#",
      ">",
      "|\n|-|",
      "**",
      "[](",
      "`".repeat(5000),
      "[".repeat(5000),
    ]) {
      expect(String(renderMarkdown(text))).not.toContain("undefined");
    }
  });
});

describe("a difference", () => {
  it("numbers its lines in both files", () => {
    const lines = diffLines("@@ -10,3 +10,4 @@ x\n a\n-b\n+c\n+d\n e\n\\ No newline at end of file\n");
    expect(lines.map(({ kind, before, after, text }) => [kind, before, after, text])).toEqual([
      ["hunk", null, null, "@@ -10,3 +10,4 @@ x"],
      ["same", 10, 10, "a"],
      ["del", 11, null, "b"],
      ["add", null, 11, "c"],
      ["add", null, 12, "d"],
      ["same", 12, 13, "e"],
      ["hunk", null, null, "No newline at end of file"],
    ]);
  });
});
