import { spawn } from "node:child_process";
import { permanent } from "@plp/runtime";

/** Every JSON file of the default commit of a git repository, by path: outputs and policies are among them. */
export async function repositoryFiles(directory: string): Promise<ReadonlyMap<string, string>> {
  const listed = await git(directory, ["ls-tree", "-r", "-z", "--name-only", "HEAD"], "");
  const paths = listed
    .toString("utf8")
    .split("\0")
    .filter((path) => path.endsWith(".json") && !path.includes("\n"));
  const batch = await git(directory, ["cat-file", "--batch"], paths.map((path) => `HEAD:${path}\n`).join(""));
  const files = new Map<string, string>();
  let at = 0;
  for (const path of paths) {
    const end = batch.indexOf("\n", at);
    const size = Number(batch.toString("utf8", at, end).split(" ")[2]);
    if (!Number.isInteger(size))
      throw permanent("repository-unreadable", `${path} in ${directory} cannot be read from git`);
    files.set(path, batch.toString("utf8", end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return files;
}

function git(directory: string, args: readonly string[], input: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", ["-C", directory, ...args], {
      env: { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
    });
    const out: Buffer[] = [];
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
    child.stdin.on("error", () => undefined);
    child.on("error", (error) =>
      reject(permanent("git-missing", `git cannot be started: ${error.message}; install git`)),
    );
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else {
        const reason = said.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
        reject(
          permanent(
            "repository-unreadable",
            `--repo ${directory} is no git repository with a commit: ${reason}`,
          ),
        );
      }
    });
    child.stdin.end(input);
  });
}
