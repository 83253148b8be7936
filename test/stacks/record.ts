/**
 * Runs inside the program that `evaluate` bundles out of sst.config.ts: has Pulumi's engine answered by mocks and
 * writes down every resource that SST's components register. Nothing here talks to AWS.
 */
import { writeFileSync } from "node:fs";
import { answerCall } from "./aws-answers.ts";
import { madeOf } from "./aws-resources.ts";
import type { Evaluated, Resource } from "./evaluated.ts";

/** The part of Pulumi's SDK that is used here; SST's shim puts the whole of it in scope under this name. */
declare const $util: {
  readonly output: <T>(value: T) => { apply<U>(then: (resolved: T) => U): unknown };
  readonly runtime: {
    setMocks(
      mocks: {
        newResource(args: { type: string; name: string; inputs: Inputs }): { id: string; state: Inputs };
        call(args: { token: string; inputs: Inputs }): Inputs;
      },
      project: string,
      stack: string,
      preview: boolean,
    ): void;
    registerStackTransformation(transformation: (args: Registered) => undefined): void;
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
  };
};
type Inputs = Record<string, unknown>;
interface Registered {
  readonly type: string;
  readonly name: string;
  readonly opts: { readonly protect?: boolean; readonly retainOnDelete?: boolean };
}

/** Runs the program in a mocked stack; what came of it is in the file when the process ends. */
export async function record(program: () => Promise<unknown>, file: string): Promise<void> {
  const resources: Resource[] = [];
  const options = new Map<string, Registered["opts"]>();
  const evaluated: { outputs: unknown } & Omit<Evaluated, "outputs"> = { resources, outputs: null };
  $util.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        const { protect, retainOnDelete } = options.get(`${type} ${name}`) ?? {};
        const kept = { protect: protect ?? false, retainOnDelete: retainOnDelete ?? false };
        resources.push({ type, name, ...openSecrets(inputs), ...kept });
        return madeOf(type, name, inputs);
      },
      call: ({ token, inputs }) => answerCall(token, inputs),
    },
    "plp",
    "test",
    false,
  );
  // Once the event loop is empty every component has registered what it had to.
  process.once("beforeExit", () => writeFileSync(file, JSON.stringify(evaluated)));
  await $util.runtime.runInPulumiStack(async () => {
    $util.runtime.registerStackTransformation(({ type, name, opts }) => {
      options.set(`${type} ${name}`, opts);
      return undefined;
    });
    const outputs = await program();
    $util.output(outputs).apply((resolved) => {
      evaluated.outputs = resolved;
    });
    return outputs;
  });
}

/** Pulumi marks a value as secret by putting it into an object with this key; such a value is encrypted in the state. */
const mark = "4dabf18193072939515e22adb298388d";

function openSecrets(inputs: Inputs): Pick<Resource, "inputs" | "secrets"> {
  const opened = Object.entries(inputs).map(([key, value]) => {
    const secret = typeof value === "object" && value !== null && mark in value;
    return { key, secret, value: secret ? (value as { value?: unknown }).value : value };
  });
  return {
    inputs: Object.fromEntries(opened.map(({ key, value }) => [key, value])),
    secrets: opened.filter(({ secret }) => secret).map(({ key }) => key),
  };
}
