import asc from "assemblyscript/asc";

const folder = new URL("../assembly/", import.meta.url);
const always = "-O3 --runtime stub --enable simd --noAssert --use abort=".split(" ");
const modules = {
  skimming: ["index.ts", "--initialMemory", "256"],
  // Its memory comes from outside, because all threads share it.
  records:
    "records.ts --enable threads --importMemory --sharedMemory --initialMemory 1 --maximumMemory 304".split(
      " ",
    ),
} as const;

/** Compiles what is in assembly/. The same source and the same release of the compiler give the same bytes. */
export async function compileModule(name: keyof typeof modules): Promise<Uint8Array> {
  let compiled: Uint8Array | null = null;
  const [file, ...options] = modules[name];
  const { error, stderr } = await asc.main(
    [file, ...always, ...options, "--outFile", `${name}.wasm`, "--baseDir", folder.pathname],
    {
      writeFile: (_, contents) => {
        compiled = contents as Uint8Array;
      },
    },
  );
  if (error !== null || compiled === null) throw new Error(`assembly/${file}: ${stderr.toString()}`);
  return compiled;
}
