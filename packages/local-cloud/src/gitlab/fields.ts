import * as z from "zod";
import { Refusal } from "./http.ts";

const yes = ["1", "on", "t", "true", "y", "yes"];
const no = ["", "0", "f", "false", "n", "no", "off"];

/** A boolean as JSON, a form or a query gives it; Python clients write `True`. */
export const flag = z.unknown().transform((value, context) => {
  const word = String(value).toLowerCase();
  if (yes.includes(word)) return true;
  if (no.includes(word)) return false;
  context.addIssue("is invalid");
  return z.NEVER;
});

export const text = z.union([z.string(), z.number().transform(String)]);
export const ids = z
  .union([z.array(z.coerce.number().int()), z.string().transform((list) => list.split(",").map(Number))])
  .transform((list) => list.filter((id) => Number.isInteger(id) && id > 0));
/** `a,b` or an array. */
export const words = z
  .union([z.array(z.string()), z.string().transform((list) => list.split(","))])
  .transform((list) => list.map((word) => word.trim()).filter(Boolean));

/** The fields of a request by a schema; else 400 in GitLab's words: `{"error": "branch is missing, title is invalid"}`. */
export function parseFields<T>(schema: z.ZodType<T>, fields: unknown): T {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const input = typeof fields === "object" && fields !== null ? (fields as Record<string, unknown>) : {};
  const problems = parsed.error.issues.map((issue) => {
    const [first] = issue.path;
    const missing = first !== undefined && input[String(first)] === undefined;
    return `${issue.path.map(String).join(".") || "body"} is ${missing ? "missing" : "invalid"}`;
  });
  throw new Refusal(400, { error: [...new Set(problems)].join(", ") });
}
