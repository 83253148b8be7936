/**
 * Loaded before a program (`node --import`): counts what it asks of AWS and GitLab, by operation, with the bytes that went out
 * and came in, and writes the counts to the file that COUNT_REQUESTS names when it ends. Nothing is changed.
 */
import { writeFileSync } from "node:fs";
import http, { type ClientRequest, type IncomingMessage } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import type { Counted } from "./counted.ts";

const counts: Record<string, Counted> = {};
const request = http.request;

/**
 * DynamoDB and SQS name their operation in a header; to DynamoDB's the beginning of the key is added, which tells what kind of
 * item it was. Of the others bucket and method are enough.
 */
function operationOf(sent: ClientRequest, body: string): string {
  const target = sent.getHeader("x-amz-target");
  if (typeof target === "string") {
    const [, kind = ""] = /"(?::?pk)":\{"S":"(\w+)[#"]/.exec(body) ?? [];
    return `${target.slice(target.lastIndexOf(".") + 1)} ${kind}`.trim();
  }
  const [path = "", query = ""] = sent.path.split("?");
  const method = query.includes("list-type") ? "LIST" : sent.method;
  return `${method} ${path.split("/")[1] ?? ""}`.trim();
}

/** What DynamoDB would charge: 1 KB a write unit, 4 KB a strongly consistent read unit, as the wire shows the items. */
function unitsOf(operation: string, out: number, into: number): number {
  if (/^(PutItem|UpdateItem|BatchWriteItem)\b/.test(operation)) return Math.max(1, Math.ceil(out / 1024));
  return /^(GetItem|Query|Scan)\b/.test(operation) ? Math.max(1, Math.ceil(into / 4096)) : 0;
}

function counting(...args: unknown[]): ClientRequest {
  const sent = Reflect.apply(request, http, args);
  let out = 0;
  let body = "";
  const { write, end } = sent;
  const add = (chunk: unknown) => {
    if (typeof chunk !== "string" && !(chunk instanceof Uint8Array)) return;
    out += Buffer.byteLength(chunk);
    if (body.length < 4096) body += chunk.toString().slice(0, 4096);
  };
  sent.write = ((chunk: unknown, ...rest: unknown[]) => {
    add(chunk);
    return Reflect.apply(write, sent, [chunk, ...rest]);
  }) as typeof sent.write;
  sent.end = ((chunk?: unknown, ...rest: unknown[]) => {
    add(chunk);
    return Reflect.apply(end, sent, [chunk, ...rest]);
  }) as typeof sent.end;
  sent.on("response", (answer: IncomingMessage) => {
    // Listening to the body would set it flowing before the program does.
    const into = Number(answer.headers["content-length"] ?? 0);
    const operation = operationOf(sent, body);
    const one = counts[operation] ?? { requests: 0, units: 0 };
    counts[operation] = { requests: one.requests + 1, units: one.units + unitsOf(operation, out, into) };
  });
  return sent;
}

http.request = counting as typeof request;
syncBuiltinESMExports();
process.once("exit", () => {
  const file = process.env.COUNT_REQUESTS;
  if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
});
