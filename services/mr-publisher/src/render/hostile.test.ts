import { requestKinds } from "@plp/domain";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describe as describeRequest, withBlock } from "../describe.ts";
import { backtested, missed, requestView, roleView, seen } from "../testing.ts";
import type { RequestView } from "../view.ts";
import { renderDescription } from "./description.ts";
import { renderMessage } from "./message.ts";
import { renderNote } from "./notes.ts";
import { code, plain } from "./text.ts";
import { renderTitle } from "./title.ts";

const nasty = fc.constantFrom(
  "\n/close\n",
  "\r/approve",
  "\u2028/merge",
  "\u0085/close",
  "<!-- plp:end -->",
  "<!-- plp:begin -->",
  "</details>",
  "<img src=x onerror=alert(1)>",
  "`",
  "``",
  "```\n",
  "|",
  "\\|",
  "\\",
  "@everyone",
  "[skip ci]",
  "[ci-skip]",
  "Closes #1",
  "Fixes: https://gitlab.example.com/iam/roles/-/issues/1",
  "\nPlp-History: arn:aws:iam::111122223333:role/x#AROA 1 abcdefabcdef",
  "\nCo-authored-by: x <x@example.com>",
  "\u202e",
  "\u200b",
  "\ud800",
  "$`x`$",
  "${Region}",
  "__proto__",
  " ",
  "",
);
const hostile = fc
  .array(fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 12 })), { maxLength: 6 })
  .map((parts) => parts.join(""));
const arn = fc.tuple(hostile, hostile, hostile).map(([a, b, c]) => `arn:aws:${a}:${b}:1:${c}`);
const resource = fc.oneof(hostile, arn, fc.constant("*"));
const condition = fc.option(
  fc.dictionary(hostile, fc.dictionary(hostile, fc.array(hostile, { maxLength: 2 }), { maxKeys: 2 }), {
    maxKeys: 2,
  }),
);
const addition = fc
  .tuple(hostile, resource, condition, fc.boolean(), hostile)
  .map(([action, on, when, widened, at]) =>
    seen(action, on, { condition: when, widened, firstSeen: at, lastSeen: at }),
  );
const missedLines = fc.array(
  fc
    .tuple(hostile, fc.option(resource), condition, fc.option(hostile), fc.constantFrom("deny", "resource"))
    .map(([action, on, when, lastSeen, reason]) =>
      missed(action, on, reason as "deny", { condition: when, lastSeen }),
    ),
  { maxLength: 2 },
);
const risks = fc.array(
  fc.record({
    ...{ id: hostile, title: hostile, why: hostile, harmless: hostile },
    reference: fc.oneof(
      hostile,
      hostile.map((text) => `https://example.com/${text}`),
    ),
    kind: fc.constant("escalation" as const),
    severity: fc.constantFrom("high" as const, "low" as const),
    actions: fc.array(hostile, { maxLength: 2 }),
    resources: fc.array(resource, { maxLength: 2 }),
  }),
  { maxLength: 2 },
);
const awsChecks = fc.record({
  validatePolicy: fc.record({
    ...{ result: fc.constant("fail" as const), reasons: fc.constant([]) },
    findings: fc.array(
      fc.record({
        type: fc.constantFrom("ERROR" as const, "SUGGESTION" as const),
        ...{ code: hostile, detail: hostile, learnMore: hostile, statement: fc.option(hostile) },
      }),
      { maxLength: 2 },
    ),
  }),
  noNewAccess: fc.record({ result: fc.constant("not-made" as const), reason: hostile }),
  notGranted: fc.record({
    result: fc.constant("fail" as const),
    reasons: fc.array(hostile, { maxLength: 2 }),
  }),
});
const kinds = ["service-level", "placeholder", "unmapped", "unprovable", "not-in-trail"] as const;
const role = fc
  .record({
    environment: hostile,
    arn: hostile.map((text) => `arn:aws:iam::111122223333:role/${text.replace(/\s/g, "")}`),
    added: fc.array(addition, { maxLength: 4 }),
    heldBack: fc.array(addition, { maxLength: 2 }),
    denied: fc.array(
      fc.record({
        action: hostile,
        resource: fc.option(resource),
        count: fc.nat(),
        last: hostile,
        by: fc.constant("scp" as const),
      }),
      { maxLength: 3 },
    ),
    questions: fc.array(fc.record({ kind: fc.constantFrom(...kinds), detail: hostile }), { maxLength: 3 }),
    withoutTrail: fc.boolean(),
    awsChecks,
    risks,
    removed: fc.array(addition, { maxLength: 3 }),
    enforce: fc.record({
      modesFile: fc.option(hostile),
      initialPolicy: hostile,
      carried: fc.array(
        fc
          .tuple(addition, hostile)
          .map(([permission, source]) => ({ ...permission, why: "no-record" as const, source })),
        { maxLength: 2 },
      ),
      quietSince: hostile,
    }),
    restore: fc.record({
      ...{ version: fc.nat(), only: fc.constant(null), by: hostile, order: hostile },
      refused: fc.array(
        fc.tuple(addition, hostile, hostile).map(([{ action, resource, condition }, at, by]) => ({
          ...{ action, resource, condition, at, by, request: { iid: 7, url: by } },
        })),
        { maxLength: 2 },
      ),
    }),
    forbidden: fc.array(addition, { maxLength: 2 }),
    backtest: fc.option(
      fc.record({ wouldBeDenied: missedLines, undecided: missedLines }).map((lines) => backtested(99, lines)),
    ),
  })
  .map(({ environment, ...more }) => roleView(environment, more));
