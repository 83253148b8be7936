import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { callBy } from "../testing.ts";
import { theModules } from "./assembly.ts";
import { meaning, perEntry } from "./found.ts";
import { type Skimmer, skimmer, why } from "./skim.ts";

const newSkimmer = (window = {}) =>
  skimmer(theModules().skimming, { needles: ["AssumedRole", "\\"], ...window });

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
