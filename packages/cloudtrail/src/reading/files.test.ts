import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { callBy } from "../testing.ts";
import { deliveredAt, isLogFile, readLogFile } from "./files.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const one = callBy();
const log = JSON.stringify({ Records: [one, one] });

describe("log files", () => {
  test("digests, Insights and other things are told by their names", () => {
    expect(isLogFile("AWSLogs/1/CloudTrail/eu-central-1/2026/03/02/1_CloudTrail_x.json.gz")).toBe(true);
    expect(isLogFile("events.json")).toBe(true);
    expect(isLogFile("AWSLogs/1/CloudTrail-Digest/eu-central-1/1_CloudTrail-Digest_x.json.gz")).toBe(false);
    expect(isLogFile("AWSLogs/1/CloudTrail-Insight/1_CloudTrail-Insight_x.json.gz")).toBe(false);
    expect(isLogFile("LICENSE")).toBe(false);
  });

  test("the name tells the delivery", () => {
    const name = "1/111122223333_CloudTrail_eu-central-1_20260302T1005Z_AbCdEfGhIjKlMnOp.json.gz";
    expect(new Date(deliveredAt(name) ?? 0).toISOString()).toBe("2026-03-02T10:05:59.999Z");
    expect(deliveredAt("events.json")).toBeNull();
    expect(deliveredAt("a_20261399T9999Z_x.json")).toBeNull();
  });

  test.each([
    ["as AWS delivers it", gzipSync(log), 2],
    ["unpacked", bytes(log), 2],
    ["with a byte-order mark", bytes(`\uFEFF${log}`), 2],
    ["without records", bytes('{"Records":[]}'), 0],
    ["as an array", bytes(JSON.stringify([one])), 1],
    ["as one record", bytes(JSON.stringify(one)), 1],
    ["as one record a line", bytes(`${JSON.stringify(one)}\n${JSON.stringify(one)}\n\n`), 2],
    [
      "as LookupEvents answers",
      bytes(JSON.stringify({ Events: [{ CloudTrailEvent: JSON.stringify(one) }] })),
      1,
    ],
    ["of several gzip members", Buffer.concat([gzipSync(log.slice(0, 9)), gzipSync(log.slice(9))]), 2],
  ])("%s", (_, content, records) => {
    const file = readLogFile(content, "x");
    expect(file.bad).toEqual([]);
    expect(file.records).toHaveLength(records);
  });

  test.each([
    ["an empty file", bytes(""), "the file is empty"],
    ["white space", bytes(" \n"), "the file is empty"],
    ["a truncated gzip", gzipSync(log).subarray(0, 60), "gzip ends too early, after byte 60"],
    [
      "a damaged gzip",
      Buffer.concat([gzipSync(log).subarray(0, 30), Buffer.alloc(200, 7)]),
      /^gzip is damaged/,
    ],
    ["no JSON", bytes("<html>"), /^not JSON: unexpected character/],
    ["truncated JSON", bytes(log.slice(0, 100)), /^not JSON: .*\(byte 100 is its last\)/],
    ["other JSON", bytes('{"digestPublicKeyFingerprint":"x"}'), /`Records` is missing/],
    ["a number", bytes("7"), /`Records` is missing/],
    ["records that are none", bytes('{"Records":"secret"}'), /`Records` is missing/],
  ])("%s is bad, with a reason that quotes nothing of it", (_, content, reason) => {
    const file = readLogFile(content, "a/b.json.gz");
    expect(file.records).toEqual([]);
    expect(file.bad).toEqual([{ path: "a/b.json.gz", reason: expect.stringMatching(reason) }]);
    expect(file.bad[0]?.reason).not.toMatch(/secret|html|shop/);
  });

  test("a bad line does not lose the others", () => {
    const file = readLogFile(bytes(`${JSON.stringify(one)}\n{"eventName\n${JSON.stringify(one)}\n7\n`), "x");
    expect(file.records).toHaveLength(2);
    expect(file.bad.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^line 2 is not JSON/),
      "line 4 is JSON but holds no CloudTrail record",
    ]);
  });
});
