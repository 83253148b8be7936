import { describe, expect, it } from "vitest";
import { emptyPolicy } from "./parse.ts";
import { parseParts, partPath } from "./parts.ts";

describe("reading the parts", () => {
  it("takes no file and an empty file for the empty policy", () => {
    expect(parseParts([]).policy).toEqual(emptyPolicy);
    expect(parseParts([{ path: "p.json", text: " \n" }]).policy).toEqual(emptyPolicy);
  });

  it("refuses files whose versions read ${ differently", () => {
    const file = (version: string, resource: string) => ({
      path: `${version}.json`,
      text: JSON.stringify({
        Version: version,
        Statement: { Effect: "Allow", Action: "s3:*", Resource: resource },
      }),
    });
    expect(() => parseParts([file("2012-10-17", "*"), file("2008-10-17", "a${*}")])).toThrow(
      /different Versions/,
    );
    expect(parseParts([file("2012-10-17", "*"), file("2008-10-17", "a")]).policy.version).toBe("2012-10-17");
  });

  it("names the file in an error", () => {
    expect(() => parseParts([{ path: "prod.2.json", text: "{" }])).toThrow(/^prod\.2\.json: not JSON/);
  });

  it("knows the file of each part", () => {
    expect([1, 2, 3].map((part) => partPath("policies/prod.json", part))).toEqual([
      "policies/prod.json",
      "policies/prod.2.json",
      "policies/prod.3.json",
    ]);
  });
});
