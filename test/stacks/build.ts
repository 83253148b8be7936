import { join, resolve } from "node:path";
import { build, type Metafile } from "esbuild";
import type { Build } from "./evaluate.ts";

const root = resolve(import.meta.dirname, "../..");

export interface Built {
  /** The file that Lambda imports. */
  readonly file: string;
  /** Without its source map, which SST keeps out of the package. */
  readonly bytes: number;
  /** Paths of what went into it, with the bytes that they take there. */
  readonly inputs: Metafile["outputs"][string]["inputs"];
}

/** Bundles one function as SST's server does when it is asked to (its runtime for Node, with the same esbuild options). */
export async function buildAsSst({ handler, properties }: Build, outdir: string): Promise<Built> {
  const file = join(outdir, "bundle.mjs");
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`${handler.slice(0, handler.lastIndexOf("."))}.ts`],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2024",
    mainFields: ["module", "main"],
    external: ["sharp", "pg-native", ...(properties.esbuild?.external ?? [])],
    keepNames: true,
    minify: properties.minify === true,
    sourcemap: "linked",
    metafile: true,
    banner: { js: `${requireBanner}\n${properties.banner ?? ""}` },
    logLevel: "error",
  });
  const [, output] = Object.entries(metafile.outputs).find(([path]) => path.endsWith(".mjs")) ?? [];
  if (output === undefined) throw new Error(`esbuild made nothing of ${handler}`);
  return { file, bytes: output.bytes, inputs: output.inputs };
}

const requireBanner = `
import { createRequire as moduleRequire } from "node:module";
import { fileURLToPath as pathOfUrl } from "node:url";
const require = moduleRequire(import.meta.url);
const __filename = pathOfUrl(import.meta.url);
const __dirname = pathOfUrl(new URL(".", import.meta.url));`;
