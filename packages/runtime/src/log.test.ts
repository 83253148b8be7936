import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { handlerLog, lambdaLog } from "./log-lambda.ts";
import { streamLog } from "./log-stream.ts";

const clock = { now: () => new Date("2026-03-01T00:00:00Z") };
const secret = `glpat-${"abcdefghijklmnopqrst"}`;

function collected(level: "debug" | "warn" = "debug") {
  const lines: string[] = [];
  return { lines, log: streamLog({ write: (line) => lines.push(line) }, { clock, level }) };
}

afterEach(() => vi.restoreAllMocks());

describe("a log to a stream", () => {
  it("writes one redacted JSON object per line", () => {
    const { lines, log } = collected();
    log
      .with({ run: "r1" })
      .info(`token ${secret}\nsecond line`, { count: 2, headers: { authorization: "x" } });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith("\n")).toBe(true);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      time: "2026-03-01T00:00:00.000Z",
      level: "info",
      message: "token [redacted]\nsecond line",
      run: "r1",
      count: 2,
      headers: { authorization: "[redacted]" },
    });
    expect(lines[0]?.trimEnd()).not.toContain("\n");
  });

  it("drops what is below its level", () => {
    const { lines, log } = collected("warn");
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(lines).toHaveLength(2);
  });

  it("never lets a field stand for time, level or message", () => {
    const { lines, log } = collected();
    log.error("real", { message: "other", level: "info", time: "never" });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "error",
      message: "real",
      field_message: "other",
    });
  });
});

describe("a log in Lambda", () => {
  it("writes through Powertools with the same redaction", () => {
    const written: string[] = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
    lambdaLog({ service: "merger", level: "info" })
      .with({ run: "r1" })
      .info("starts", { token: secret, error: new Error(secret) });
    const line: unknown = JSON.parse(written.join(""));
    expect(line).toMatchObject({
      level: "INFO",
      message: "starts",
      service: "merger",
      run: "r1",
      token: "[redacted]",
    });
    expect(written.join("")).not.toContain(secret);
  });

  it("goes to the file that the environment names, readable by its owner only", () => {
    const folder = mkdtempSync(join(tmpdir(), "plp-log-"));
    try {
      const file = join(folder, "merger.log");
      handlerLog({ service: "merger", level: "info", file }).warn("slow");
      expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ service: "merger", message: "slow" });
      expect(statSync(file).mode & 0o777).toBe(0o600);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
