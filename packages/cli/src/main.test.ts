import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const main = join(import.meta.dirname, "main.ts");

function started(args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { env: { PATH: process.env.PATH } },
      (_, out, err) => resolve({ code: child.exitCode, out, err }),
    );
  });
}

describe("plp as a process", () => {
  it("leaves its exit code, and a pipe gets plain lines", async () => {
    const { code, out, err } = await started(["help"]);
    expect(code).toBe(0);
    expect(err).toBe("");
    expect(out).not.toContain("\u001b");
    expect(await started(["nope"])).toEqual({ code: 2, out: "", err: "plp: unknown command 'nope'\n" });
  });

  it("reads a record from stdin", async () => {
    const child = spawn(process.execPath, [main, "explain", "-", "--json"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stdin.end("[]");
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(0);
    expect(JSON.parse(Buffer.concat(chunks).toString("utf8"))).toEqual([]);
  });

  it("is quiet when nobody reads any more", async () => {
    const child = spawn(process.execPath, [main, "explain", "-", "--json"], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const said: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    child.stdout.destroy();
    child.stdin.end(
      JSON.stringify(Array.from({ length: 5_000 }, () => ({ eventSource: "s3.amazonaws.com" }))),
    );
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(Buffer.concat(said).toString("utf8")).toBe("");
    expect(code).toBe(0);
  });
});
