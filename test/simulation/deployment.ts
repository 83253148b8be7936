import type { GitlabJob, GitlabPipeline } from "@plp/clients";
import type { FoundOnRole, PolicyFound } from "@plp/domain";
import { parsePolicy, policyHash } from "@plp/iam-policy";
import type { PEOPLE, SimulatedGitlab } from "./gitlab.ts";
import type { Organization, SimulatedRole } from "./organization.ts";

export interface SimulatedPipeline extends GitlabPipeline {
  readonly apply: {
    status: "manual" | "success" | "failed";
    by: (typeof PEOPLE)[number] | null;
    at: number | null;
  };
  updatedAt: number;
}

/** Pipelines of the default branch, whose applies people start, and the policies that AWS then has. */
export function simulatedDeployment(organization: Organization, gitlab: SimulatedGitlab, now: () => number) {
  const pipelines = new Map<number, SimulatedPipeline>();
  /** What is attached to a role, by ARN: the text of the generated policy; null where none is. */
  const attached = new Map<string, string | null>();
  const foldersIn = (paths: Iterable<string>) =>
    organization.folders
      .map(({ folder }) => folder)
      .filter((folder) => [...paths].some((path) => path.startsWith(`${folder}/policies/`)));

  function changed(from: string, to: string): readonly string[] {
    const [before, after] = [gitlab.git.commit(from).tree, gitlab.git.commit(to).tree];
    return [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) => before.get(path) !== after.get(path),
    );
  }

  return {
    pipelines,
    attached,
    changed,
    foldersIn,

    /** After a push to the default branch; only policies are planned. */
    pushed(before: string, after: string): SimulatedPipeline | null {
      if (foldersIn(changed(before, after)).length === 0) return null;
      const id = pipelines.size + 1;
      const pipeline: SimulatedPipeline = {
        ...{ id, ref: "main", sha: after, before, iid: null, updatedAt: now() },
        apply: { status: "manual", by: null, at: null },
      };
      pipelines.set(id, pipeline);
      return pipeline;
    },

    /** Somebody starts the apply; it refuses itself where a newer commit touched its folders, and may fail half way. */
    play(pipeline: SimulatedPipeline, by: (typeof PEOPLE)[number], failsAfter: number | null): void {
      const folders = foldersIn(changed(pipeline.before ?? pipeline.sha, pipeline.sha));
      const isOld = foldersIn(changed(pipeline.sha, gitlab.main())).some((folder) =>
        folders.includes(folder),
      );
      const roles = organization.roles.filter(({ folder }) => folders.includes(folder));
      const reached = isOld ? [] : roles.slice(0, failsAfter ?? roles.length);
      for (const { arn, path } of reached)
        attached.set(arn, deployable(gitlab.git.commit(pipeline.sha).tree.get(path)));
      const status = reached.length === roles.length ? "success" : "failed";
      Object.assign(pipeline.apply, { status, by, at: now() });
      pipeline.updatedAt = now();
    },

    /** In the console, past the pipeline. */
    edit(arn: string, action: string): boolean {
      const text = attached.get(arn);
      if (typeof text !== "string") return false;
      const policy = JSON.parse(text) as { Statement: object[] };
      const more = { Sid: `Console${now()}`, Effect: "Allow", Action: action, Resource: "*" };
      attached.set(arn, JSON.stringify({ ...policy, Statement: [...policy.Statement, more] }));
      return true;
    },

    jobOf({ id, apply }: SimulatedPipeline): GitlabJob {
      return {
        ...{ id: id * 10, name: "apply", status: apply.status, user: apply.by },
        url: `https://gitlab.example.com/-/jobs/${id * 10}`,
        finishedAt: apply.at === null ? null : new Date(apply.at).toISOString(),
      };
    },

    read({ arn }: Pick<SimulatedRole, "arn">): FoundOnRole {
      const text = attached.get(arn) ?? null;
      return { policies: text === null ? [] : [policyOf(text)], boundary: null, trustHash: "trust" };
    },
  };
}

export type SimulatedDeployment = ReturnType<typeof simulatedDeployment>;

/** IAM takes no policy without a statement: such a one is not attached. */
function deployable(text: string | undefined): string | null {
  const { Statement } = JSON.parse(text ?? "{}") as { readonly Statement?: readonly object[] };
  return text === undefined || Statement?.length === 0 ? null : text;
}

function policyOf(text: string): PolicyFound {
  const policy = parsePolicy(JSON.parse(text), "the simulated AWS");
  return {
    how: "attached",
    id: "arn:aws:iam::1:policy/generated",
    version: "v1",
    policy,
    hash: policyHash(policy),
  };
}
