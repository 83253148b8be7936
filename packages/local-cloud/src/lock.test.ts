import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockState } from "./lock.ts";
import { temporaryFolder } from "./testing/logs.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

it("belongs to one holder at a time, and to the next once it is released", () => {
  const state = `${folder.path}/deep/state`;
  const first = lockState(state);
  expect(() => lockState(state)).toThrow(`in use by process ${process.pid}: stop that process`);
  first.release();
  first.release();
  lockState(state).release();
});

it("does not believe what a dead process left behind", () => {
  mkdirSync(`${folder.path}/state`);
  writeFileSync(`${folder.path}/state/lock.pid`, `${process.pid}\n`);
  lockState(`${folder.path}/state`).release();
});

it("says what is wrong with a directory that cannot be one", () => {
  writeFileSync(`${folder.path}/file`, "");
  expect(() => lockState(`${folder.path}/file`)).toThrow(/cannot be used: /);
});
