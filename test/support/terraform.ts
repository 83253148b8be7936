import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { startProvider } from "../../packages/iam-repository/src/aws-provider/provider.ts";
import { openLogArchive } from "../../packages/local-cloud/src/archive/index.ts";
import { awsEndpoint } from "../../packages/local-cloud/src/aws/endpoint.ts";
import { serve } from "../../packages/local-cloud/src/aws/http.ts";
import { type IamState, openIam } from "../../packages/local-cloud/src/aws/iam/state.ts";
import { openJobs } from "../../packages/local-cloud/src/aws/policy-generation-jobs.ts";
import { hubCredentials, localCredentials } from "../../packages/local-cloud/src/aws/signature.ts";
import { handClock, shopFiles, writeFiles } from "../../packages/local-cloud/src/testing/logs.ts";
import { program } from "./skip.ts";

/** Ephemeral variables, which the template needs, came with 1.10. */
export const terraform = program("terraform", "Terraform 1.10 or newer (terraform)", (path) => {
  const version = execFileSync(path, ["version", "-json"], { env: { PATH: process.env.PATH ?? "" } });
  const [major = 0, minor = 0] = JSON.parse(version.toString()).terraform_version.split(".").map(Number);
  return major > 1 || minor >= 10 ? null : `it is version ${major}.${minor}`;
});

export interface Accounts {
  readonly iam: IamState;
  /** What the stand-in provider did, oldest first. */
  readonly changes: string[];
  /** For Terraform: without anything of the machine's but the way to programs. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Empty accounts in a local IAM, and a provider for Terraform that writes into them. */
export async function startAccounts(folder: string, accountIds: readonly string[]): Promise<Accounts> {
  writeFiles(join(folder, "logs"), shopFiles);
  const clock = handClock();
  const iam = openIam({ folder: join(folder, "iam"), roles: [], accounts: accountIds, clock });
  const endpoint = awsEndpoint({
    archive: await openLogArchive(join(folder, "logs")),
    state: iam,
    jobs: openJobs(join(folder, "jobs.json"), clock),
    credentials: localCredentials(clock),
    readerRole: "iam-management-read",
    managementRole: "iam-management",
    now: () => clock.now(),
  });
  const server = await serve(endpoint, 0);
  const changes: string[] = [];
  const provider = await startProvider({
    endpoint: server.url,
    credentials: hubCredentials,
    onChange: (change) => changes.push(change),
  });
  return {
    iam,
    changes,
    environment: {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      CHECKPOINT_DISABLE: "1",
      TF_IN_AUTOMATION: "1",
      TF_INPUT: "0",
      TF_REATTACH_PROVIDERS: provider.reattach,
    },
    async stop() {
      await provider.stop();
      await server.stop();
    },
  };
}

/** A policy file as PLP writes it. */
export function policyText(...actions: string[]): string {
  const statement = { Sid: "PlpA", Effect: "Allow", Action: actions, Resource: "*" };
  return `${JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, null, 2)}\n`;
}
