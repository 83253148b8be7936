import { hash } from "node:crypto";
import { slot } from "./skim.ts";

/** The members of a skimmed record that its reading depends on, as the file has them. */
export interface Said {
  /** The same for the same bytes and context, and for no others. */
  digest(context: string): string;
  /** As an object. Throws a SyntaxError for what is no JSON. */
  json(): unknown;
}

const comma = 0x2c;
const name = Buffer.from('"responseElements":');

/**
 * Collects them in one buffer that is used again and again: the answer holds until the next question. The response
 * comes with them only where it is asked for.
 */
export function collector(): (bytes: Buffer, slots: Int32Array, base: number, response: boolean) => Said {
  let scratch = Buffer.alloc(16 * 1024);
  let length = 0;
  const said: Said = {
    digest: (context) => `${context}${hash("sha256", scratch.subarray(0, length), "base64")}`,
    json: () => JSON.parse(`{${scratch.toString("utf8", 0, length)}}`) as unknown,
  };
  return (bytes, slots, base, response) => {
    const regions = slots[base + slot.regions] as number;
    const all = (slots[base + slot.to] as number) - (slots[base + slot.from] as number);
    const most = all + regions + name.length + 1;
    if (most > scratch.length) scratch = Buffer.alloc(2 * most);
    length = 0;
    for (let region = 0; region < regions; region += 1) {
      const at = base + slot.firstRegion + 2 * region;
      if (region > 0) scratch[length++] = comma;
      length += bytes.copy(scratch, length, slots[at] as number, slots[at + 1] as number);
    }
    const answer = slots[base + slot.response] as number;
    if (response && answer >= 0) {
      if (length > 0) scratch[length++] = comma;
      length += name.copy(scratch, length);
      length += bytes.copy(scratch, length, answer, slots[base + slot.response + 1] as number);
    }
    return said;
  };
}
