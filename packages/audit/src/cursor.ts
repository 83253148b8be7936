import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";

/** Where the next page of an answer begins. */
export interface Cursor {
  /** Digest of what was asked: a cursor goes on with the same question only. */
  readonly question: string;
  /** The way that the first page chose to find it. */
  readonly facet: string;
  /** Behind this entry. */
  readonly after: string;
}

const shape = z.strictObject({ question: z.string(), facet: z.string(), after: z.string() });
const MAC_BYTES = 16;

/** A cursor as a text that only who has the key can make. */
export function signCursor(cursor: Cursor, key: Uint8Array): string {
  const { question, facet, after } = cursor;
  const text = Buffer.from(JSON.stringify({ question, facet, after }));
  return Buffer.concat([macOf(text, key), text]).toString("base64url");
}

/** The cursor of a text; null where it was not signed with this key, or is none. */
export function readCursor(text: string, key: Uint8Array): Cursor | null {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.toString("base64url") !== text) return null;
  const [mac, body] = [bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)];
  if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, macOf(body, key))) return null;
  try {
    const parsed = shape.safeParse(JSON.parse(body.toString("utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function macOf(text: Uint8Array, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update("plp cursor 1:").update(text).digest().subarray(0, MAC_BYTES);
}
