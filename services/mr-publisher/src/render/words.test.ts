import { describe, expect, it } from "vitest";
import { requestView, roleView } from "../testing.ts";
import { renderNote } from "./notes.ts";
import { renderTitle } from "./title.ts";
import { date, list, plural, span, times } from "./words.ts";

describe("Words", () => {
  it("count", () => {
    expect([plural(1, "call"), plural(3120, "call"), plural(2, "policy", "policies")]).toEqual([
      "1 call",
      "3,120 calls",
      "2 policies",
    ]);
    expect([times(1), times(2), times(18_412)]).toEqual(["once", "twice", "18,412 times"]);
  });

  it("name spans of time by days and years, whatever months and years they cross", () => {
    expect(span("2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z")).toBe("16–23 Nov 2026");
    expect(span("2026-10-28T00:00:00Z", "2026-11-04T00:00:00Z")).toBe("28 Oct – 4 Nov 2026");
    expect(span("2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z")).toBe("28 Dec 2026 – 4 Jan 2027");
    expect(span("2026-11-16T00:00:00Z", "2026-11-16T05:00:00Z")).toBe("16 Nov 2026");
    expect(date("2026-13-99")).toBe("?");
    expect(date("tomorrow")).toBe("?");
  });

  it("list some and count the rest", () => {
    expect([list([]), list(["a"]), list(["a", "b"]), list(["a", "b", "c"])]).toEqual([
      "",
      "a",
      "a and b",
      "a, b and c",
    ]);
    expect(list(["a", "b", "c", "d", "e"], 3)).toBe("a, b and 3 more");
  });
});

describe("A title", () => {
  it("names the environments, and counts them when their names would not fit", () => {
    expect(renderTitle(requestView([roleView("prod"), roleView("test")]))).toBe(
      "Draft: shop: 0 new permissions for prod and test",
    );
    const many = Array.from({ length: 40 }, (_, i) => roleView(`environment-${i}`));
    expect(renderTitle(requestView(many))).toBe("Draft: shop: 0 new permissions for 40 roles");
  });
});

describe("A note", () => {
  it("says why the request is frozen, what came later, and what to do about a conflict", () => {
    const note = renderNote({
      kind: "frozen",
      why: "foreign-commit",
      by: null,
      later: [roleView("prod", { added: [] })],
      hasConflicts: true,
    });
    expect(note).toContain("Somebody else's commit is on this branch.");
    expect(note).toContain("New findings wait for the next request.");
    expect(note).toContain("It no longer merges into the default branch");
  });

  it("says that a withdrawn request is no decision", () => {
    expect(renderNote({ kind: "withdrawn" })).toContain("this is no decision");
    const waiting = [{ environment: "prod", reason: 'shop/prod.json: not JSON "<b>"' }];
    const note = renderNote({ kind: "withdrawn", waiting });
    expect(note).toContain("this is no decision");
    expect(note).toContain('- `prod`: `shop/prod.json: not JSON "‹b›"`');
  });
});
