import { CommanderError } from "commander";
import { isBadInput, reasonOf } from "./bad-input.ts";
import { plain } from "./plain.ts";

/** 0 done; 1 done, but something failed or the answer is "no"; 2 bad usage or input; 3 an outside service failed. */
export type ExitCode = 0 | 1 | 2 | 3;

export interface Failure {
  readonly exit: ExitCode;
  /** One sentence, redacted, without control characters; null when everything is said already (`--help`). */
  readonly message: string | null;
}

/** Faults of ours whose cause lies in a service, not in what the user gave. */
const OUTSIDE = /^(?:gitlab|local-gitlab|aws|queue|analyzer|last-accessed|evidence|history)-/;
const NETWORK = /^E(?:CONN|HOST|NET|AI_|TIMEDOUT|NOTFOUND|PIPE)/;

/** Anything that was thrown, as an exit code and one sentence. The libraries are loaded only when something was. */
export async function failureOf(error: unknown): Promise<Failure> {
  if (error instanceof CommanderError) return usageFailure(error);
  const { isFault, messageOf, redactText } = await import("@plp/runtime");
  const { isStoreError } = await import("@plp/event-store");
  const { isPolicyError } = await import("@plp/iam-policy");
  const message = sentence(redactText(messageOf(error)));
  if (isBadInput(error)) return { exit: 2, message };
  if (isFault(error)) return { exit: error.retryable || OUTSIDE.test(error.code) ? 3 : 2, message };
  if (isStoreError(error)) return { exit: 3, message };
  if (isPolicyError(error)) return { exit: 2, message };
  const system = systemError(error, message);
  if (system !== null) return system;
  return { exit: 3, message: `${message || "something failed without a message"} (--debug shows where)` };
}

function usageFailure(error: CommanderError): Failure {
  if (error.exitCode === 0) return { exit: 0, message: null };
  if (error.code === "commander.help") return { exit: 2, message: null };
  return { exit: 2, message: sentence(error.message.replace(/^error: /, "")) };
}

function systemError(error: unknown, message: string): Failure | null {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return null;
  if (NETWORK.test(error.code)) return { exit: 3, message: `no answer from a service: ${message}` };
  if (!("path" in error) || typeof error.path !== "string") return null;
  return { exit: 2, message: sentence(`${error.path}: ${reasonOf(error.code)}`) };
}

function sentence(text: string): string {
  return plain(text.trim().replace(/\s*\n\s*/g, " "));
}
