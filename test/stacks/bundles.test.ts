import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { skipUnless } from "../support/skip.ts";
import { type Built, buildAsSst } from "./build.ts";
import { evaluate, sstPlatform } from "./evaluate.ts";
import { variablesOf } from "./evaluated.ts";

const run = promisify(execFile);
const megabyte = 1_000_000;

/** The AWS services that each function calls, by the name of their client. */
const clients: Readonly<Record<string, readonly string[]>> = {
  rounds: ["dynamodb", "sqs"],
  applications: ["dynamodb", "iam", "sqs", "sts"],
  analysis: ["accessanalyzer", "dynamodb", "iam", "s3", "sqs", "sts"],
  trail: ["dynamodb", "s3", "sqs", "sts"],
  merge: ["accessanalyzer", "dynamodb", "s3", "sqs", "sts"],
  publish: ["dynamodb", "sqs"],
  index: ["dynamodb", "s3", "sqs"],
  reviews: ["dynamodb", "iam", "sqs", "sts"],
  hook: ["sqs"],
  api: ["dynamodb", "s3", "sqs"],
  acts: ["dynamodb", "sqs"],
  doctor: ["accessanalyzer", "iam", "s3", "sts"],
};

skipUnless(sstPlatform)("the code of a deployment", async () => {
  const hub = await evaluate({ stage: "production" });
  const folder = mkdtempSync(join(tmpdir(), "plp-bundles-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const functions = hub.all("aws:lambda/function:Function").map((made) => {
    const name = String(made.inputs.name).replace("plp-production-", "");
    const asked = hub.builds.find(({ functionID }) => functionID.toLowerCase() === `${name}function`);
    if (asked === undefined) throw new Error(`SST was not asked to build ${name}`);
    return { name, made, asked };
  });

  describe.each(functions)("of $name", async ({ name, made, asked }) => {
    const built = await buildAsSst(asked, join(folder, name));

    test("is less than one and a half megabytes", () => {
      expect(built.bytes).toBeLessThan(1.5 * megabyte);
    });

    test("holds the clients of the services that it calls, and no other", () => {
      expect(clientsIn(built)).toEqual(clients[name]);
    });

    test("starts in its environment, as Lambda gives it", async () => {
      const env = {
        PATH: process.env.PATH,
        ...variablesOf(made),
        AWS_REGION: "eu-central-1",
        AWS_LAMBDA_FUNCTION_NAME: String(made.inputs.name),
      };
      const script = `const { handler } = await import(${JSON.stringify(built.file)}); console.log(typeof handler);`;
      const args = ["--no-warnings", "--input-type=module", "-e", script];
      const { stdout } = await run(process.execPath, args, { env, cwd: folder });
      expect(stdout.trim()).toBe("function");
    });
  });
});

/** `@aws-sdk/client-sqs`, and the SDK's own clients for ways to sign in. */
function clientsIn({ inputs }: Built): readonly string[] {
  const names = Object.entries(inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => {
      const [, client, nested] =
        /@aws-sdk\/(?:client-([\w-]+)|nested-clients\/[\w-]+\/submodules\/([\w-]+))\//.exec(path) ?? [];
      return client ?? (nested === undefined ? [] : [`nested ${nested}`]);
    });
  return [...new Set(names)].sort();
}
