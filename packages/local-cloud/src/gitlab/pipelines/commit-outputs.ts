import { posix } from "node:path";
import * as z from "zod";
import { outputsName, parseJson } from "../../application-folder.ts";
import { terraformOutput } from "../../terraform-output.ts";
import { type Context, signatureOf, userOf } from "../context.ts";
import { writeCommit } from "../git/write.ts";
import { branchMoved } from "../merge-requests.ts";
import { modesOf, outputsAt } from "./folders.ts";
import type { Job, Pipeline } from "./pipeline.ts";

/** The user name of the identity that apply pushes with. */
export const applyUser = "iam-apply";

type Json = Readonly<Record<string, unknown>>;

const outputs = z.custom<Readonly<Record<string, { readonly value: unknown }>>>(
  (it) => isObject(it) && Object.values(it).every((one) => isObject(one) && "value" in one),
);
/** Checked only: the order of its keys stays, so that a file in which nothing changed is the same to the byte. */
const plp = z.custom<Json & { readonly environments: Readonly<Record<string, Json>> }>(
  (it) => isObject(it) && isObject(it.environments) && Object.values(it.environments).every(isObject),
);

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What `terraform output -json` would print once the modes of the folder hold; null when there is nothing to print. */
function withModes(present: string, modes: ReadonlyMap<string, string>): string | null {
  const parsed = outputs.safeParse(parseJson(present));
  if (!parsed.success) return null;
  const values = Object.fromEntries(Object.entries(parsed.data).map(([name, { value }]) => [name, value]));
  const known = plp.safeParse(values.plp);
  if (!known.success) return null;
  const environments = Object.entries(known.data.environments).map(([name, environment]) => {
    const mode = modes.get(name);
    return [name, mode === undefined ? environment : { ...environment, mode }];
  });
  return terraformOutput({
    ...values,
    plp: { ...known.data, environments: Object.fromEntries(environments) },
  });
}

/**
 * Commits the folder's outputs after an apply, as the apply identity, with `[skip ci]`. Answers the commit; null when they
 * already stand there.
 */
export async function commitOutputs(
  context: Context,
  pipeline: Pipeline,
  job: Job,
  folder: string,
): Promise<string | null> {
  const { repository, defaultBranch, store } = context;
  const modes = await modesOf(repository, pipeline.sha, folder);
  return context.exclusive(async () => {
    const parent = await repository.branchHead(defaultBranch);
    const present = parent === null ? null : await outputsAt(repository, parent, folder);
    const next = present === null ? null : withModes(present, modes);
    if (parent === null || next === null || next === present) return null;
    const starter = userOf(context, job.userId);
    const by = store.instance.users.find(({ username }) => username === applyUser) ?? starter;
    const author = signatureOf(context, by);
    const message = `${folder}: outputs after apply [skip ci]\n\nPipeline #${pipeline.id}, job #${job.id}, started by ${starter.username}.\n`;
    const changes = new Map([
      [posix.join(folder, outputsName), { content: Buffer.from(next), mode: "100644" as const }],
    ]);
    const id = await writeCommit(repository.directory, {
      parent,
      message,
      author,
      committer: author,
      changes,
    });
    if (!(await repository.updateRef(`refs/heads/${defaultBranch}`, id, parent))) {
      throw new Error(`${defaultBranch} moved while the outputs were committed: run plan and apply again`);
    }
    await branchMoved(context, by, { branch: defaultBranch, before: parent, after: id });
    return id;
  });
}
