import { createHash } from "node:crypto";

/** The longest wait that is ever set, 11 h: what is received within the hour after stays below the 12 h that SQS allows in all. */
export const longestWait = 39_600;
const base = 5;
const cap = 900;

/**
 * Seconds until a failed message is tried again: anything up to 5, 10, 20 … at most 900 s, by how often it was
 * received ("full jitter", so that what failed together does not come back together). The same message and count give
 * the same answer. Never less than what the other side asked for, never more than 11 h.
 */
export function backoffSeconds(messageId: string, receiveCount: number, retryAfterSeconds?: number): number {
  const most = Math.min(cap, base * 2 ** Math.min(30, Math.max(0, receiveCount - 1)));
  const hash = createHash("sha256").update(`${messageId}#${receiveCount}`).digest().readUInt32BE(0);
  const jitter = 1 + Math.floor((hash / 2 ** 32) * most);
  return waitSeconds(Math.max(jitter, retryAfterSeconds === undefined ? 0 : waitSeconds(retryAfterSeconds)));
}

/** A wait as SQS takes it: whole seconds from 0 to 11 h; what is no number at all waits a minute. */
export function waitSeconds(seconds: number): number {
  if (typeof seconds !== "number" || Number.isNaN(seconds)) return 60;
  return Math.min(longestWait, Math.max(0, Math.ceil(seconds)));
}
