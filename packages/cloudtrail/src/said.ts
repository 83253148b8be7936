import { slot } from "./skim.ts";

/**
 * The members of a skimmed record that its reading depends on, the response with them, as an object. Throws a
 * SyntaxError for what is no JSON.
 */
export function saidIn(bytes: Buffer, slots: Int32Array, base: number): unknown {
  const textAt = (at: number) => bytes.toString("utf8", slots[base + at], slots[base + at + 1]);
  const parts: string[] = [];
  for (let region = 0; region < (slots[base + slot.regions] as number); region += 1) {
    parts.push(textAt(slot.firstRegion + 2 * region));
  }
  if ((slots[base + slot.response] as number) >= 0) parts.push(`"responseElements":${textAt(slot.response)}`);
  return JSON.parse(`{${parts.join(",")}}`);
}
