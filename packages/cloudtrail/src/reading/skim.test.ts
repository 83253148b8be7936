import { hash } from "node:crypto";
import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { compileModule } from "../../scripts/compile.ts";
import { callBy } from "../testing.ts";
import { records, skimming } from "./assembly.data.ts";
import { theModules } from "./assembly.ts";
import { perId } from "./known-records.ts";
import { form, meaning, perEntry, type Skimmed, type Skimmer, skimmer, slot, stride, why } from "./skim.ts";

const needles = ["AssumedRole", "\\"];
const newSkimmer = (window = {}) => skimmer(theModules().skimming, { needles, ...window });

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

/** What was found so far, entry by entry; only what a test looks at. */
function entriesOf(skims: Skimmer) {
  const { numbers, times, sayings } = skims.found([]);
  const texts = Buffer.from(sayings);
  const entries = Array.from({ length: numbers.length / perEntry }, (_, index) => {
    const place = index * perEntry;
    const [meant, serial, second, third] = numbers.subarray(place, place + 4);
    const said =
      meant === meaning.call
        ? (JSON.parse(texts.toString("utf8", numbers[place + 8], numbers[place + 9])) as unknown)
        : null;
    return { meant, serial, second, third, said, first: times[place / 2 + 2], last: times[place / 2 + 3] };
  });
  skims.clear();
  return entries;
}

/** Takes records of one caller, in one file; answers with the entries of that meaning. */
function taken(skims: Skimmer, calls: readonly object[], meant: number, context: number | null = 2) {
  expect(skims.skim(Buffer.from(JSON.stringify({ Records: calls })))?.count).toBe(calls.length);
  skims.setFile(0, null);
  for (let stop = skims.take(0); stop !== null; stop = skims.take(stop.record)) {
    expect(stop.why).toBe(why.caller);
    skims.setCaller(stop.record, context, 0);
  }
  return entriesOf(skims).filter((entry) => entry.meant === meant);
}

