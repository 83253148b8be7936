import type { Queue } from "./queue.ts";

/** Messages that one redrive sends at the most; who wants more asks again. */
const MOST = 10_000;

/**
 * Sends the dead letters of a queue into it again: received, sent with a fresh deduplication id, then deleted, so that a
 * crash in between sends one twice and loses none. What comes back among the dead letters meanwhile is not taken up again.
 * Answers how many were sent.
 */
export async function redriveQueue(
  dead: Pick<Queue, "receive" | "delete" | "counts">,
  queue: Pick<Queue, "send">,
): Promise<number> {
  const { visible, delayed } = await dead.counts();
  let sent = 0;
  // SQS counts roughly, so one receive is always made.
  const most = Math.min(Math.max(visible + delayed, 1), MOST);
  while (sent < most) {
    const messages = await dead.receive({ max: 10, waitSeconds: 1 });
    if (messages.length === 0) return sent;
    for (const { body, group, receiptHandle } of messages) {
      await queue.send(body, group === null ? {} : { group });
      await dead.delete(receiptHandle);
      sent += 1;
    }
  }
  return sent;
}
