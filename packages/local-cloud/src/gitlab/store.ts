import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { LocalUser } from "../organization.ts";
import { type Hook, hookSchema } from "./hooks/hook.ts";
import { byNumber, byText, openJsonFolder, readJson, writeJson } from "./json-files.ts";
import { type Pipeline, pipelineSchema } from "./pipelines/pipeline.ts";

const time = z.iso.datetime();
const sha = z.string().regex(/^[0-9a-f]{40}$/);
const diffRefs = z.object({ base: sha, head: sha, start: sha });

const noteSchema = z.object({
  id: z.int(),
  authorId: z.int(),
  body: z.string(),
  createdAt: time,
  updatedAt: time,
  system: z.boolean(),
});

/** A merge request as it lies on disk, notes and approvals with it: one file, so that a change is whole or absent. */
const mergeRequestSchema = z.object({
  iid: z.int(),
  title: z.string(),
  description: z.string(),
  state: z.enum(["opened", "closed", "merged"]),
  source: z.string(),
  target: z.string(),
  authorId: z.int(),
  assigneeIds: z.array(z.int()),
  reviewerIds: z.array(z.int()),
  labels: z.array(z.string()),
  removeSource: z.boolean(),
  squash: z.boolean(),
  createdAt: time,
  updatedAt: time,
  closed: z.object({ at: time, by: z.int() }).nullable(),
  merged: z.object({ at: time, by: z.int(), commit: sha, squash: sha.nullable() }).nullable(),
  /** Set while a merge is under way; at the next start it is finished or taken back by what the target branch says. */
  merging: z
    .object({ at: time, by: z.int(), commit: sha, squash: sha.nullable(), removeSource: z.boolean() })
    .nullable(),
  /** The last head seen while open; from the end on, what was merged or closed. */
  head: sha,
  refs: diffRefs.nullable(),
  autoMerge: z.object({ at: time, by: z.int(), head: sha }).nullable(),
  approvals: z.array(z.object({ at: time, by: z.int() })),
  notes: z.array(noteSchema),
  nextNote: z.int(),
});

export type MergeRequest = z.infer<typeof mergeRequestSchema>;
export type Note = z.infer<typeof noteSchema>;

const instanceSchema = z.object({
  users: z.array(
    z.object({
      id: z.int(),
      username: z.string(),
      name: z.string(),
      accessLevel: z.literal([20, 30, 40, 50]),
      bot: z.boolean(),
    }),
  ),
  tokens: z.record(z.string(), z.string()),
  createdAt: time,
});

/** Users and their tokens, by user name. */
export type Instance = z.infer<typeof instanceSchema>;

const stateSchema = z.object({
  versions: z.array(z.object({ serial: z.int(), content: z.string() })),
  lock: z.record(z.string(), z.unknown()).nullable(),
});

/** A GitLab-managed Terraform state: its versions, oldest first, and who holds the lock. */
export type TerraformState = z.infer<typeof stateSchema>;

export interface Store {
  readonly instance: Instance;
  readonly mergeRequests: ReadonlyMap<number, MergeRequest>;
  readonly terraformStates: ReadonlyMap<string, TerraformState>;
  readonly hooks: ReadonlyMap<number, Hook>;
  putMergeRequest(mergeRequest: MergeRequest): Promise<void>;
  /** Null removes it. */
  putTerraformState(name: string, state: TerraformState | null): Promise<void>;
  putHook(hook: Hook): Promise<void>;
  removeHook(id: number): Promise<void>;
  readonly pipelines: ReadonlyMap<number, Pipeline>;
  keepPipeline(id: number): Promise<void>;
  /** In memory only. */
  holdPipeline(pipeline: Pipeline): void;
}

/** Opens the metadata below a folder: `json-files.ts` says how it outlives a kill. */
export async function openStore(folder: string, users: readonly LocalUser[], now: Date): Promise<Store> {
  const mergeRequests = await openJsonFolder(join(folder, "merge-requests"), mergeRequestSchema, byNumber);
  const states = await openJsonFolder(join(folder, "terraform-states"), stateSchema, byText);
  const hooks = await openJsonFolder(join(folder, "hooks"), hookSchema, byNumber);
  const pipelines = await openJsonFolder(join(folder, "pipelines"), pipelineSchema, byNumber);
  return {
    instance: await openInstance(join(folder, "instance.json"), users, now),
    mergeRequests: mergeRequests.items,
    terraformStates: states.items,
    hooks: hooks.items,
    putMergeRequest: (mergeRequest) => mergeRequests.put(mergeRequest.iid, mergeRequest),
    putTerraformState: (name, state) => (state === null ? states.remove(name) : states.put(name, state)),
    putHook: (hook) => hooks.put(hook.id, hook),
    removeHook: (id) => hooks.remove(id),
    pipelines: pipelines.items,
    keepPipeline: (id) => pipelines.keep(id),
    holdPipeline: (pipeline) => pipelines.hold(pipeline.id, pipeline),
  };
}

async function openInstance(file: string, users: readonly LocalUser[], now: Date): Promise<Instance> {
  let known: Instance = { users: [], tokens: {}, createdAt: now.toISOString() };
  const stored = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (stored !== null) known = await readJson(file, instanceSchema);
  const added = users.filter(({ username }) => !known.users.some((user) => user.username === username));
  if (stored !== null && added.length === 0) return known;
  const tokens = { ...known.tokens };
  for (const { username } of added) tokens[username] = `glpat-${randomBytes(15).toString("base64url")}`;
  const next = { ...known, users: [...known.users, ...added], tokens };
  await writeJson(file, next);
  return next;
}
