/**
 * Writes src/reading/assembly.data.ts from what is in assembly/: run `node packages/cloudtrail/scripts/compile-assembly.ts` after a
 * change there. The bytes are a module and not a file to be read, because a bundled function has no folder beside it.
 */
import { writeFileSync } from "node:fs";
import { compileModule } from "./compile.ts";

const base64 = async (name: "skimming" | "records") =>
  Buffer.from(await compileModule(name)).toString("base64");
const lines = [
  "// Written by scripts/compile-assembly.ts; never edited by hand.",
  "/** assembly/index.ts as WebAssembly, base64. */",
  "export const skimming =",
  `  "${await base64("skimming")}";`,
  "/** assembly/records.ts as WebAssembly, base64. */",
  "export const records =",
  `  "${await base64("records")}";`,
];
writeFileSync(new URL("../src/reading/assembly.data.ts", import.meta.url), `${lines.join("\n")}\n`);
