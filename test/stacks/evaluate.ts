import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import type { Need } from "../support/skip.ts";
import type { Evaluated, Resource } from "./evaluated.ts";

const root = resolve(import.meta.dirname, "../..");
const platform = join(root, ".sst/platform");

/** SST's own components, which `sst install` brings; `.ci/run` calls it. */
export const sstPlatform: Need = {
  name: "SST's components (SST_STAGE=test SST_TELEMETRY_DISABLED=1 SST_SKIP_DEPENDENCY_CHECK=1 SST_NO_BUN=1 npx sst install)",
  present: existsSync(join(platform, "node_modules")),
  missing: existsSync(join(platform, "node_modules/@pulumi/aws")) ? null : "there is no .sst/platform",
};

/** Secrets of the mocked deployment, as `sst secret set` would have stored them. */
export const secretValues = {
  GitlabToken: "secret-of-the-gitlab-bot",
  HookSecret: "secret-of-the-web-hook",
  CursorKey: "0123456789abcdef0123456789abcdef",
} as const;

interface Options {
  readonly stage: string;
  /** Instead of those of plp.config.ts. */
  readonly settings?: object | undefined;
}

/**
 * What `sst deploy --stage <stage>` would register, found offline: sst.config.ts is bundled as SST bundles it, with its
 * components and globals, and run in a process of its own with Pulumi's engine and SST's server replaced by mocks.
 */
export async function evaluate({ stage, settings }: Options): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), "plp-stacks-"));
  // Beside SST's platform, because what the bundle leaves out is resolved from where it stands.
  const program = join(platform, `evaluate-${process.pid}-${folder.slice(-6)}.mjs`);
  const result = join(folder, "result.json");
  const server = await sstServer(folder);
  try {
    await bundle({ program, result, stage, settings, work: folder });
    await run(program, server.url);
    return deploymentOf(JSON.parse(readFileSync(result, "utf8")), server.builds);
  } finally {
    server.stop();
    rmSync(program, { force: true });
    rmSync(folder, { recursive: true });
  }
}

/** A function as SST's server was asked to build it. */
export interface Build {
  readonly functionID: string;
  readonly handler: string;
  readonly runtime: string;
  readonly copyFiles: readonly { readonly from: string; readonly to: string }[];
  readonly properties: {
    readonly banner?: string;
    readonly minify?: boolean;
    readonly esbuild?: { readonly external?: readonly string[] };
  };
}

export interface Deployment extends Evaluated {
  readonly builds: readonly Build[];
  /** Every resource of this type, such as "aws:sqs/queue:Queue". */
  all(type: string): readonly Resource[];
  /** The one of this type and logical name. */
  one(type: string, name: string): Resource;
}

/** How the logical names of what belongs to a queue begin, such as "Rounds". */
export function titleOf(queue: string): string {
  return `${queue.charAt(0).toUpperCase()}${queue.slice(1)}`;
}

function deploymentOf(evaluated: Evaluated, builds: readonly Build[]): Deployment {
  const all = (type: string) => evaluated.resources.filter((resource) => resource.type === type);
  return {
    ...evaluated,
    builds,
    all,
    one(type, name) {
      const found = all(type).filter((resource) => resource.name === name);
      const known = all(type).map((resource) => resource.name);
      if (found[0] === undefined || found.length > 1)
        throw new Error(`${found.length} of ${type} ${name}; there are ${known.join(", ")}`);
      return found[0];
    },
  };
}

async function bundle({
  program,
  result,
  stage,
  settings,
  work,
}: Options & {
  readonly program: string;
  readonly result: string;
  /** Where SST would put what it builds. */
  readonly work: string;
}): Promise<void> {
  const production = stage === "production";
  const app = {
    name: "plp",
    stage,
    home: "aws",
    removal: production ? "retain" : "remove",
    protect: production,
    providers: { aws: {} },
  };
  const paths = { home: work, root, work, platform };
  const cli = { command: "deploy", dev: false, paths, state: { version: {} } };
  await build({
    stdin: {
      // The first import puts `sst` and `aws` in scope before anything that needs them runs.
      contents: `
        import * as sst from ${JSON.stringify(join(platform, "src/components"))};
        import * as aws from "@pulumi/aws";
        import { run } from ${JSON.stringify(join(platform, "src/auto/run.ts"))};
        import { record } from ${JSON.stringify(join(import.meta.dirname, "record.ts"))};
        Object.assign(globalThis, { sst, aws });
        await record(async () => {
          const { default: config } = await import(${JSON.stringify(join(root, "sst.config.ts"))});
          return run(config.run);
        }, ${JSON.stringify(result)});`,
      resolveDir: root,
      sourcefile: "evaluate.ts",
      loader: "ts",
    },
    define: { $app: JSON.stringify(app), $cli: JSON.stringify(cli), $dev: "false" },
    inject: [join(platform, "src/shim/run.js")],
    banner: { js: banner },
    external: ["@pulumi/*", "@pulumiverse/*", "@aws-sdk/*", "archiver", "esbuild", "glob", "undici", "vite"],
    nodePaths: [join(platform, "node_modules")],
    mainFields: ["module", "main"],
    platform: "node",
    format: "esm",
    bundle: true,
    outfile: program,
    sourcemap: "inline",
    logLevel: "error",
    plugins: settings === undefined ? [] : [otherSettings(settings)],
  });
}

/** SST's components are CommonJS in places: what Node would give these is made from the module's own address. */
const banner = `
import { createRequire as moduleRequire } from "node:module";
import { fileURLToPath as pathOfUrl } from "node:url";
const require = moduleRequire(import.meta.url);
const __filename = pathOfUrl(import.meta.url);
const __dirname = pathOfUrl(new URL(".", import.meta.url));`;

function otherSettings(settings: object) {
  return {
    name: "other-settings",
    setup(builder: import("esbuild").PluginBuild) {
      builder.onLoad({ filter: /\/plp\.config\.ts$/ }, () => ({
        contents: `export default ${JSON.stringify(settings)}`,
        loader: "js",
      }));
    },
  };
}

async function run(program: string, server: string): Promise<void> {
  const secrets = Object.entries(secretValues).map(([name, value]) => [`SST_SECRET_${name}`, value]);
  const child = spawn(process.execPath, ["--no-warnings", "--enable-source-maps", program], {
    cwd: root,
    env: { PATH: process.env.PATH, SST_SERVER: server, ...Object.fromEntries(secrets) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  if (code !== 0) throw new Error(`Evaluating sst.config.ts failed:\n${out}${err}`);
}

/** SST's components ask its server to build functions and for the bucket of assets. */
async function sstServer(
  folder: string,
): Promise<{ readonly url: string; readonly builds: readonly Build[]; stop(): void }> {
  const builds: Build[] = [];
  const built = join(folder, "built");
  mkdirSync(built);
  writeFileSync(join(built, "bundle.mjs"), "export const handler = () => {};\n");
  const answers: Readonly<Record<string, unknown>> = {
    "Runtime.Build": { handler: "bundle.handler", out: built, errors: [], sourcemaps: [] },
    "Provider.Aws.Bootstrap": { asset: "sst-asset", state: "sst-state" },
  };
  const server = createServer(async (request, response) => {
    const { method, params }: { method: string; params: readonly [Build] } = JSON.parse(await text(request));
    if (method === "Runtime.Build") builds.push(params[0]);
    const known = answers[method];
    response.end(JSON.stringify(known === undefined ? { error: `no ${method} here` } : { result: known }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, builds, stop: () => server.close() };
}
