import { records, skimming } from "./assembly.data.ts";

/** What is compiled once in a process: threads send it to each other. */
export interface Modules {
  readonly skimming: WebAssembly.Module;
  readonly records: WebAssembly.Module;
}

const compiled = (base64: string) => new WebAssembly.Module(Buffer.from(base64, "base64"));
let modules: Modules | undefined;

export function theModules(): Modules {
  modules ??= { skimming: compiled(skimming), records: compiled(records) };
  return modules;
}
