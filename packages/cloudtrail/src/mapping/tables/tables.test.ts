import { findAction, serviceReferenceDate } from "@plp/iam-policy";
import { describe, expect, test } from "vitest";
import { calls } from "./calls.ts";
import { s3Calls, s3Extras, s3Versioned } from "./s3.ts";
import { mappingVersion } from "./version.ts";

const listed = (action: string) => findAction(action)?.action;

describe("the tables", () => {
  test("name only actions of AWS's list, in its spelling", () => {
    const named = [
      ...Object.values(calls).flatMap((ofService) => Object.values(ofService).flat()),
      ...Object.values(s3Calls).flat(),
      ...Object.entries(s3Versioned).flat(),
      ...Object.values(s3Extras).flatMap((ofKind) => Object.values(ofKind).flat()),
    ];
    expect(named.filter((action) => listed(action) !== action)).toEqual([]);
    expect(named.length).toBeGreaterThan(100);
  });

  test("hold no call whose own name is the action", () => {
    const idle = Object.entries(calls).flatMap(([prefix, ofService]) =>
      Object.entries(ofService).filter(([name, [action]]) => action === `${prefix}:${name}`),
    );
    expect(idle).toEqual([]);
  });

  test("have a version and a date, and say of which day AWS's list is", () => {
    expect(mappingVersion).toEqual({
      version: expect.any(Number),
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      actions: serviceReferenceDate,
    });
  });
});
