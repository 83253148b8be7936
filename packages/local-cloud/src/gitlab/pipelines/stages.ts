import { posix } from "node:path";
import { messageOf } from "@plp/runtime";
import { outputsName } from "../../application-folder.ts";
import type { Deployer } from "../../aws/iam/deployer.ts";
import type { Context } from "../context.ts";
import { commitOutputs } from "./commit-outputs.ts";
import { changedFolders, fileAt, wantedRoles } from "./folders.ts";
import type { FolderPlan, Job, Pipeline, Step } from "./pipeline.ts";
import { planFolder, stepText, terraformReport } from "./plan.ts";

/** How a job's script ended. */
export interface Ended {
  readonly status: "success" | "failed";
  readonly trace: string;
  readonly plan?: readonly FolderPlan[];
  readonly touched?: readonly string[];
}

/** How many applies have begun to change what a folder describes, over all pipelines: Terraform's serial of its state. */
function serialOf(context: Context, folder: string): number {
  return [...context.store.pipelines.values()]
    .flatMap(({ jobs }) => jobs)
    .filter(({ touched }) => touched.includes(folder)).length;
}

/** The stage `plan`: what would have to be done so that AWS has what the commit's files say. */
export async function planStage(context: Context, deployer: Deployer, pipeline: Pipeline): Promise<Ended> {
  const lines: string[] = [];
  const plan: FolderPlan[] = [];
  for (const folder of pipeline.folders) {
    try {
      const roles = await wantedRoles(context.repository, pipeline.sha, folder);
      const planned = planFolder(deployer, folder, serialOf(context, folder), roles);
      plan.push(planned);
      const steps = planned.steps.map(stepText);
      lines.push(`${folder}: ${steps.length === 0 ? "no changes" : `${steps.length} steps`}`, ...steps);
    } catch (error) {
      lines.push(`${folder}: Error: ${messageOf(error)}`);
      return { status: "failed", trace: text(lines) };
    }
  }
  const { create, update, delete: gone } = terraformReport(plan);
  lines.push(`Plan: ${create} to add, ${update} to change, ${gone} to destroy.`);
  return { status: "success", trace: text(lines), plan };
}

/** The newest commit on the default branch that changed a folder after the pipeline's commit, apply's own aside. */
async function changedSince(context: Context, { sha }: Pipeline, folder: string): Promise<string | null> {
  const { repository, defaultBranch } = context;
  const head = await repository.branchHead(defaultBranch);
  if (head === null || head === sha) return null;
  if (!(await repository.isAncestor(sha, head))) return `${defaultBranch} no longer holds ${sha.slice(0, 8)}`;
  if (!(await changedFolders(repository, sha, head)).includes(folder)) return null;
  const newer = await repository.commits(`${sha}..${head}`, folder === "." ? null : folder, 0, 20);
  for (const commit of newer) {
    const files = await repository.comparer.files(commit.parents[0] ?? null, commit.id);
    const touches = files.some(
      ({ old_path, new_path }) =>
        [old_path, new_path].some((path) => folder === "." || path.startsWith(`${folder}/`)) &&
        posix.basename(new_path) !== outputsName,
    );
    if (touches) return `${commit.id.slice(0, 8)} changed it: ${commit.message.split("\n", 1)[0]}`;
  }
  return `${head.slice(0, 8)} changed it`;
}

/**
 * The stage `apply`: carries out the saved plan, step by step, then commits the outputs. It refuses by itself a folder that
 * a newer commit touched, and a plan that another apply has made stale; a step that AWS refuses ends it where it stands.
 */
export async function applyStage(
  context: Context,
  deployer: Deployer,
  pipeline: Pipeline,
  job: Job,
  plan: readonly FolderPlan[],
): Promise<Ended> {
  const lines: string[] = [];
  const touched: string[] = [];
  const failed = (reason: string): Ended => {
    lines.push(`Error: ${reason}`);
    return { status: "failed", trace: text(lines), touched };
  };
  for (const { folder, serial } of plan) {
    const newer = await changedSince(context, pipeline, folder);
    if (newer !== null) {
      return failed(
        `${folder} is newer than this plan; ${newer}. Nothing was applied: start the newest pipeline's apply.`,
      );
    }
    if (serialOf(context, folder) !== serial) {
      return failed(
        `the saved plan of ${folder} is stale: an apply came in between. Run the job plan again first.`,
      );
    }
  }
  for (const { folder, steps } of plan) {
    lines.push(`${folder}:`);
    if (steps.length > 0) touched.push(folder);
    for (const step of steps) {
      try {
        await carryOutStep(context, deployer, pipeline, step);
        lines.push(stepText(step));
      } catch (error) {
        lines.push(stepText(step));
        return failed(
          `${error instanceof Error ? `${error.name}: ` : ""}${messageOf(error)}. What stands above is done; the rest of ${folder} is not.`,
        );
      }
    }
    const committed = await commitOutputs(context, pipeline, job, folder);
    lines.push(committed === null ? "  outputs unchanged" : `  outputs committed: ${committed.slice(0, 8)}`);
  }
  const { create, update, delete: gone } = terraformReport(plan);
  lines.push(`Apply complete! ${create} added, ${update} changed, ${gone} destroyed.`);
  return { status: "success", trace: text(lines), touched };
}

async function carryOutStep(
  { repository }: Context,
  deployer: Deployer,
  { sha }: Pipeline,
  { do: what, roleArn, policyArn, path }: Step,
): Promise<void> {
  if (what !== "create" && what !== "update") return deployer[what](roleArn, policyArn);
  const document = path === null ? null : await fileAt(repository, sha, path);
  if (document === null) throw new Error(`${path} is not there at ${sha.slice(0, 8)}`);
  deployer[what](roleArn, policyArn, document);
}

const text = (lines: readonly string[]) => `${lines.join("\n")}\n`;
