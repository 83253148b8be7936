import { describe, expect, it } from "vitest";
import * as z from "zod";
import example from "../../../plp.config.ts";
import { readEnvironment, variables } from "./environment.ts";
import { isFault, messageOf, permanent } from "./errors.ts";

const { PLP_TABLE, PLP_QUEUE_MERGE, PLP_GITLAB_TOKEN, PLP_SETTINGS, PLP_LOG_FILE, PLP_LOG_LEVEL } = variables;
const schema = z.object({
  PLP_TABLE,
  PLP_QUEUE_MERGE,
  PLP_GITLAB_TOKEN,
  PLP_SETTINGS,
  PLP_LOG_FILE,
  PLP_LOG_LEVEL,
});

function refusal(environment: Record<string, string>): string {
  try {
    readEnvironment(environment, schema);
  } catch (error) {
    expect(isFault(error, "environment-invalid")).toBe(true);
    return messageOf(error);
  }
  throw new Error("this environment should not have been accepted");
}

describe("the environment of a handler", () => {
  it("is read by one schema, which leaves out what it does not name", () => {
    const result = readEnvironment(
      {
        HOME: "/root",
        PLP_TABLE: "plp",
        PLP_QUEUE_MERGE: "http://127.0.0.1:4566/000000000000/plp-merge",
        PLP_GITLAB_TOKEN: "x".repeat(20),
        PLP_SETTINGS: JSON.stringify(example),
      },
      schema,
    );
    expect(result.PLP_SETTINGS.window_days).toBe(7);
    expect(result.PLP_LOG_LEVEL).toBe("info");
    expect(Object.keys(result)).not.toContain("HOME");
  });

  it("knows every queue and its dead letters by what they have in common and by name", () => {
    const queues = z.object({ PLP_QUEUES: variables.PLP_QUEUES });
    const base = "https://sqs.eu-central-1.amazonaws.com/111122223333/";
    const given = { base, names: { merge: ["merge-1", "merge-dead-1"] } };
    expect(readEnvironment({ PLP_QUEUES: JSON.stringify(given) }, queues)).toEqual({
      PLP_QUEUES: { merge: { queue: `${base}merge-1`, dead: `${base}merge-dead-1` } },
    });
    expect(() => readEnvironment({ PLP_QUEUES: "{" }, queues)).toThrow("PLP_QUEUES");
  });

  it("takes the address of a chat with https, or on this machine, and never shows one that it refuses", () => {
    const chat = z.object({ PLP_NOTIFY_SECRET: variables.PLP_NOTIFY_SECRET });
    for (const address of ["https://hooks.example.com/services/T0/B0/hush", "http://127.0.0.1:9/hush"])
      expect(readEnvironment({ PLP_NOTIFY_SECRET: address }, chat)).toEqual({ PLP_NOTIFY_SECRET: address });
    expect(readEnvironment({}, chat)).toEqual({});
    for (const address of ["http://hooks.example.com/hush", "https://hooks.example.com/a hush", "hush"]) {
      const read = () => readEnvironment({ PLP_NOTIFY_SECRET: address }, chat);
      expect(read).toThrow("PLP_NOTIFY_SECRET");
      expect(read).not.toThrow(/hush/);
    }
  });

  it("names all problems at once and never the value of a secret", () => {
    const text = refusal({
      PLP_QUEUE_MERGE: "plp-merge",
      PLP_GITLAB_TOKEN: "hunter2",
      PLP_SETTINGS: JSON.stringify({ ...example, window_days: 0, quiet: 1 }),
    });
    expect(text).toContain("PLP_TABLE: got nothing");
    expect(text).toContain('PLP_QUEUE_MERGE: got "plp-merge"; expected the URL of an SQS queue');
    expect(text).toContain("PLP_GITLAB_TOKEN: got a secret of 7 characters");
    expect(text).toContain("PLP_SETTINGS.window_days: got 0; expected a whole number");
    expect(text).toContain("PLP_SETTINGS.quiet: got 1; expected no such option");
    expect(text).not.toContain("hunter2");
  });

  it("says so when the settings are no JSON", () => {
    expect(refusal({ PLP_SETTINGS: "{" })).toContain(
      "PLP_SETTINGS: got no JSON; expected the settings as JSON",
    );
  });
});

describe("the text of an error", () => {
  it("is there for anything that can be thrown", () => {
    expect(messageOf(permanent("a-code", "what, where, what next"))).toBe("what, where, what next");
    expect(messageOf(null)).toBe("null");
    expect(messageOf(Object.create(null))).toBe("something without a readable message");
  });
});
