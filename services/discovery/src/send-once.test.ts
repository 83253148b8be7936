import { describe, expect, it } from "vitest";
import { sendOnce } from "./send-once.ts";

function recorder() {
  const calls: { readonly messages: readonly string[]; readonly end: (error?: Error) => void }[] = [];
  let now = 0;
  const send = sendOnce<string>(
    (messages) =>
      new Promise((resolve, reject) => {
        calls.push({ messages, end: (error) => (error ? reject(error) : resolve()) });
      }),
    { keyOf: (message) => message, clock: { now: () => new Date(now) } },
  );
  return { calls, send, pass: (minutes: number) => (now += minutes * 60_000) };
}

describe("what is sent once", () => {
  it("is not sent again within ten minutes, and is after them", async () => {
    const { calls, send, pass } = recorder();
    const first = send(["a", "b"]);
    calls[0]?.end();
    await first;
    const second = send(["b", "c"]);
    calls[1]?.end();
    await second;
    pass(11);
    void send(["a"]);
    expect(calls.map(({ messages }) => messages)).toEqual([["a", "b"], ["c"], ["a"]]);
  });

  it("is told as sent only when the send under way has ended, and fails with it", async () => {
    const { calls, send } = recorder();
    const both = Promise.allSettled([send(["a"]), send(["a"])]);
    calls[0]?.end(new Error("no network"));
    expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("is tried again after a failure", async () => {
    const { calls, send } = recorder();
    const failed = send(["a"]);
    calls[0]?.end(new Error("no network"));
    await expect(failed).rejects.toThrow("no network");
    void send(["a"]);
    expect(calls).toHaveLength(2);
  });
});
