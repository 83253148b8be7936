import type * as z from "zod";
import { type Fault, permanent } from "./errors.ts";
import { redact } from "./redact.ts";
import { isSecretKey } from "./redact-text.ts";

/** One thing wrong with an input: where, what was given there (redacted, shortened) and what belongs there. */
export interface Problem {
  readonly path: string;
  readonly given: string;
  readonly expected: string;
}

/** All problems of a failed parse, in the order of the schema. */
export function problemsOf(error: z.ZodError, input: unknown): Problem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: pathText([...issue.path, key]),
        given: givenText(issue.path, key, valueAt(input, [...issue.path, key])),
        expected: "no such option: remove it, or correct its name",
      }));
    }
    const params: unknown = issue.code === "custom" ? issue.params?.given : undefined;
    const given = params ?? givenText(issue.path.slice(0, -1), issue.path.at(-1), valueAt(input, issue.path));
    return [{ path: pathText(issue.path), given: String(given), expected: expectedText(issue) }];
  });
}

/** The fault that reports them all: one line each, "path: got X; expected Y". */
export function invalid(code: string, what: string, problems: readonly Problem[]): Fault {
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  const lines = problems.map(({ path, given, expected }) => `  ${path}: got ${given}; expected ${expected}`);
  return permanent(code, [`${what} has ${count}:`, ...lines].join("\n"));
}

function expectedText(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input: expected ")) {
    return issue.message.slice("Invalid input: expected ".length).replace(/, received .*$/, "");
  }
  return issue.message;
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "(the whole)";
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

function givenText(above: readonly PropertyKey[], key: PropertyKey | undefined, value: unknown): string {
  if (value === undefined) return "nothing";
  if ([...above, key ?? ""].some((part) => isSecretKey(String(part)))) {
    return typeof value === "string" ? `a secret of ${value.length} characters` : "a secret";
  }
  const text = JSON.stringify(redact(value)) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
