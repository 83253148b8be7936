import asc from "assemblyscript/asc";

const folder = new URL("../assembly/", import.meta.url);
const options =
  "skim.ts --outFile skim.wasm -O3 --runtime stub --enable simd --noAssert --use abort= --initialMemory 112".split(
    " ",
  );

/** Compiles assembly/skim.ts. The same source and the same release of the compiler give the same bytes. */
export async function compileSkim(): Promise<Uint8Array> {
  let compiled: Uint8Array | null = null;
  const { error, stderr } = await asc.main([...options, "--baseDir", folder.pathname], {
    writeFile: (_, contents) => {
      compiled = contents as Uint8Array;
    },
  });
  if (error !== null || compiled === null) throw new Error(`assembly/skim.ts: ${stderr.toString()}`);
  return compiled;
}
