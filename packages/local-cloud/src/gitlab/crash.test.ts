import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Gitlab } from "@gitbeaker/rest";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { git } from "./git/process.ts";
import { project, startTestGitlab, temporaryFolder } from "./test-gitlab.ts";

const child = fileURLToPath(new URL("test-child.ts", import.meta.url));
const greeting = z.object({ url: z.string(), tokens: z.record(z.string(), z.string()) });

async function served(state: string) {
  const process_ = spawn(process.execPath, [child, state], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const lines = createInterface({ input: process_.stdout });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    lines.once("close", () => reject(new Error("the child ended before it listened")));
  });
  const { url, tokens } = greeting.parse(JSON.parse(line));
  const as = (username: string) => new Gitlab({ host: url, token: tokens[username] ?? "" });
  return { process: process_, bot: as("plp-bot"), reviewer: as("rita") };
}

/** Kills the process and every git that it started, as a machine that loses its power would. */
async function killed({ pid }: ChildProcess): Promise<void> {
  if (pid === undefined) throw new Error("the child has no process id");
  process.kill(-pid, "SIGKILL");
  for (;;) {
    try {
      process.kill(-pid, 0);
    } catch {
      return;
    }
    await pause(5);
  }
}

/** How many answers to wait for, however slow the machine, and then how many milliseconds. */
const kills = [
  [1, 3],
  [2, 9],
  [4, 1],
  [6, 14],
  [9, 6],
] as const;

describe("killed at any moment", () => {
  it("keeps all that it acknowledged, and repository and requests never contradict", {
    timeout: 120_000,
  }, async () => {
    const folder = await temporaryFolder();
    const acknowledged = {
      commits: new Map<string, string>(),
      requests: new Map<number, string>(),
      merged: new Set<number>(),
    };
    let n = 0;
    for (const [round, [answers, moment]] of kills.entries()) {
      const { process: running, bot, reviewer } = await served(folder.path);
      let over = false;
      let left = answers;
      const enough = Promise.withResolvers<void>();
      const acknowledge = () => {
        left -= 1;
        if (left <= 0) enough.resolve();
      };
      const writer = (async () => {
        while (!over) {
          n += 1;
          const branch = `b-${n}`;
          const actions = [{ action: "create" as const, filePath: `f-${n}`, content: `${n}\n` }];
          const commit = await bot.Commits.create(project, branch, "m", actions, { startBranch: "main" });
          acknowledged.commits.set(branch, commit.id);
          acknowledge();
          const { iid } = await bot.MergeRequests.create(project, branch, "main", `t ${n}`);
          acknowledged.requests.set(iid, branch);
          acknowledge();
          if (n % 2 === 0) continue;
          acknowledged.commits.delete(branch);
          await reviewer.MergeRequests.merge(project, iid, { shouldRemoveSourceBranch: true });
          acknowledged.merged.add(iid);
          acknowledge();
        }
      })().catch(() => undefined);
      // Another moment in each round: what is under way then, a commit, a request or a merge, is cut in two.
      await enough.promise;
      await pause(moment);
      await killed(running);
      over = true;
      await writer;

      const gitlab = await startTestGitlab(folder.path);
      const bare = `${folder.path}/gitlab/repository.git`;
      await git(bare, ["fsck", "--connectivity-only", "--no-dangling"]);
      const log = (await git(bare, ["log", "--first-parent", "--format=%H", "main"])).split("\n");
      const all = await gitlab.as("plp-bot").MergeRequests.all({ projectId: project, perPage: 100 });
      for (const { iid, state, merge_commit_sha, source_branch, sha } of all) {
        const there = merge_commit_sha !== null && log.includes(String(merge_commit_sha));
        expect([iid, state === "merged"]).toEqual([iid, there]);
        const head = await git(bare, [
          "for-each-ref",
          "--format=%(objectname)",
          `refs/heads/${source_branch}`,
        ]);
        expect([iid, head.trim()]).toEqual([iid, state === "merged" ? "" : sha]);
      }
      const merges = (await git(bare, ["log", "--merges", "--first-parent", "--format=%H", "main"]))
        .split("\n")
        .filter(Boolean);
      expect(all.filter(({ state }) => state === "merged").length).toBe(merges.length);
      const shown = new Map(all.map((one) => [one.iid, one]));
      for (const [iid, branch] of acknowledged.requests) expect(shown.get(iid)?.source_branch).toBe(branch);
      for (const iid of acknowledged.merged) expect(shown.get(iid)?.state).toBe("merged");
      for (const [branch, id] of acknowledged.commits) {
        expect((await gitlab.as("plp-bot").Branches.show(project, branch)).commit.id).toBe(id);
      }
      const after = await gitlab
        .as("rita")
        .Commits.create(project, "main", "after", [
          { action: "create", filePath: `after-${round}`, content: "x" },
        ]);
      expect(after.title).toBe("after");
      await gitlab.stop();
    }
    expect(acknowledged.requests.size).toBeGreaterThan(3);
    await folder.remove();
  });
});
