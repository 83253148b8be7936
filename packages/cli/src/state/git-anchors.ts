import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Anchor } from "@plp/audit";
import { readHistoryLines, roleStream } from "@plp/domain";
import type { BrokenCommit } from "@plp/event-store";
import { badInput } from "../bad-input.ts";

const run = promisify(execFile);
const MOST_BYTES = 512 * 1024 * 1024;
/** Field and commit end so; no message of Git holds a NUL. */
const FORMAT = "%H%x00%an%x00%B%x00";

/**
 * What the commits of a checkout say of the histories: every `Plp-History` line on any of its branches, with the commit and
 * its author. A line that looks like one and is none is broken. Bad input where the folder is no checkout.
 */
export async function gitAnchors(dir: string): Promise<{
  readonly anchors: readonly Anchor[];
  readonly broken: readonly BrokenCommit[];
  readonly count: number;
}> {
  const fields = (await log(dir)).split("\0");
  const anchors: Anchor[] = [];
  const broken: BrokenCommit[] = [];
  let count = 0;
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [sha = "", author = "", message = ""] = fields.slice(at, at + 3);
    const seenBy = `commit ${sha.trim().slice(0, 8)} by ${author}`;
    const lines = readHistoryLines(message);
    if (lines === null)
      broken.push({ stream: seenBy, version: 0, reason: "its Plp-History line names no role" });
    else if (lines.length > 0) {
      count += 1;
      for (const { role, version, hash } of lines)
        anchors.push({ stream: roleStream(role), version, hash, seenBy });
    }
  }
  return { anchors, broken, count };
}

async function log(dir: string): Promise<string> {
  const args = [
    "-c",
    "log.showSignature=false",
    "log",
    "--all",
    "--grep=^Plp-History: ",
    `--format=${FORMAT}`,
  ];
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };
  try {
    const { stdout } = await run("git", ["-C", dir, ...args], { env, maxBuffer: MOST_BYTES });
    return stdout;
  } catch (error) {
    const said =
      error instanceof Error && "stderr" in error ? String(error.stderr).trim().split("\n")[0] : "";
    throw badInput(`--git ${dir}: it is no Git checkout that can be read${said ? ` (${said})` : ""}`);
  }
}
