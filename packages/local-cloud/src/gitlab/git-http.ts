import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { LocalUser } from "../organization.ts";
import { type Context, developer, mayPush, project } from "./context.ts";
import { gitEnvironment } from "./git/process.ts";
import { branchMoved } from "./merge-requests.ts";
import type { Moved } from "./moved.ts";

/** `/iam/roles.git/<service>`, with or without `.git`. */
export function gitService(path: string): string | null {
  const match = /^\/iam\/roles(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(path);
  return match?.[1] ?? null;
}

/** Refuses a push to protected branches, by what the server says of the user, and to anything but branches and tags. */
const preReceive = `#!/bin/sh
while read -r old new ref; do
  case "$ref" in
    refs/heads/*) ;;
    refs/tags/*) continue ;;
    *) echo "GitLab: You can only push branches and tags." >&2; exit 1 ;;
  esac
  if [ "$ref" = "refs/heads/$PLP_PROTECTED" ] && { [ "$PLP_MAY_PUSH" != 1 ] || [ -z "\${new##0000000000000000000000000000000000000000*}" ]; }; then
    echo "GitLab: You are not allowed to push code to protected branches on this project." >&2
    exit 1
  fi
done
`;

/** Writes down what a push has moved, for the server that started it. */
const postReceive = `#!/bin/sh
[ -n "$PLP_PUSHED" ] && cat >>"$PLP_PUSHED"
exit 0
`;

/** Written at every start, so that a changed hook replaces the old one; what a killed push left goes. */
export async function installHooks(directory: string): Promise<void> {
  for (const file of await readdir(join(directory, "hooks"))) {
    if (file.startsWith("pushed-")) await rm(join(directory, "hooks", file), { force: true });
  }
  await writeFile(join(directory, "hooks", "pre-receive"), preReceive, { mode: 0o755 });
  await writeFile(join(directory, "hooks", "post-receive"), postReceive, { mode: 0o755 });
}

/** What the push moved, by the lines of git's post-receive hook: old id, new id, reference. */
async function movedBy(file: string): Promise<Moved[]> {
  const lines = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  await rm(file, { force: true });
  const id = (text: string) => (/^0+$/.test(text) ? null : text);
  return lines.split("\n").flatMap((line) => {
    const [before = "", after = "", ref = ""] = line.split(" ");
    if (!ref.startsWith("refs/heads/")) return [];
    return [{ branch: ref.slice("refs/heads/".length), before: id(before), after: id(after) }];
  });
}

/**
 * Serves clone, fetch and push by `git http-backend`. The user is known already; a push by one who may not push at all
 * is 403. What a push moved is followed before the client gets its answer's end.
 */
export async function serveGit(
  context: Context,
  user: LocalUser,
  service: string,
  url: URL,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const pushing = service === "git-receive-pack" || url.searchParams.get("service") === "git-receive-pack";
  if (pushing && user.accessLevel < developer) {
    response.writeHead(403, { "content-type": "text/plain" });
    response.end("You are not allowed to push code to this project.");
    return;
  }
  const header = (name: string) => String(incoming.headers[name] ?? "");
  const pushed = join(context.repository.directory, "hooks", `pushed-${randomUUID()}`);
  const child = spawn("git", ["http-backend"], {
    env: gitEnvironment({
      GIT_PROJECT_ROOT: context.repository.directory,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: `/${service}`,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: incoming.method ?? "GET",
      CONTENT_TYPE: header("content-type"),
      CONTENT_LENGTH: header("content-length"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      GIT_PROTOCOL: header("git-protocol"),
      REMOTE_USER: user.username,
      REMOTE_ADDR: "127.0.0.1",
      PLP_PROTECTED: context.defaultBranch,
      PLP_MAY_PUSH: mayPush(context, user, context.defaultBranch) ? "1" : "0",
      PLP_PUSHED: pushed,
      GL_PROJECT_PATH: project.fullPath,
    }),
  });
  child.stderr.resume();
  child.stdin.on("error", () => undefined);
  incoming.pipe(child.stdin);
  response.on("close", () => {
    if (!response.writableFinished && !pushing) child.kill();
  });
  try {
    await relay(child.stdout, response);
  } finally {
    if (service === "git-receive-pack") {
      await context.exclusive(async () => {
        for (const moved of await movedBy(pushed)) await branchMoved(context, user, moved);
      });
    }
  }
  response.end();
}

/** Turns the CGI answer (headers, an empty line, the body) into an HTTP answer, body as it comes. */
async function relay(output: NodeJS.ReadableStream, response: ServerResponse): Promise<void> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of output as AsyncIterable<Buffer>) {
    if (head === null) {
      write(response, chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) continue;
    let status = 200;
    for (const line of head.subarray(0, end).toString("latin1").split("\r\n")) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon);
      const value = line.slice(colon + 1).trim();
      if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status);
    write(response, head.subarray(end + 4));
    head = null;
  }
  if (head !== null) response.writeHead(500, { "content-type": "text/plain" });
}

function write(response: ServerResponse, chunk: Buffer): void {
  if (chunk.length > 0 && !response.destroyed) response.write(chunk);
}
