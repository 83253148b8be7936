import { type ApplicationId, digest } from "@plp/domain";
import { permanent } from "@plp/runtime";
import type * as z from "zod";

/** The body of a message as the schema's type; else the permanent fault "message-unreadable", which names the fields but shows no contents. */
export function parseMessage<Message>(schema: z.ZodType<Message>, body: string): Message {
  const result = schema.safeParse(jsonOf(body));
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => `${issue.path.join(".") || "the whole"} (${issue.code})`);
  throw permanent(
    "message-unreadable",
    `The body of a message does not fit its schema: ${fields.slice(0, 10).join(", ")}. It goes to the dead letters; see what sent it.`,
  );
}

/** The body for a message. */
export function encode(message: object): string {
  return JSON.stringify(message);
}

/**
 * The message group of a lane (an account, or what else is a lane) or of an application. SQS takes at most 128 ASCII letters,
 * digits and marks, while folders may have any name: those become a hash.
 */
export function groupOf(of: string | ApplicationId): string {
  if (typeof of === "string") return /^[A-Za-z0-9._-]{1,64}$/.test(of) ? of : digest("lane", of).slice(0, 32);
  return digest("application", of.project, of.folder).slice(0, 32);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
