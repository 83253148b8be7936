import { build, type Plugin } from "esbuild";

/** One import of one file, as written. `typeOnly`: it is gone when the program runs. */
export interface WrittenImport {
  readonly from: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

/**
 * Every import, re-export and dynamic import of the given TypeScript sources (repository path → text), found by
 * esbuild's own parser and not by patterns. esbuild drops type-only imports, so it reads each text twice: as it is,
 * and with `import type` made `import`; what only the second pass sees is type-only.
 */
export async function scanImports(sources: ReadonlyMap<string, string>): Promise<readonly WrittenImport[]> {
  const running = await pass(sources);
  const withTypes = await pass(new Map([...sources].map(([path, text]) => [path, typesMadeValues(text)])));
  const known = new Set(running.map(key));
  return [
    ...running.map((found) => ({ ...found, typeOnly: false })),
    ...withTypes.filter((found) => !known.has(key(found))).map((found) => ({ ...found, typeOnly: true })),
  ];
}

interface Found {
  readonly from: string;
  readonly specifier: string;
  readonly dynamic: boolean;
}

const key = ({ from, specifier }: Found) => `${from}\n${specifier}`;

function typesMadeValues(text: string): string {
  return text
    .replaceAll(/\bimport\s+type\s+(?=[{*\w])/g, "import ")
    .replaceAll(/\bexport\s+type\s+(?=\{[^}]*\}\s*from\b|\*)/g, "export ");
}

async function pass(sources: ReadonlyMap<string, string>): Promise<readonly Found[]> {
  const found: Found[] = [];
  const paths = [...sources.keys()];
  // Entries go by number: esbuild rewrites an entry that looks like a file of the folder it runs in.
  const pathOf = (number: string) => paths[Number(number)] ?? "";
  const plugin: Plugin = {
    name: "scan",
    setup(hooks) {
      hooks.onResolve({ filter: /.*/ }, (asked) => {
        if (asked.kind === "entry-point") return { path: asked.path, namespace: "house" };
        found.push({
          from: pathOf(asked.importer),
          specifier: asked.path,
          dynamic: asked.kind === "dynamic-import",
        });
        return { path: asked.path, external: true };
      });
      hooks.onLoad({ filter: /.*/, namespace: "house" }, (asked) => ({
        contents: sources.get(pathOf(asked.path)) ?? "",
        loader: pathOf(asked.path).endsWith("x") ? "tsx" : "ts",
      }));
    },
  };
  await build({
    entryPoints: paths.map((_, at) => ({ in: String(at), out: String(at) })),
    bundle: true,
    write: false,
    outdir: "out",
    format: "esm",
    platform: "node",
    logLevel: "silent",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [plugin],
  });
  return found;
}