const view: fc.Arbitrary<RequestView> = fc
  .record({
    application: hostile,
    folder: hostile,
    roles: fc.array(role, { minLength: 1, maxLength: 6 }),
    failed: fc.array(fc.record({ environment: hostile, reason: hostile }), { maxLength: 2 }),
    kind: fc.constantFrom(...requestKinds),
    modes: fc.array(fc.record({ path: hostile, content: hostile }), { maxLength: 1 }),
  })
  .map(({ roles, ...more }) => requestView(roles, more));

/** Line breaks of any kind that a renderer, a parser of quick actions or Git may know. */
const lines = (text: string) => text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/);
/** What stands outside code spans; a span is `…` on one line. */
const outside = (line: string) => line.replace(/`[^`]+`/g, "");

describe("Whatever foreign text says", () => {
  it("no line of a description is a quick action, and no HTML, table cell, mention or mark is forged", () => {
    fc.assert(
      fc.property(view, (shown) => {
        const text = renderDescription(shown);
        expect(text.length).toBeLessThanOrEqual(60_000);
        for (const line of lines(text)) {
          expect(line).not.toMatch(/^[\s\p{Cf}]*\//u);
          expect((line.match(/`/g) ?? []).length % 2).toBe(0);
          const ours = outside(line).replace(/<\/?details>|<\/?summary>|<br>/g, "");
          expect(ours).not.toMatch(/[<>@]/);
          expect(line.replace(/<\/?(details|summary)>|<br>/g, "")).not.toMatch(/[<>]/);
        }
        expect(text).not.toMatch(/[^\P{C}\n]/u);
        expect(text).not.toMatch(/clos\w* +#\d|fix\w*:? +(#|https)/i);
        const tables = lines(text).filter((line) => line.startsWith("|"));
        for (const line of tables) expect(line.endsWith("|")).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("every row of a table has the cells of its head", () => {
    fc.assert(
      fc.property(view, (shown) => {
        let cells = 0;
        for (const line of lines(renderDescription(shown))) {
          const count = line.startsWith("|") ? line.split("|").length : 0;
          if (count > 0 && cells > 0) expect(count).toBe(cells);
          cells = count;
        }
      }),
      { numRuns: 100 },
    );
  });

  it("the block between our marks is found again, and only it is replaced", () => {
    fc.assert(
      fc.property(view, view, hostile, (first, second, people) => {
        const before = `${withBlock("", renderDescription(first))}\n\n${people.replaceAll("plp:", "")}`;
        const after = withBlock(before, renderDescription(second));
        expect(after).toBe(`${withBlock("", renderDescription(second))}\n\n${people.replaceAll("plp:", "")}`);
        expect(after.match(/<!-- plp:(begin|end) -->/g)?.length).toBe(2);
      }),
      { numRuns: 100 },
    );
  });

  it("a title is one line of at most 255 characters that begins with Draft", () => {
    fc.assert(
      fc.property(view, (shown) => {
        const title = renderTitle(shown);
        expect(title.length).toBeLessThanOrEqual(255);
        expect(title).toMatch(
          /^Draft: [\p{L}\p{N}._/…-]+: (?:\d+ (?:new|missing|unused) permissions?(?:, urgent,| less)? for|enforce|back to version \d+ for|back to earlier versions for) [\p{L}\p{N}._/, …-]+$/u,
        );
      }),
    );
  });

  it("a commit message holds our trailers alone, skips no pipeline and closes no issue", () => {
    fc.assert(
      fc.property(view, (shown) => {
        const message = renderMessage(shown);
        expect(message).not.toMatch(/[[\]@]|#(?!AROAEXAMPLE )/);
        const trailers = lines(message).filter((line) => /^[A-Za-z-]+: ?\S+ \d+ [0-9a-f]+$/.test(line));
        expect(trailers.length).toBe(shown.roles.length);
        expect(lines(message).length).toBe(5 + shown.roles.length);
        expect(lines(message).every((line) => line.length < 3000)).toBe(true);
      }),
    );
  });

  it("a note has no quick action and no HTML", () => {
    fc.assert(
      fc.property(fc.array(role, { maxLength: 3 }), fc.boolean(), (later, hasConflicts) => {
        const note = renderNote({ kind: "frozen", why: "ready", by: null, later, hasConflicts });
        for (const line of lines(note)) expect(outside(line)).not.toMatch(/^\s*\/|[<>@]/);
      }),
    );
  });
});

describe("code", () => {
  it("keeps what reviewers must be able to read", () => {
    const text = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/shop-${x}*:Ünïcode";
    expect(code(text)).toBe(`\`${text}\``);
  });

  it("cuts the middle, so that both ends can be compared", () => {
    expect(code("a".repeat(100) + "b".repeat(100), 21)).toBe("`aaaaaaaaaa…bbbbbbbbbb`");
    expect(code("😀".repeat(50), 5)).toBe("`😀😀…😀😀`");
  });

  it("says that nothing is there instead of opening a span that never ends", () => {
    expect(code("\n\u0000 ")).toBe("(empty)");
  });
});

describe("plain", () => {
  it("keeps names as they are and takes everything else out of them", () => {
    expect(plain("shop.api_v2-x")).toBe("shop.api_v2-x");
    expect(plain("../../etc")).toBe("etc");
    expect(plain("[skip ci]")).toBe("skip-ci");
    expect(plain("\n")).toBe("unnamed");
  });
});

describe("A request", () => {
  it("shows files in one order and names every proposal", () => {
    const shown = requestView([roleView("prod"), roleView("test")]);
    expect(describeRequest(shown).roles.map(({ proposal }) => proposal)).toEqual([31, 31]);
  });

  it("leaves the description of people who took our marks away as it is", () => {
    expect(withBlock("mine", "ours")).toBe("mine");
    expect(withBlock("<!-- plp:end --> x <!-- plp:begin -->", "ours")).toBe(
      "<!-- plp:end --> x <!-- plp:begin -->",
    );
  });
});
