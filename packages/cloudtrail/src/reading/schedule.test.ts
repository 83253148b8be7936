import { fc, test as propertyTest } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { abandon, scheduleOf, takeFiles } from "./schedule.ts";

const planned = (files: number, large: number) => ({
  order: Int32Array.from({ length: files }, (_, index) => 1_000 + index),
  large,
});

propertyTest.prop([fc.nat(60), fc.nat(5), fc.integer({ min: 1, max: 4 }), fc.array(fc.nat(3))])(
  "every file is taken once, whoever comes when, and large ones alone and first",
  (files, large, readers, turns) => {
    const larges = Math.min(large, files);
    const schedule = scheduleOf(planned(files, larges), readers);
    const taken: number[] = [];
    let left = readers;
    for (let turn = 0; left > 0; turn += 1) {
      const next = takeFiles(schedule, (turns[turn] ?? turn) % readers);
      expect(next.length).toBeLessThanOrEqual(8);
      if (taken.length < larges) expect(next).toEqual([1_000 + taken.length]);
      taken.push(...next);
      left = next.length === 0 ? left - 1 : readers;
    }
    expect(taken.sort((a, b) => a - b)).toEqual([...planned(files, larges).order]);
  },
);

test("a reader takes its neighbours in their order, and fewer at once towards the end", () => {
  const schedule = scheduleOf(planned(40, 0), 1);
  const sizes: number[] = [];
  const taken: number[] = [];
  for (let next = takeFiles(schedule, 0); next.length > 0; next = takeFiles(schedule, 0)) {
    sizes.push(next.length);
    taken.push(...next);
  }
  expect(taken).toEqual([...planned(40, 0).order]);
  expect(sizes[0]).toBe(5);
  expect(sizes.at(-1)).toBe(1);
});

test("of a schedule that was abandoned nothing is left", () => {
  const schedule = scheduleOf(planned(40, 2), 2);
  takeFiles(schedule, 0);
  abandon(schedule);
  expect([0, 1].map((reader) => takeFiles(schedule, reader))).toEqual([[], []]);
});
