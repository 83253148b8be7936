import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** What a browser loads, by name; the name changes with the content. */
export async function bundleAssets(): Promise<
  Readonly<Record<"style" | "script", { readonly name: string; readonly text: string }>>
> {
  const { outputFiles } = await build({
    entryPoints: [path("../client/main.ts"), path("../client/style.css")],
    outdir: path("../client"),
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: ["es2022", "chrome111", "firefox113", "safari16.4"],
    legalComments: "none",
  });
  const asset = (extension: "js" | "css") => {
    const text = outputFiles.find((file) => file.path.endsWith(`.${extension}`))?.text ?? "";
    return { name: `${createHash("sha256").update(text).digest("hex").slice(0, 12)}.${extension}`, text };
  };
  return { style: asset("css"), script: asset("js") };
}

/** The module that holds them, so that the page is the same files on one machine and in a function. */
function moduleOf(assets: Awaited<ReturnType<typeof bundleAssets>>): string {
  const one = (name: "style" | "script") =>
    `export const ${name} = {\n  name: ${literal(assets[name].name)},\n  text: ${literal(assets[name].text)},\n};\n`;
  return `// Written by scripts/assets.ts from client/; never edited by hand.\n${one("style")}${one("script")}`;
}

/** In the quotes that need fewer escapes, as the formatter wants it. */
function literal(text: string): string {
  const double = JSON.stringify(text);
  if (text.split('"').length <= text.split("'").length) return double;
  return `'${double.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

if (import.meta.main) await writeFile(path("../src/assets.data.ts"), moduleOf(await bundleAssets()));
