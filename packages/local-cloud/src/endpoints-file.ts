import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { writeAtomically } from "./files.ts";

const schema = z.object({
  pid: z.number().int(),
  sqs: z.url(),
  dynamodb: z.url(),
  s3: z.url(),
  /** Also IAM and STS. */
  accessAnalyzer: z.url(),
  gitlab: z.url().optional(),
  web: z.url().optional(),
  gitlabProject: z.string().optional(),
  gitlabToken: z.string().optional(),
  /** Where GitLab's web hooks go. */
  hooks: z.url().optional(),
  hookSecret: z.string().optional(),
  /** The settings that the services have, as JSON. */
  settings: z.string().optional(),
  awsRegion: z.string(),
  awsAccessKeyId: z.string(),
  awsSecretAccessKey: z.string(),
  table: z.string(),
  blobs: z.string(),
  checkpoints: z.string(),
  archive: z.string(),
  queues: z.record(z.string(), z.string()),
});

/** What `<state>/endpoints.json` holds while the system runs. */
export type Endpoints = z.infer<typeof schema>;

const fileOf = (state: string) => join(state, "endpoints.json");

/** Readable by its owner alone, because it holds GitLab's token. */
export function writeEndpoints(state: string, endpoints: Endpoints): void {
  writeAtomically(fileOf(state), `${JSON.stringify(schema.parse(endpoints), null, 2)}\n`, 0o600);
}

export function removeEndpoints(state: string): void {
  rmSync(fileOf(state), { force: true });
}

/** What the file says; null when there is none or it is no such file. Its process may be gone: ask an endpoint. */
export function readEndpoints(state: string): Endpoints | null {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(fileOf(state), "utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
