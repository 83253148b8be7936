import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { permanent } from "@plp/runtime";
import * as z from "zod";
import type { LocalUser } from "../organization.ts";

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
  putMergeRequest(mergeRequest: MergeRequest): Promise<void>;
  /** Null removes it. */
  putTerraformState(name: string, state: TerraformState | null): Promise<void>;
}

/**
 * Opens the metadata below a folder. Every write goes to a temporary file, is forced to the disk and renamed, so a
 * kill at any moment leaves the old or the new file, and memory follows only then.
 */
export async function openStore(folder: string, users: readonly LocalUser[], now: Date): Promise<Store> {
  const requestsFolder = join(folder, "merge-requests");
  const statesFolder = join(folder, "terraform-states");
  for (const one of [requestsFolder, statesFolder]) await mkdir(one, { recursive: true, mode: 0o700 });
  const instance = await openInstance(join(folder, "instance.json"), users, now);
  const mergeRequests = new Map<number, MergeRequest>();
  for (const file of await jsonFiles(requestsFolder)) {
    const mergeRequest = await readJson(join(requestsFolder, file), mergeRequestSchema);
    mergeRequests.set(mergeRequest.iid, mergeRequest);
  }
  const terraformStates = new Map<string, TerraformState>();
  for (const file of await jsonFiles(statesFolder)) {
    const name = Buffer.from(file.slice(0, -".json".length), "hex").toString("utf8");
    terraformStates.set(name, await readJson(join(statesFolder, file), stateSchema));
  }
  return {
    instance,
    mergeRequests,
    terraformStates,
    putMergeRequest: async (mergeRequest) => {
      await writeJson(join(requestsFolder, `${mergeRequest.iid}.json`), mergeRequest);
      mergeRequests.set(mergeRequest.iid, mergeRequest);
    },
    putTerraformState: async (name, state) => {
      const file = join(statesFolder, `${Buffer.from(name).toString("hex")}.json`);
      if (state === null) {
        await rm(file, { force: true });
        terraformStates.delete(name);
      } else {
        await writeJson(file, state);
        terraformStates.set(name, state);
      }
    },
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

async function jsonFiles(folder: string): Promise<string[]> {
  const files = await readdir(folder);
  for (const file of files) if (file.endsWith(".new")) await rm(join(folder, file), { force: true });
  return files.filter((file) => file.endsWith(".json"));
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readFile(file, "utf8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw permanent(
      "local-gitlab-state",
      `${file} is not JSON: restore it, or start with a new state directory`,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problem = z.prettifyError(parsed.error).slice(0, 300);
  throw permanent("local-gitlab-state", `${file} does not hold what was written there: ${problem}`);
}

/** Writes a file whole or not at all, readable by its owner only: tokens and states lie here. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(value)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  const folder = await open(dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
