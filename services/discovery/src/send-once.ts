import type { Clock } from "@plp/runtime";

/** As long as the trail's reader takes an hour that was read for fresh. */
const REMEMBERED_MS = 10 * 60_000;

/**
 * Sends what was not sent in the last ten minutes: applications that share an account ask for the same hours of its
 * trail, and one durable message for each is enough. Who meets a send under way waits for it and fails with it, so
 * that nobody is told of a message that SQS does not have; a failed one is forgotten.
 */
export function sendOnce<Message>(
  send: (messages: readonly Message[]) => Promise<void>,
  { keyOf, clock }: { readonly keyOf: (message: Message) => string; readonly clock: Clock },
): (messages: readonly Message[]) => Promise<void> {
  const sends = new Map<string, { readonly at: number; readonly sent: Promise<void> }>();

  function begin(messages: readonly Message[], at: number): void {
    const keys = messages.map(keyOf);
    const forget = () => {
      for (const key of keys) if (sends.get(key) === mine) sends.delete(key);
    };
    const sent = send(messages).catch((error: unknown) => {
      forget();
      throw error;
    });
    const mine = { at, sent };
    for (const key of keys) sends.set(key, mine);
  }

  return async (messages) => {
    const at = clock.now().getTime();
    for (const [key, known] of sends) if (at - known.at > REMEMBERED_MS) sends.delete(key);
    const fresh = messages.filter((message) => !sends.has(keyOf(message)));
    if (fresh.length > 0) begin(fresh, at);
    await Promise.all(new Set(messages.map((message) => sends.get(keyOf(message))?.sent)));
  };
}
