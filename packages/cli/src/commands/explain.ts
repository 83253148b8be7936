import { gunzipSync } from "node:zlib";
import { type Explanation, explainRecord } from "@plp/cloudtrail";
import { messageOf } from "@plp/runtime";
import { badInput } from "../bad-input.ts";
import { bytesOf, jsonOf } from "../input.ts";
import type { Answer, Style } from "../output.ts";

/** `plp explain`: which actions AWS checked for each record of a file, and why this is known. `-` is stdin. */
export async function explain(file: string, stdin: AsyncIterable<Uint8Array | string>): Promise<Answer> {
  const where = file === "-" ? "stdin" : file;
  const bytes = file === "-" ? await collect(stdin) : await bytesOf(file);
  const records = recordsOf(jsonOf(unpacked(bytes, where), where), where);
  const explanations = records.map((record) => explainRecord(record));
  return { json: explanations, people: (style) => explanations.map((one) => text(style, one)).join("\n\n") };
}

async function collect(stream: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const MAX_UNPACKED = 512 * 1024 * 1024;

/** As AWS delivers them, gzipped, or as they stand. */
function unpacked(bytes: Buffer, where: string): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString("utf8");
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED }).toString("utf8");
  } catch (error) {
    throw badInput(`${where} is not whole gzip: ${messageOf(error)}`);
  }
}

function recordsOf(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null)
    throw badInput(`${where}: expected one CloudTrail record, an array of them, or {"Records": […]}`);
  if (!("Records" in value)) return [value];
  if (!Array.isArray(value.Records)) throw badInput(`${where}: Records is no array`);
  return value.Records;
}

function text(style: Style, explanation: Explanation): string {
  const { eventID, eventSource, eventName, roleArn, outcome, actions, why } = explanation;
  const said = { authorized: style.good, denied: style.bad, "not-a-call": style.dim }[outcome](outcome);
  return [
    `${style.bold(`${eventSource ?? "?"} ${eventName ?? "?"}`)}  ${said}  ${eventID ?? ""}`.trimEnd(),
    ...(roleArn === null ? [] : [`  by ${roleArn}`]),
    ...actions.flatMap(({ action, inferred, why: reason, reasons }) => [
      `  ${action}${inferred ? " (inferred)" : ""}: ${reason.split("; ")[0]}`,
      ...reasons.flatMap(({ resource, why: told, patterns = [] }) => [
        `    on ${resource ?? "a resource that is not told"}: ${told}`,
        ...(patterns.length === 0 ? [] : [`      it would be asked for on ${patterns.join(", ")}`]),
      ]),
    ]),
    ...(why === null ? [] : [`  ${why}`]),
  ].join("\n");
}
