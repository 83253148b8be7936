import { describe, expect, it } from "vitest";
import { plainStyle, print, remark, table } from "./output.ts";
import { pipe } from "./testing/terminal.ts";

const resource = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/prod/db-8kQ2Lx";

describe("a table", () => {
  it("has no lines, and numbers stand flush right", () => {
    const text = table(
      plainStyle,
      ["role", "calls"],
      [
        ["shop-prod", "7"],
        ["crm", "1938"],
      ],
      { right: [1] },
    );
    expect(text.split("\n")).toEqual(["  ROLE       CALLS", "  shop-prod      7", "  crm         1938"]);
  });

  it("shortens the one column that gives way until a terminal holds every line", () => {
    const narrow = { ...plainStyle, columns: 60 };
    const rows = [["secretsmanager:GetSecretValue", resource, "3 calls"]];
    const text = table(narrow, ["permission", "on", "evidence"], rows, {
      shrink: { column: 1, keep: "end" },
    });
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(60);
    expect(text).toMatch(/…\S*db-8kQ2Lx {2}3 calls/);
    expect(table(plainStyle, ["on"], [[resource]])).toContain(resource);
  });

  it("cuts a line only when nothing else helps", () => {
    const tiny = { ...plainStyle, columns: 20 };
    expect(table(tiny, ["on"], [[resource]]).split("\n")[1]).toHaveLength(20);
  });
});

describe("what is printed", () => {
  it("is one JSON document, or text without what steers a terminal", () => {
    const answer = { json: { name: "\u001b[2J" }, people: () => "a\u001b[2Jb\u001b[31mc\nd\u202e" };
    const json = pipe();
    print(json.terminal, answer, true);
    const people = pipe();
    print(people.terminal, answer, false);
    remark(people.terminal, "beside\r");
    expect(JSON.parse(json.text().out)).toEqual(answer.json);
    expect(people.text()).toEqual({
      out: "a\\u001b[2Jb\\u001b[31mc\nd\\u202e\n",
      err: "beside\\u000d\n",
    });
  });
});
