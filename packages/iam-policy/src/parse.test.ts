import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPolicyError } from "./errors.ts";
import { parsePolicy } from "./parse.ts";

const allow = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
const read = (statement: unknown) => parsePolicy({ Version: "2012-10-17", Statement: statement }, "p.json");

describe("reading a policy", () => {
  it("takes one statement or a list, and strings or lists anywhere", () => {
    const one = read(allow).statements[0];
    const many = read([{ ...allow, Action: ["s3:GetObject"], Resource: ["*"] }]).statements[0];
    expect(one?.actions).toEqual(["s3:GetObject"]);
    expect(many?.actions).toEqual(one?.actions);
    expect(many?.resources).toEqual(one?.resources);
  });

  it("reads condition values as strings", () => {
    const condition = {
      Bool: { "aws:SecureTransport": false },
      NumericLessThan: { "s3:max-keys": [10, "20"] },
    };
    expect(read({ ...allow, Condition: condition }).statements[0]?.conditions).toEqual({
      Bool: { "aws:SecureTransport": ["false"] },
      NumericLessThan: { "s3:max-keys": ["10", "20"] },
    });
  });

  it("keeps what it does not understand, and names it", () => {
    const statement = {
      ...allow,
      Principal: "*",
      Extra: { a: 1 },
      Condition: { StringMatches: { k: "v" }, StringEquals: { e: [] } },
    };
    const [parsed] = read(statement).statements;
    expect(parsed?.notUnderstood).toEqual([
      "Principal",
      "Extra",
      "Condition.StringMatches",
      "Condition.StringEquals.e (an empty list)",
    ]);
    expect(parsed?.verbatim).toBe(statement);
  });

  it("does not take an empty NotAction for everything", () => {
    expect(read({ Effect: "Allow", NotAction: [], Resource: "*" }).statements[0]?.notUnderstood).toHaveLength(
      1,
    );
  });

  it("reads names such as __proto__ as names", () => {
    const text = `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*",
      "Condition":{"StringEquals":{"__proto__":"x","constructor":"y"}},"__proto__":{"Effect":"Deny"}}}`;
    const [statement] = parsePolicy(text, "p.json").statements;
    expect(statement?.effect).toBe("Allow");
    expect(statement?.notUnderstood).toEqual(["__proto__"]);
    expect(Object.keys(statement?.conditions?.StringEquals ?? {})).toEqual(["__proto__", "constructor"]);
  });

  it("accepts a Sid that stands twice", () => {
    expect(
      read([
        { ...allow, Sid: "A" },
        { ...allow, Sid: "A" },
      ]).statements,
    ).toHaveLength(2);
  });

  it.each([
    ["not JSON", "{", /^p\.json: not JSON/],
    ["not an object", "[]", /^p\.json: a policy is a JSON object, this is a list$/],
    ["without Statement", "{}", /has no Statement/],
    ["of another version", '{"Version":"2024-01-01","Statement":[]}', /Version is "2024-01-01"/],
    ["with an unknown element", '{"Statement":[],"statement":[]}', /unknown element "statement"/],
    ["with a key twice", '{"Statement":{"Effect":"Deny","Effect":"Allow"}}', /"Effect" stands twice/],
    ["with a number that would come out as another", '{"Statement":{"a":[7,-1.5,1.0]}}', /the number "1\.0"/],
    [
      "with a number beyond all numbers",
      '{"Statement":12345678901234567890}',
      /"12345678901234567890" is not kept/,
    ],
    ["nested without end", `${"[".repeat(5000)}${"]".repeat(5000)}`, /nested more than/],
  ])("refuses a policy %s", (_, text, message) => {
    expect(() => parsePolicy(text, "p.json")).toThrow(message);
  });

  it.each([
    ["no object", "x", /statement 0, a statement is a JSON object/],
    [
      "a wrong Effect",
      { ...allow, Effect: "allow" },
      /statement 0, Effect: expected "Allow" or "Deny", found "allow"/,
    ],
    ["no Action", { Effect: "Allow", Resource: "*" }, /Action: missing/],
    [
      "action for Action",
      { Effect: "Allow", action: "a:b", Resource: "*" },
      /found "action", but element names are case/,
    ],
    ["Action and NotAction", { ...allow, NotAction: "x" }, /Action: stands beside NotAction/],
    ["no Resource", { Effect: "Allow", Action: "a:b" }, /Resource: missing/],
    [
      "a number for an action",
      { ...allow, Action: ["a:b", 1] },
      /Action: expected strings in the list, found a number/,
    ],
    [
      "an object for a value",
      { ...allow, Condition: { StringEquals: { k: {} } } },
      /Condition\.StringEquals\.k: expected/,
    ],
    ["a Sid that is no string", { ...allow, Sid: 7 }, /Sid: expected a string/],
  ])("names statement and element: %s", (_, statement, message) => {
    expect(() => read([statement])).toThrow(message);
  });

  it("names the Sid, cut and escaped", () => {
    const error = thrown(() => read([{ ...allow, Sid: `a\nb${"x".repeat(500)}`, Effect: 1 }]));
    expect(isPolicyError(error) && error.message.length < 300 && !error.message.includes("\n")).toBe(true);
    expect(isPolicyError(error) && error.key).toBe("Effect");
  });

  it("finds a key that stands twice only where both are keys of one object", () => {
    const fine = '{"Statement":[{"Effect":"Allow","Action":["Effect","Effect",","],"Resource":"a\\"b{"}]}';
    expect(parsePolicy(fine, "p.json").statements[0]?.actions).toHaveLength(3);
  });

  it("throws nothing but its own error, whatever it is given", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.json(), fc.string()), (input) => {
        const error = thrown(() => parsePolicy(input, "p.json"));
        expect(error === null || isPolicyError(error)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("throws nothing but its own error on statements with anything in them", () => {
    const names = fc.constantFrom("Sid", "Effect", "Action", "NotAction", "Resource", "Condition", "x");
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom("Allow", "Deny", "a:b", "*"));
    fc.assert(
      fc.property(fc.array(fc.dictionary(names, value)), (statements) => {
        const error = thrown(() => read(statements));
        expect(error === null || isPolicyError(error)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("stops at nesting without end in a value that was never text", () => {
    const endless: { Statement?: unknown } = {};
    endless.Statement = endless;
    expect(() => parsePolicy(endless, "p.json")).toThrow(/nested more than/);
  });
});

function thrown(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
}
