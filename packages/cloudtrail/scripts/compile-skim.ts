/**
 * Writes src/skim.data.ts from assembly/skim.ts: run `node packages/cloudtrail/scripts/compile-skim.ts` after a
 * change there. The bytes are a module and not a file to be read, because a bundled function has no folder beside it.
 */
import { writeFileSync } from "node:fs";
import { compileSkim } from "./compile.ts";

const compiled = await compileSkim();
const lines = [
  "// Written by scripts/compile-skim.ts; never edited by hand.",
  "/** assembly/skim.ts as WebAssembly, base64. */",
  "export const compiled =",
  `  "${Buffer.from(compiled).toString("base64")}";`,
];
const target = new URL("../src/skim.data.ts", import.meta.url);
writeFileSync(target, `${lines.join("\n")}\n`);
process.stderr.write(`${target.pathname}: ${compiled.length} bytes\n`);
