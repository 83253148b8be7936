import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compilePattern,
  foldAscii,
  literalPattern,
  matches,
  patternCovers,
  patternsOverlap,
} from "./match.ts";

const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });

/** Every text over three letters up to length 6; "z" stands in no pattern. */
const texts = allTexts(["a", "b", "z"], 6);

function allTexts(letters: readonly string[], length: number): readonly string[] {
  const found = [""];
  for (let at = 0; at < found.length; at += 1) {
    const text = found[at] ?? "";
    if (text.length < length) found.push(...letters.map((letter) => text + letter));
  }
  return found;
}

function asRegExp(source: string): RegExp {
  return new RegExp(`^${source.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
}

describe("matching a pattern", () => {
  it("agrees with a regular expression on all short texts", () => {
    fc.assert(
      fc.property(pattern, (source) => {
        const compiled = compilePattern(source);
        const wanted = asRegExp(source);
        for (const text of texts) expect(matches(compiled, text) === "yes").toBe(wanted.test(text));
      }),
      { numRuns: 150 },
    );
  });

  it("takes no more than pattern times text, however many stars", () => {
    const compiled = compilePattern(`${"*a".repeat(500)}b`);
    expect(matches(compiled, "a".repeat(5000))).toBe("no");
  });

  it("reads the escapes of stars, question marks and dollars as those characters", () => {
    const compiled = compilePattern("a${*}b${?}c${$}");
    expect(matches(compiled, "a*b?c$")).toBe("yes");
    expect(matches(compiled, "axbxc$")).toBe("no");
  });

  it("cannot tell for a policy variable, but says no where no value of it would match", () => {
    const compiled = compilePattern("arn:aws:s3:::home/${aws:username}/*");
    expect(matches(compiled, "arn:aws:s3:::home/ada/x")).toBe("cannot-tell");
    expect(matches(compiled, "arn:aws:s3:::other/ada/x")).toBe("no");
  });

  it("takes a variable that does not end for a variable", () => {
    expect(matches(compilePattern("a${b"), "a${b")).toBe("cannot-tell");
  });

  it("folds the letters of ASCII only", () => {
    expect(foldAscii("S3:GetObject")).toBe("s3:getobject");
    expect(foldAscii("\u212Ams:Decrypt")).toBe("\u212Ams:decrypt");
  });

  it("matches a name, made into a pattern, by that name alone", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "*", "?", "$", "{", "}") }), (name) => {
        const compiled = compilePattern(literalPattern(name));
        expect(compiled.literal).toBe(name);
      }),
    );
  });
});

describe("one pattern covering another", () => {
  it("agrees with trying all short texts", () => {
    fc.assert(
      fc.property(pattern, pattern, (outer, inner) => {
        const within = texts.filter((text) => asRegExp(inner).test(text));
        const all = within.every((text) => asRegExp(outer).test(text));
        const covers = patternCovers(outer, inner);
        if (covers) expect(all).toBe(true);
        // Seven characters of outer and six letters of text: a counterexample is never longer than they allow.
        if (outer.length + inner.length <= 6) expect(covers).toBe(all);
      }),
      { numRuns: 1500 },
    );
  });

  it.each([
    ["*", "a*b", true],
    ["?*", "*a", true],
    ["*?", "?*", true],
    ["a*b", "a*", false],
    ["a?*b", "a*b", false],
    ["*a*", "*b*a*b*", true],
    ["a*a", "a", false],
    ["arn:aws:s3:::b/*", "arn:aws:s3:::b/*/x", true],
    ["arn:aws:s3:::b/*", "arn:aws:s3:::b*", false],
    ["${aws:username}", "${aws:username}", true],
    ["${aws:username}", "${aws:userid}", false],
    ["????", "${a}", false],
    ["*", "${a}", true],
  ])("%s over %s: %s", (outer, inner, expected) => {
    expect(patternCovers(outer, inner)).toBe(expected);
  });

  it("gives up, uncovered, on patterns made to exhaust it", () => {
    const outer = `${"*a".repeat(40)}${"?".repeat(2000)}`;
    expect(patternCovers(outer, `${"*a?".repeat(3000)}b`)).toBe(false);
  }, 20_000);
});

describe("two patterns overlapping", () => {
  it("agrees with trying all short texts", () => {
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        const common = texts.some((text) => asRegExp(a).test(text) && asRegExp(b).test(text));
        const overlap = patternsOverlap(compilePattern(a), compilePattern(b));
        if (common) expect(overlap).toBe(true);
        if (a.length + b.length <= 6) expect(overlap).toBe(common);
      }),
      { numRuns: 1500 },
    );
  });

  it("holds for a variable whatever it may stand for", () => {
    expect(patternsOverlap(compilePattern("a/${x}"), compilePattern("a/b"))).toBe(true);
    expect(patternsOverlap(compilePattern("a/${x}"), compilePattern("b/*"))).toBe(false);
  });
});
