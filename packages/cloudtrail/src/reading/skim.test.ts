import { hash } from "node:crypto";
import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { compileModule } from "../../scripts/compile.ts";
import { callBy } from "../testing.ts";
import { records, skimming } from "./assembly.data.ts";
import { theModules } from "./assembly.ts";
import { perEntry } from "./found.ts";
import { perId } from "./known-records.ts";
import { form, type Skimmed, skimmer, slot, stride, why } from "./skim.ts";

const needles = ["AssumedRole", "\\"];
const newSkimmer = () => skimmer(theModules().skimming, { needles });

const usual = newSkimmer();

function skimmed(text: string, skims = usual): Skimmed | null {
  return skims.skim(Buffer.from(text));
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

const digestOf = (bytes: Uint8Array) => hash("sha256", bytes);

test("what is compiled is what the source says, and both sides mean the same places", async () => {
  const wasm = await compileModule("skimming");
  expect(digestOf(wasm)).toBe(digestOf(Buffer.from(skimming, "base64")));
  expect(digestOf(await compileModule("records"))).toBe(digestOf(Buffer.from(records, "base64")));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  const told = exports as Readonly<Record<string, { readonly value: number }>>;
  expect(told.SLOTS?.value).toBe(4 * stride);
  expect(told.ID?.value).toBe(4 * perId);
  expect(told.ENTRY?.value).toBe(4 * perEntry);
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
    const skims = newSkimmer();
    const formOf = (role: string) => {
      const found = skimmed(JSON.stringify({ Records: [callBy({}, role)] }), skims);
      return at(found, 0, slot.form);
    };
    expect(formOf("x/one")).toBe(form.plain);
    expect(skims.take(0)).toEqual({ record: 0, why: why.caller });
    skims.setCaller(0, null, 0);
    expect(skims.take(0)).toBeNull();
    expect(formOf("x/one")).toBe(form.foreign);
    const [user, service] = [{ type: "IAMUser" }, { type: "AWSService" }];
    const others = skimmed(
      JSON.stringify({ Records: [user, service].map((userIdentity) => ({ userIdentity })) }),
      skims,
    );
    expect([0, 1].map((record) => at(others, record, slot.form))).toEqual([form.foreign, form.foreign]);
    for (let index = 0; index < 20_000; index += 1) formOf(`x/other-${index}`);
    expect(formOf("x/one")).toBe(form.plain);
    expect(skims.take(0)).toEqual({ record: 0, why: why.caller });
  });

  const telling = fc.tuple(
    fc.constantFrom("eventSource", "eventName", "awsRegion", "readOnly", "managementEvent", "errorMessage"),
    fc.constantFrom(
      ...["1", "12", "true", "truex", "null", "{}", '{"a":["}"]}', '""', '"a"', '"b"', '"\\"}"'],
      ...["a", "b"].map((last) => `"${"x".repeat(60)}${last}"`),
    ),
  );
  const anyRun = fc.record({
    tells: fc.constant(true),
    text: fc
      .array(telling, { minLength: 1, maxLength: 4 })
      .map((members) => members.map(([name, value]) => `"${name}":${value}`).join()),
  });
  const between = ['"eventID":"1"', '"x":1', '"event\\u004eame":1', '"requestID":"eventName"'].map(
    (text) => ({
      tells: false,
      text,
    }),
  );

  propertyTest.prop([
    fc
      .array(anyRun, { minLength: 1, maxLength: 4 })
      .chain((runs) => fc.array(fc.array(fc.constantFrom(...runs, ...between), { maxLength: 12 }))),
  ])("finds what tells something as it stands there, whatever stood in records before", (records) => {
    const texts = records.map((parts) => `{${parts.map(({ text }) => text).join()}}`);
    const text = `{"Records":[${texts.join()}]}`;
    const found = skimmed(text);
    expect(found?.count).toBe(records.length);
    for (const [record, parts] of records.entries()) {
      const groups: string[][] = [];
      for (const [index, { tells, text: own }] of parts.entries()) {
        if (tells && parts[index - 1]?.tells === true) groups.at(-1)?.push(own);
        else if (tells) groups.push([own]);
      }
      const regions = Array.from({ length: at(found, record, slot.regions) ?? 0 }, (_, region) =>
        part(text, found, record, slot.firstRegion + 2 * region),
      );
      expect(regions).toEqual(groups.slice(0, 6).map((group) => group.join()));
      const twice = parts.filter((one) => one === between[0]).length > 1;
      const isOdd = groups.length > 6 || twice || parts.some((one) => one === between[2]);
      expect(at(found, record, slot.form)).toBe(isOdd ? form.odd : form.plain);
      expect(part(text, found, record, slot.from)).toBe(texts[record]);
    }
  });

  test("knows words again only as far as they are the same", () => {
    const values = ["1", "12", "1 ", "true", "truex", '"a"', '"b"', '"a","eventCategory":"b"', '"a","x":"b"'];
    const begin = `"eventSource":"s3.amazonaws.com","eventName":"GetBucketTagging","managementEvent":`;
    for (const one of values) {
      for (const other of values) {
        const text = `{"Records":[{${begin}${one}},{${begin}${other}},{${begin}${one}}]}`;
        const found = skimmed(text);
        const regions = [0, 1, 2].map((record) => part(text, found, record, slot.firstRegion));
        const told = [one, other, one].map((value) => begin + value.replace(',"x":"b"', "").trim());
        expect(regions).toEqual(told);
      }
    }
  });

  test("tells what is damaged behind words that it knows", () => {
    const run = `"eventSource":"s3.amazonaws.com","eventName":"GetBucketTagging","readOnly":true`;
    expect(skimmed(`{"Records":[{${run}},{${run},"x":1}]}`)?.count).toBe(2);
    for (const after of ["", "x", '"', ":1", " 1", ",}", "]"]) {
      expect(skimmed(`{"Records":[{${run}},{${run.replace("true", '"true"')}${after}`)).toBeNull();
      expect(skimmed(`{"Records":[{${run}},{${run}${after}`)).toBeNull();
    }
  });

  propertyTest.prop([
    fc.array(
      fc.constantFrom<object | string | null>(
        ...["AWSService", "IAMUser", "AssumedRole", "\\"].flatMap((type) =>
          ["1", "2", "22", '"}', "x".repeat(60)].flatMap((name) => [
            { type, name },
            { type, arn: "arn:aws:iam::111122223333:user/some-name", name },
            { type, more: ["x".repeat(250), {}], name },
          ]),
        ),
        {},
        "x".repeat(60),
        null,
      ),
    ),
  ])("tells whose identity it is, whoever was met before", (identities) => {
    const text = JSON.stringify({ Records: identities.map((userIdentity) => ({ userIdentity })) });
    const found = skimmed(text);
    for (const [record, identity] of identities.entries()) {
      const said = JSON.stringify(identity);
      expect(part(text, found, record, slot.identity)).toBe(said);
      const inScope = needles.some((needle) => said.includes(needle));
      expect(at(found, record, slot.form)).toBe(inScope ? form.plain : form.foreign);
    }
  });

  propertyTest.prop([fc.uuid(), fc.func(fc.boolean())])(
    "reads an eventID's bits, whatever case its letters have",
    (id, isUpper) => {
      const eventID = id.replace(/[a-f]/g, (letter) => (isUpper(letter) ? letter.toUpperCase() : letter));
      const found = skimmed(JSON.stringify({ Records: [callBy({ eventID })] }));
      const words = [0, 1, 2, 3].map((word) => (at(found, 0, slot.uuidWords + word) ?? 0) >>> 0);
      expect(words.map((word) => word.toString(16).padStart(8, "0")).join("")).toBe(id.replaceAll("-", ""));
      expect(at(found, 0, slot.uuid)).toBe(1);
    },
  );

  test("takes an eventID with any other byte in it for none", () => {
    const id = "01234567-89aB-cdef-0123-456789abcdef";
    const others = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).filter(
      (byte) => byte !== '"' && byte !== "\\",
    );
    for (const [index, own] of [...id].entries()) {
      const text = others.map((byte) => `{"eventID":"${id.slice(0, index)}${byte}${id.slice(index + 1)}"}`);
      const found = usual.skim(Buffer.from(`{"Records":[${text.join()}]}`, "latin1"));
      const fits = others.map((byte) => (own === "-" ? byte === "-" : /[0-9a-f]/i.test(byte)));
      expect(others.map((_, record) => at(found, record, slot.uuid) === 1)).toEqual(fits);
    }
  });
});
