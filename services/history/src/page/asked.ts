import { isFault, permanent } from "@plp/runtime";
import type { Answer } from "@plp/web";
import type * as z from "zod";

/** What an address says, as the API's schema reads it; the fault `bad-request` names the field. Empty is not said. */
export function asked<Schema extends z.ZodType>(
  schema: Schema,
  given: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
  const read = schema.safeParse(said);
  if (read.success) return read.data;
  const fields = read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw permanent("bad-request", fields.join("; "));
}

/** An answer, or what was wrong with the question; what another question would not change is thrown on. */
export async function answered<T>(answer: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: "found", value: await answer() };
  } catch (error) {
    if (!isFault(error) || error.retryable || !/^(no-such|bad|ambiguous)-/.test(error.code)) throw error;
    return { kind: "refused", status: error.code.startsWith("no-such-") ? 404 : 400, says: error.message };
  }
}
