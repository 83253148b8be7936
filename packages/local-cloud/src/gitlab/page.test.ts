import { get } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderMarkdown } from "./markdown.ts";
import { openedRequest, startTestGitlab, type TestGitlab, temporaryFolder } from "./test-gitlab.ts";

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

describe("the page of a merge request", () => {
  it("shows title, state, description, difference and notes, and nothing of them as markup or script", async () => {
    const evil = `<script>alert(1)</script> <img src=x onerror=alert(1)> "'`;
    const { bot, request, iid, path } = await openedRequest(
      gitlab,
      `Draft: ${evil}`,
      `${evil}\n\n- [x] a <b onclick=x>`,
    );
    await bot.MergeRequestNotes.create("iam/roles", iid, evil);
    const response = await fetch(String(request.web_url));
    const page = await response.text();
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page).toContain('<span class="state draft">draft</span>');
    expect(page).toContain(path);
    expect(page).toContain('<span class="add">+{&quot;n&quot;: 1}</span>');
    expect(page.match(/&lt;script&gt;alert\(1\)&lt;\/script&gt;/g)?.length).toBe(4);
    expect(page).not.toMatch(/<script|<img|<b |onerror=alert\(1\)>/);
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

  it("has a list, and 404 for what is not there", async () => {
    expect(await (await fetch(gitlab.webUrl)).text()).toContain("/-/merge_requests/1");
    for (const path of ["/-/merge_requests/99", "/-/merge_requests/x", "/../../etc/passwd"]) {
      expect((await fetch(`${gitlab.webUrl}${path}`)).status).toBe(404);
    }
  });
});

describe("Markdown", () => {
  it.each([
    ["### 1. Decide", "<h4>1. Decide</h4>"],
    ["**31 new** for *two* `a*b*c`", "<p><strong>31 new</strong> for <em>two</em> <code>a*b*c</code></p>"],
    ["- [ ] one<br>more", '<ul><li class="task"><input type="checkbox" disabled> one<br>more</li></ul>'],
    ["1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"],
    ["```json\n<a>\n```", "<pre><code>&lt;a&gt;</code></pre>"],
    [
      "| A | B |\n|:--|--:|\n| `x` | 1 |",
      '<table><thead><tr><th>A</th><th class="right">B</th></tr></thead><tbody><tr><td><code>x</code></td><td class="right">1</td></tr></tbody></table>',
    ],
    [
      "[x](https://a.example/b)",
      '<p><a href="https://a.example/b" rel="noopener noreferrer nofollow">x</a></p>',
    ],
    ["[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"],
    [
      '[x](https://a/"onclick="y)',
      '<p><a href="https://a/&quot;onclick=&quot;y" rel="noopener noreferrer nofollow">x</a></p>',
    ],
    ["<details><summary>All</summary>", "<p><details><summary>All</summary></p>"],
    ["<details open onclick=x>", "<p>&lt;details open onclick=x&gt;</p>"],
    ["<!-- plp:begin -->text", "<p>text</p>"],
  ])("%j", (source, html) => {
    expect(renderMarkdown(source)).toBe(html);
  });

  it("ends on any text, without markup of its own making", () => {
    for (const text of [
      "|",
      "- ",
      "```",
      "#",
      ">",
      "|\n|-|",
      "**",
      "\uE0000\uE000",
      "[](",
      "`".repeat(5000),
    ]) {
      expect(renderMarkdown(text)).not.toContain("undefined");
    }
  });
});
