import { mapRecord, parseRecord } from "@plp/cloudtrail";
import { findAction } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { exceptions } from "./exceptions.ts";

const all = exceptions.flatMap(({ page, eventSource, calls }) =>
  Object.entries(calls).map(([eventName, actions]) => ({ page, eventSource, eventName, actions })),
);

function mappedTo(eventSource: string, eventName: string): string {
  const record = parseRecord({ eventSource, eventName });
  const mapping = record === null ? null : mapRecord(record);
  return mapping?.kind === "actions" ? mapping.actions.map(({ action }) => action).join(" ") : "";
}

describe("calls whose action is not the name of their source and their own", () => {
  it("are more than two hundred, each with the page that says so, and their actions exist", () => {
    expect(all.length).toBeGreaterThanOrEqual(200);
    for (const { page, eventSource, eventName, actions } of all) {
      expect(page).toMatch(/^https:/);
      expect(actions).not.toBe(`${eventSource.split(".amazonaws")[0]}:${eventName}`);
      for (const action of actions.split(" ")) expect(findAction(action)?.action).toBe(action);
    }
  });

  it("are mapped to what AWS checks, to that and no more", () => {
    const misses = all.flatMap(({ eventSource, eventName, actions }) => {
      const found = mappedTo(eventSource, eventName);
      return found === actions ? [] : [`${eventSource} ${eventName}: ${found}, not ${actions}`];
    });
    expect(misses).toEqual([]);
  });
});
