import { describe, expect, test } from "vitest";
import { compileSkim } from "../scripts/compile.ts";
import { compiled } from "./skim.data.ts";
import { form, fresh, mostCallers, mostCalls, type Skimmed, skimmer, slot, stride } from "./skim.ts";
import { callBy } from "./testing.ts";

const shop = "arn:aws:iam::111122223333:role/ci/shop-prod";
const { skim, find, setForeign } = skimmer(["AssumedRole", "\\"]);

function skimmed(text: string): Skimmed | null {
  return skim(Buffer.from(text));
}

/** The text of a part of a record. */
function part(text: string, found: Skimmed | null, record: number, which: number): string | null {
  const from = found?.slots[record * stride + which] ?? -1;
  const to = found?.slots[record * stride + which + 1] ?? -1;
  return from < 0 ? null : Buffer.from(text).toString("utf8", from, to);
}

function at(found: Skimmed | null, record: number, which: number): number | undefined {
  return found?.slots[record * stride + which];
}

test("what is compiled is what the source says, and both sides mean the same places", async () => {
  const wasm = await compileSkim();
  expect(Buffer.from(wasm).toString("base64")).toBe(compiled);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  const told = exports as Readonly<Record<string, { readonly value: number }>>;
  expect(told.SLOTS?.value).toBe(4 * stride);
  expect(told.FRESH?.value).toBe(fresh);
  expect(told.MOST_CALLERS?.value).toBe(mostCallers);
  expect(told.MOST_CALLS?.value).toBe(mostCalls);
});

describe("skimming a file", () => {
  test("finds the parts of every record, wherever strings begin and end", () => {
    for (let length = 0; length < 70; length += 1) {
      const hostile = `${"x".repeat(length)}\\"},{"eventID":"no"`;
      const first = callBy({ requestParameters: { hostile, list: [hostile, [], {}, [[hostile]]] } });
      const records = [first, callBy({ eventID: "7".repeat(length) }), callBy({ userAgent: hostile })];
      const text = JSON.stringify({ Records: records });
      const found = skimmed(text);
      expect(found?.count).toBe(3);
      for (const [index, record] of records.entries()) {
        expect(part(text, found, index, slot.from)).toBe(JSON.stringify(record));
        expect(part(text, found, index, slot.id)).toBe(JSON.stringify(record.eventID));
        expect(part(text, found, index, slot.identity)).toBe(JSON.stringify(record.userIdentity));
        expect(part(text, found, index, slot.agent)).toBe(JSON.stringify(record.userAgent));
        expect(part(text, found, index, slot.response)).toBe("null");
        expect(part(text, found, index, slot.shared)).toBeNull();
      }
    }
  });

  test("reads what stands between as JSON may have it", () => {
    const text = ' {\n "Records" : [ { "eventID" : "1" , "n":-1.5e3,"b" :true,"z":[ ] } , {} ] }\n ';
    const found = skimmed(text);
    expect(found?.count).toBe(2);
    expect(part(text, found, 0, slot.id)).toBe('"1"');
    expect(part(text, found, 1, slot.from)).toBe("{}");
  });

  test("tells a file of another form, and a damaged one", () => {
    const whole = JSON.stringify({ Records: [callBy(), callBy()] });
    expect(skimmed("[]")).toBeNull();
    expect(skimmed("")).toBeNull();
    expect(skimmed('{"Records":[1]}')).toBeNull();
    expect(skimmed('{"Records":[],"more":1}')).toBeNull();
    for (let length = 0; length < whole.length; length += 1) {
      expect(skimmed(whole.slice(0, length))).toBeNull();
    }
    expect(skimmed(whole)?.count).toBe(2);
  });

  test("leaves to a parse what stands there twice or is spelled with escapes", () => {
    const one = JSON.stringify(callBy()).slice(0, -1);
    const found = skimmed(`{"Records":[${one},"eventID":"2"},${one},"event\\u004eame":"x"},${one}}]}`);
    expect([0, 1, 2].map((record) => at(found, record, slot.form))).toEqual([form.odd, form.odd, form.plain]);
  });

  test("knows a caller again, and forgets that it was foreign when another one has its place", () => {
    const of = (role: string) => JSON.stringify({ Records: [callBy({}, role)] });
    const first = at(skimmed(of("x/one")), 0, slot.caller) ?? 0;
    expect(first & fresh).toBe(fresh);
    expect(at(skimmed(of("x/one")), 0, slot.caller)).toBe(first & ~fresh);
    setForeign(0);
    expect(at(skimmed(of("x/one")), 0, slot.form)).toBe(form.foreign);
    const [user, service] = [{ type: "IAMUser" }, { type: "AWSService" }];
    const others = skimmed(
      JSON.stringify({ Records: [user, service].map((userIdentity) => ({ userIdentity })) }),
    );
    expect([0, 1].map((record) => at(others, record, slot.form))).toEqual([form.foreign, form.foreign]);
    for (let index = 0; index < 4 * mostCallers; index += 1) skimmed(of(`x/other-${index}`));
    expect(at(skimmed(of("x/one")), 0, slot.form)).toBe(form.plain);
  });

  test("numbers calls by what they say, whoever says it when and with which answer", () => {
    const records = [
      callBy(),
      callBy({ eventID: "2", eventTime: "2026-03-03T00:00:00Z", userAgent: "x", sourceIPAddress: "y" }),
      callBy({ requestParameters: { bucketName: "shop2" } }),
      callBy({ responseElements: { subnetId: "subnet-1" } }),
      callBy({ responseElements: { errorCode: "AccessDenied" } }),
      callBy({ responseElements: { __type: "x" } }),
      callBy({ responseElements: { text: "\\" } }),
    ];
    const found = skimmed(JSON.stringify({ Records: records }));
    const numbers = records.map((_, record) => find(record, 1, false) & ~fresh);
    expect(numbers[1]).toBe(numbers[0]);
    expect(numbers[3]).toBe(numbers[0]);
    expect(new Set(numbers).size).toBe(5);
    expect(records.map((_, record) => at(found, record, slot.failed))).toEqual([0, 0, 0, 0, 1, 1, 1]);
    expect(find(0, 2, false)).toBeGreaterThanOrEqual(fresh);
    expect(find(3, 1, true)).toBeGreaterThanOrEqual(fresh);
    expect(find(0, 1, false)).toBe(numbers[0]);
  });

  test("reads an eventID's bits", () => {
    const eventID = "01234567-89aB-cdef-0123-456789abcdef";
    const found = skimmed(JSON.stringify({ Records: [callBy({ eventID }), callBy({ eventID: shop })] }));
    const words = [0, 1, 2, 3].map((word) => (at(found, 0, slot.uuidWords + word) ?? 0) >>> 0);
    expect(words).toEqual([0x01234567, 0x89abcdef, 0x01234567, 0x89abcdef]);
    expect([0, 1].map((record) => at(found, record, slot.uuid))).toEqual([1, 0]);
  });
});