/** How often each call was made, by serial number. */
function countsOf(skims: Skimmer) {
  expect(skims.settle(0)).toBeNull();
  const counts = entriesOf(skims).filter(({ meant }) => meant === meaning.count);
  const bySerial = new Map<number, number>();
  for (const { serial = 0, second = 0 } of counts) bySerial.set(serial, (bySerial.get(serial) ?? 0) + second);
  return [...bySerial].sort(([a], [b]) => a - b).map(([, count]) => count);
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

describe("taking the records of a file", () => {
  test("tells each call once, and how often it was made, whoever made it when", () => {
    const skims = newSkimmer();
    const calls = taken(
      skims,
      [
        callBy(),
        callBy({ eventID: "2", eventTime: "2026-03-03T00:00:00Z", userAgent: "x", sourceIPAddress: "y" }),
        callBy({ requestParameters: { bucketName: "shop2" } }),
      ],
      meaning.call,
    );
    expect(calls.map(({ said }) => said)).toMatchObject([
      { eventName: "GetBucketTagging", requestParameters: { bucketName: "shop" } },
      { eventName: "GetBucketTagging", requestParameters: { bucketName: "shop2" } },
    ]);
    expect(calls[0]?.said).not.toHaveProperty("eventID");
    expect(taken(skims, [callBy({ eventID: "3" })], meaning.call)).toEqual([]);
    expect(countsOf(skims)).toEqual([3, 1]);
  });

  test("of another context are other calls", () => {
    const skims = newSkimmer();
    taken(skims, [callBy()], meaning.call, 2);
    expect(taken(skims, [callBy({}, "ci/other")], meaning.call, 3)).toHaveLength(1);
    expect(countsOf(skims)).toEqual([1, 1]);
  });

  test("keeps answers apart until somebody tells that they do not matter", () => {
    const skims = newSkimmer();
    const answered = (subnetId: string) => callBy({ responseElements: { subnetId } });
    const [first, second] = taken(skims, [answered("1"), answered("2"), answered("1")], meaning.call);
    expect(second?.said).toMatchObject({ responseElements: { subnetId: "2" } });
    expect(second?.third).toBe(-1);
    skims.tell(first?.third ?? -1, first?.serial ?? 0);
    expect(taken(skims, [answered("3"), answered("2")], meaning.call)).toEqual([]);
    expect(countsOf(skims)).toEqual([4, 1]);
  });

  test("a call without an answer is not one of those whose answers matter", () => {
    const skims = newSkimmer();
    const calls = taken(skims, [callBy({ responseElements: { subnetId: "1" } }), callBy()], meaning.call);
    expect(calls).toHaveLength(2);
    expect(calls[1]?.said).not.toHaveProperty("responseElements");
    expect(countsOf(skims)).toEqual([1, 1]);
  });

  test("an answer that may tell of an error is a part of the call, whatever was told", () => {
    const skims = newSkimmer();
    const answers = [{ id: 1 }, { errorCode: "AccessDenied" }, { __type: "x" }, { text: "\\" }];
    const [first] = taken(skims, [callBy({ responseElements: answers[0] })], meaning.call);
    skims.tell(first?.third ?? -1, first?.serial ?? 0);
    const calls = answers.map((responseElements) => callBy({ responseElements }));
    expect(taken(skims, calls, meaning.call)).toHaveLength(3);
  });

  test("gives away the three earliest of a call, as far as it saw them, and what may be another of one id", () => {
    const at = (second: number) => Date.UTC(2026, 2, 2, 10, 0, second);
    const offered = (seconds: readonly number[], idOf: (index: number) => string, meant: number) => {
      const calls = seconds.map((second, index) => {
        const eventTime = new Date(at(second)).toISOString().replace(".000", "");
        return callBy({ eventTime, eventID: idOf(index) });
      });
      return taken(newSkimmer(), calls, meant).map(({ first }) => ((first ?? 0) - at(0)) / 1_000);
    };
    const uuid = (number: number) => `${String(number).padStart(8, "1")}-1111-4111-8111-111111111111`;
    const seconds = [5, 6, 7, 8, 4, 7, 9];
    expect(offered(seconds, uuid, meaning.example)).toEqual([5, 6, 7, 4]);
    expect(offered(seconds, () => uuid(0), meaning.example)).toEqual(seconds);
    expect(offered(seconds, (index) => uuid(index % 3), meaning.example)).toEqual([5, 6, 7, 4, 7]);
    // Of other ids nobody tells here whether they are the same.
    expect(offered(seconds, String, meaning.oddExample)).toEqual(seconds);
  });

  test("forgets the oldest calls, not how often they were made", () => {
    const skims = newSkimmer();
    const made = 70_000;
    let counted = 0;
    for (let from = 0; from < made; from += 1_000) {
      const calls = Array.from({ length: 1_000 }, (_, index) =>
        callBy({ requestParameters: { bucketName: `shop-${from + index}` } }),
      );
      counted += taken(skims, calls, meaning.count).reduce((sum, { second = 0 }) => sum + second, 0);
    }
    for (let call: number | null = 0; call !== null; ) {
      call = skims.settle(call);
      counted += entriesOf(skims).reduce((sum, { second = 0 }) => sum + second, 0);
    }
    expect(counted).toBe(made);
  });

  test("asks to take away what was found before there is too much of it", () => {
    const skims = newSkimmer();
    const big = (index: number) => callBy({ requestParameters: { index, text: "x".repeat(300_000) } });
    expect(skims.skim(Buffer.from(JSON.stringify({ Records: [1, 2, 3, 4].map(big) })))?.count).toBe(4);
    expect(skims.take(0)).toEqual({ record: 0, why: why.caller });
    skims.setCaller(0, 2, 0);
    expect(skims.take(0)).toEqual({ record: 3, why: why.full });
    expect(skims.fullness()).toBeGreaterThan(0.8);
    skims.clear();
    expect(skims.take(3)).toBeNull();
  });

  test("leaves to a parse what it cannot hold", () => {
    const skims = newSkimmer();
    const huge = callBy({ requestParameters: { text: "x".repeat(2_000_000) } });
    expect(skims.skim(Buffer.from(JSON.stringify({ Records: [huge] })))?.count).toBe(1);
    skims.take(0);
    const caller = skims.setCaller(0, 2, 0);
    expect(skims.take(0)).toEqual({ record: 0, why: why.whole });
    expect(skims.called()).toEqual({ caller, time: Date.parse("2026-03-02T10:00:00Z") });
  });

  test("counts who is outside of the window, and nobody else", () => {
    const skims = newSkimmer({
      since: Date.parse("2026-03-02T00:00:00Z"),
      until: Date.parse("2026-03-02T23:59:59Z"),
    });
    const days = ["2026-03-01", "2026-03-02", "2026-03-03"];
    const calls = days.map((day) => callBy({ eventTime: `${day}T10:00:00Z` }));
    expect(
      taken(skims, [...calls, callBy({ userIdentity: {}, eventTime: "2026-03-09T10:00:00Z" })], meaning.call),
    ).toHaveLength(1);
    expect(skims.outsideWindow()).toBe(3);
  });

  propertyTest.prop([
    fc.oneof(
      fc
        .date({
          noInvalidDate: true,
          min: new Date("0000-01-01T00:00:00Z"),
          max: new Date("9999-12-31T00:00:00Z"),
        })
        .map((date) => `${date.toISOString().slice(0, 19)}Z`),
      fc
        .tuple(fc.nat(9_999), fc.nat(13), fc.nat(32), fc.nat(25), fc.nat(61), fc.nat(61))
        .map(([year, ...rest]) => {
          const [month, day, hour, minute, second] = rest.map((number) => String(number).padStart(2, "0"));
          return `${String(year).padStart(4, "0")}-${month}-${day}T${hour}:${minute}:${second}Z`;
        }),
      fc.string(),
    ),
  ])("reads a time as a parse would, or leaves it to one", (eventTime) => {
    const skims = newSkimmer();
    skims.skim(Buffer.from(JSON.stringify({ Records: [callBy({ eventTime })] })));
    const stop = skims.take(0);
    if (stop?.why === why.time) return;
    skims.setCaller(0, 2, 0);
    skims.take(0);
    const [call] = entriesOf(skims).filter(({ meant }) => meant === meaning.call);
    expect(call?.first).toBe(Date.parse(eventTime));
    expect(new Date(call?.first ?? Number.NaN).toISOString()).toBe(eventTime.replace("Z", ".000Z"));
  });
});
