import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf, permanent } from "@plp/runtime";
import { writeAtomically } from "./files.ts";

export interface StateLock {
  release(): void;
}

function ownerOf(file: string): string {
  try {
    const pid = Number(readFileSync(file, "utf8").trim());
    return Number.isInteger(pid) && pid > 0 ? `process ${pid}` : "another process";
  } catch {
    return "another process";
  }
}

/**
 * Takes the state directory for this process. The lock is the operating system's, held through SQLite: it ends with
 * the process however that ends, so that nothing stale is left after kill -9 and no pid is ever guessed at. Throws
 * `state-locked` naming the process that has it, and `state-unusable` when the folder cannot be written.
 */
export function lockState(state: string): StateLock {
  const pidFile = join(state, "lock.pid");
  let database: DatabaseSync;
  try {
    mkdirSync(state, { recursive: true });
    database = new DatabaseSync(join(state, "lock.db"), { timeout: 0 });
  } catch (error) {
    throw permanent("state-unusable", `the state directory ${state} cannot be used: ${messageOf(error)}`);
  }
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (!/locked|busy/i.test(messageOf(error))) {
      throw permanent("state-unusable", `the state directory ${state} cannot be locked: ${messageOf(error)}`);
    }
    throw permanent(
      "state-locked",
      `the state directory ${state} is in use by ${ownerOf(pidFile)}: stop that process, or choose another directory with --state`,
    );
  }
  writeAtomically(pidFile, `${process.pid}\n`);
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      rmSync(pidFile, { force: true });
      database.close();
    },
  };
}
