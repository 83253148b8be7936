import { permanent, transient } from "@plp/runtime";
import type { Chat } from "./ports.ts";

const PATIENCE_MS = 5_000;

/**
 * A chat's web hook as Slack has it, and Mattermost, Rocket.Chat and others understand it: a POST of `{"text"}`. Its address is
 * a secret: it is in no fault of ours, and no redirection is followed. `chat-unavailable` may be tried again, `chat-refused`
 * not before somebody corrects the address.
 */
export function chatHook(address: string): Chat {
  return {
    async say(text) {
      const status = await statusOf(address, text);
      if (status >= 200 && status < 300) return;
      const says = `the chat's web hook answers ${status}`;
      if (status === 429 || status >= 500) throw transient("chat-unavailable", says);
      throw permanent("chat-refused", `${says}: correct the secret NotifyUrl`);
    },
  };
}

async function statusOf(address: string, text: string): Promise<number> {
  try {
    const response = await fetch(address, {
      ...{ method: "POST", redirect: "manual", body: JSON.stringify({ text }) },
      headers: { "content-type": "application/json" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    // What Node says of it may hold the address.
    throw transient("chat-unavailable", "the chat's web hook does not answer");
  }
}
