import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { canonicalEvents, canonicalJson, digestOf } from "./canonical.ts";
import { commitHash } from "./chain.ts";
import { packText, unpackText } from "./codec.ts";
import { event } from "./contract.ts";

describe("canonical JSON", () => {
  test.prop([fc.jsonValue()])("says the same as JSON, and saying it again changes nothing", (value) => {
    const text = canonicalJson(value);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(canonicalJson(JSON.parse(text))).toBe(text);
  });

  test.prop([fc.dictionary(fc.string(), fc.integer())])(
    "does not depend on the order of members",
    (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
    },
  );

  it("says where a value stands that it refuses", () => {
    expect(() => canonicalJson({ a: [1, { b: Number.NaN }] })).toThrow(/\$\.a\[1\]\.b is NaN/);
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(() => canonicalJson(circle)).toThrow(/deeper than 200/);
  });

  it("does not normalize Unicode: what was recorded is what is kept", () => {
    expect(canonicalJson("e\u0301")).not.toBe(canonicalJson("\u00e9"));
  });
});

describe("the digest of a commit", () => {
  it("depends on type and data, and on nothing else", () => {
    const one = digestOf([event({ a: 1 })]);
    expect(digestOf([event({ a: 1 }, { occurredAt: "later", correlationId: "x" })])).toBe(one);
    expect(digestOf([event({ a: 2 })])).not.toBe(one);
    expect(digestOf([event({ a: 1 }, { type: "X" })])).not.toBe(one);
    expect(digestOf([event({ a: 1 }), event({ a: 1 })])).not.toBe(one);
  });
});

describe("the bytes of a commit", () => {
  test.prop([fc.string({ unit: "binary", maxLength: 5000 }), fc.nat(20)])(
    "unpack to what was packed",
    (text, times) => {
      const canonical = canonicalEvents([event(text.repeat(times))]);
      expect(unpackText(packText(canonical))).toBe(canonical);
    },
  );

  it("stay readable and verifiable for ever: the format of today is the format of the first commit", () => {
    const canonical = canonicalEvents([event({ b: [1, null], a: "ü" })]);
    expect(canonical).toBe(
      '[{"actor":{"id":"merger","kind":"service","name":"PLP"},"causationId":"message-1","correlationId":"round-1","data":{"a":"ü","b":[1,null]},"occurredAt":"2026-01-01T00:00:00.000Z","schemaVersion":1,"type":"PolicyProposed"}]',
    );
    const content = { stream: "role#x", commitId: "id", recordedAt: "2026-01-01T00:00:00.000Z", canonical };
    expect(commitHash("", content)).toBe("f0eb13642350de95ec5256567099947fc3b0fff81de31001c8b0d182d451291b");
  });

  it("cannot be moved from one part of the hash to the next", () => {
    const content = { stream: "ab", commitId: "c", recordedAt: "d", canonical: "e" };
    expect(commitHash("", content)).not.toBe(commitHash("", { ...content, stream: "a", commitId: "bc" }));
  });
});
