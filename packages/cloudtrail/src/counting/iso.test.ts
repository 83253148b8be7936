import { fc, test as propertyTest } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { iso } from "./iso.ts";

propertyTest.prop([fc.date({ noInvalidDate: true })])(
  "a time is written as Date writes it, but for a fraction that is none",
  (date) => {
    expect(iso(date.getTime())).toBe(date.toISOString().replace(".000Z", "Z"));
  },
);

test("many days are told apart", () => {
  for (let day = 0; day < 3_000; day += 1) {
    const time = Date.UTC(2026, 2, 2 + (day % 1_500), 23, 59, 58);
    expect(iso(time)).toBe(new Date(time).toISOString().replace(".000Z", "Z"));
  }
});
