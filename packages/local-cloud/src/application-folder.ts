import { posix } from "node:path";
import { partPath } from "@plp/iam-policy";
import * as z from "zod";
import { generatedPolicyName, initialPolicyName } from "./policy-names.ts";

/** What a folder of the IAM repository is known by. */
export const outputsName = "plp.outputs.json";
/** Holds the mode of each environment; people change it, and PLP does in a request of its own. */
export const modesName = "plp.environments.json";

/** An environment as the output `plp` of a folder names it. */
export interface FolderEnvironment {
  readonly name: string;
  readonly roleArn: string;
  readonly policyPath: string | null;
  readonly initialPolicyPath: string | null;
  readonly mode: string;
}

const environment = z.object({
  role_arn: z.string(),
  policy_path: z.string().optional().catch(undefined),
  initial_policy_path: z.string().nullish().catch(undefined),
  mode: z.string().optional().catch(undefined),
});

const output = z.object({
  environments: z.record(z.string(), environment.nullable().catch(null)),
});

const wholeFile = z.object({ plp: z.object({ value: output }) });

/** The environments that can be read of a `plp.outputs.json`; what cannot is passed over. */
export function environmentsOf(outputs: string): readonly FolderEnvironment[] {
  const json = parseJson(outputs);
  const whole = wholeFile.safeParse(json);
  const value = whole.success ? whole.data.plp.value : output.safeParse(json).data;
  return Object.entries(value?.environments ?? {}).flatMap(([name, it]) =>
    it === null
      ? []
      : [
          {
            name,
            roleArn: it.role_arn,
            policyPath: it.policy_path ?? null,
            initialPolicyPath: it.initial_policy_path ?? null,
            mode: it.mode ?? "observe",
          },
        ],
  );
}

/** A file that holds a policy of a role, and that policy's name in AWS, with its path. */
export interface PolicyPlace {
  readonly path: string;
  readonly name: string;
}

/** IAM attaches at most ten managed policies to a role. */
const mostParts = 10;

/** Where the policies of an environment can lie: in `observe` the initial one, then all parts of the generated one. */
export function policyPlaces(folder: string, of: FolderEnvironment): readonly PolicyPlace[] {
  const inside = (path: string) => {
    const whole = posix.join(folder, path);
    return folder === "." ? !whole.startsWith("../") : whole.startsWith(`${folder}/`);
  };
  const places: PolicyPlace[] = [];
  if (of.initialPolicyPath !== null && of.mode !== "enforce" && inside(of.initialPolicyPath)) {
    places.push({
      path: posix.join(folder, of.initialPolicyPath),
      name: initialPolicyName(of.roleArn),
    });
  }
  if (of.policyPath !== null && inside(of.policyPath)) {
    for (let part = 1; part <= mostParts; part += 1) {
      places.push({
        path: posix.join(folder, partPath(of.policyPath, part)),
        name: generatedPolicyName(of.roleArn, part),
      });
    }
  }
  return places;
}

/** The JSON in a text; undefined for none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
