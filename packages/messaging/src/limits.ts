import { permanent } from "@plp/runtime";
import type { OutgoingMessage } from "./queue.ts";

/** SQS takes a MiB by now; what still has the older limit on the way (and ids only, anyway) must fit too. */
export const largestMessage = 256 * 1024;
export const longestVisibility = 43_200;
export const batchLimit = 10;

/** Bytes as SQS counts them: body, and of every attribute its name, type and value. */
export function sizeOf(message: OutgoingMessage): number {
  const attributes = Object.entries(message.attributes ?? {});
  return attributes.reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + "String".length + Buffer.byteLength(value),
    Buffer.byteLength(message.body),
  );
}

/** Throws the permanent fault "queue-message-invalid" for what SQS would refuse; says which rule, never the contents. */
export function checkMessage(queue: string, fifo: boolean, message: OutgoingMessage): void {
  const refuse = (rule: string) => {
    throw permanent("queue-message-invalid", `A message for the queue ${queue} ${rule}`);
  };
  if (message.body === "") refuse("has an empty body");
  if (!isAllowedText(message.body))
    refuse("holds characters that SQS refuses (control characters, half a pair)");
  for (const value of Object.values(message.attributes ?? {})) {
    if (value === "" || !isAllowedText(value))
      refuse("has an attribute that is empty or holds characters that SQS refuses");
  }
  if (sizeOf(message) > largestMessage)
    refuse(`has ${sizeOf(message)} bytes; at most ${largestMessage} are sent`);
  if (fifo && message.group === undefined) refuse("has no group, which a FIFO queue needs");
  if (!fifo && message.group !== undefined) refuse("has a group, but this is not a FIFO queue");
  if (message.group !== undefined && !/^[!-~]{1,128}$/.test(message.group)) {
    refuse("has a group that is not 1 to 128 ASCII letters, digits and marks");
  }
  const delay = message.delaySeconds ?? 0;
  if (!Number.isInteger(delay) || delay < 0 || delay > 900)
    refuse("has a delay that is not 0 to 900 whole seconds");
  if (fifo && message.delaySeconds !== undefined) refuse("has a delay, which a FIFO queue does not take");
}

export function checkVisibility(queue: string, seconds: number): void {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= longestVisibility) return;
  throw permanent(
    "queue-visibility-too-long",
    `A visibility on the queue ${queue} is not 0 to 43200 whole seconds`,
  );
}

export function checkReceive(queue: string, max: number, waitSeconds: number): void {
  const between = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  if (between(max, 1, batchLimit) && between(waitSeconds, 0, 20)) return;
  throw permanent(
    "queue-refused",
    `Receive 1 to 10 messages from the queue ${queue} and wait 0 to 20 seconds`,
  );
}

/** What SQS lets through: tab, line feed, carriage return, and everything from the space on save half pairs, U+FFFE and U+FFFF. */
function isAllowedText(text: string): boolean {
  return !/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(text);
}
