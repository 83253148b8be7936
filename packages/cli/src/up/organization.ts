import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  type LocalOrganization,
  type LogArchive,
  makeSampleOrganization,
  openLogArchive,
  organizationFromLogs,
  organizationFromRepository,
} from "@plp/local-cloud";
import { isFault, permanent } from "@plp/runtime";
import * as z from "zod";
import { repositoryFiles } from "./repository-files.ts";

/** The sample is the same for everybody, to the byte. */
const SAMPLE = { seed: "sample", end: new Date("2026-11-16T05:00:00Z") };

export interface UpSources {
  readonly state: string;
  readonly cloudtrail?: string | undefined;
  readonly repo?: string | undefined;
  readonly role?: string | undefined;
}

/** What the local cloud is filled with, and the logs that it answers from. */
export interface Prepared {
  readonly organization: LocalOrganization;
  readonly archive: LogArchive;
  readonly isNew: boolean;
  /** Shown under the first line, e.g. principals that got no application. */
  readonly remarks: readonly string[];
  /** Written once the repository stands; null when it was written by an earlier start. */
  readonly keep: { readonly file: string; readonly text: string } | null;
}

const policy = z.object({
  name: z.string(),
  document: z.looseObject({ Statement: z.array(z.record(z.string(), z.unknown())) }),
});
const saved = z.object({
  source: z.string(),
  logs: z.string(),
  title: z.string(),
  roles: z.array(
    z.object({
      arn: z.string(),
      uniqueId: z.string(),
      createdAt: z.string(),
      lastUsed: z.object({ at: z.string(), region: z.string() }).nullable(),
      policies: z.array(policy),
    }),
  ),
  users: z.array(
    z.object({
      id: z.number(),
      username: z.string(),
      name: z.string(),
      accessLevel: z.literal([20, 30, 40, 50]),
      bot: z.boolean(),
    }),
  ),
});

/**
 * The organization of a state directory: what an earlier start made of it, or a new one from the sample, from logs, or
 * from a repository. A directory keeps what it began with; other logs want another directory.
 */
export async function prepareOrganization(sources: UpSources): Promise<Prepared> {
  const file = join(sources.state, "organization.json");
  const source = describeSource(sources);
  const before = readSaved(file);
  if (before !== null) {
    if (before.source !== source && source !== "sample") {
      throw permanent(
        "state-of-another",
        `${sources.state} holds what began with ${before.source}; give another --state DIR for ${source}, or remove it`,
      );
    }
    const { title, roles, users } = before;
    const organization: LocalOrganization = { title, roles, users, files: new Map() };
    return {
      organization,
      archive: await openLogArchive(before.logs),
      isNew: false,
      remarks: [],
      keep: null,
    };
  }
  await mkdir(sources.state, { recursive: true });
  const { organization, logs, remarks } = await makeOrganization(sources);
  const archive = await openLogArchive(logs);
  const { title, roles, users } = organization;
  const text = JSON.stringify({ source, logs, title, roles, users });
  return {
    organization,
    archive,
    isNew: true,
    remarks,
    keep: { file, text },
  };
}

/** Remembers the organization for later starts. A start that was killed before this makes it again, the same. */
export async function keepOrganization({ keep }: Prepared): Promise<void> {
  if (keep === null) return;
  await writeFile(`${keep.file}.new`, keep.text, { mode: 0o600 });
  await rename(`${keep.file}.new`, keep.file);
}

async function makeOrganization({
  state,
  cloudtrail,
  repo,
  role,
}: UpSources): Promise<{ organization: LocalOrganization; logs: string; remarks: string[] }> {
  if (cloudtrail === undefined && repo === undefined) {
    await rm(join(state, "logs"), { recursive: true, force: true });
    const made = await makeSampleOrganization({ ...SAMPLE, directory: state });
    return { organization: made, logs: made.logs, remarks: [] };
  }
  if (cloudtrail === undefined) {
    throw permanent(
      "logs-missing",
      `--repo ${repo} needs logs to compare with: give --cloudtrail DIR, a folder of CloudTrail files, as well`,
    );
  }
  const logs = resolve(cloudtrail);
  const seen = (await (await openLogArchive(logs)).activity()).roles();
  if (repo !== undefined) {
    const title = `repository ${repo}`;
    const organization = organizationFromRepository({ files: await repositoryFiles(repo), seen, title });
    return { organization, logs, remarks: [] };
  }
  const made = organizationFromLogs({ roles: seen, glob: role, title: `logs in ${cloudtrail}` });
  return {
    organization: made,
    logs,
    remarks: made.leftOut.map(({ arn, reason }) => `left out ${arn}: ${reason}`),
  };
}

function describeSource({ cloudtrail, repo, role }: UpSources): string {
  if (cloudtrail === undefined && repo === undefined) return "sample";
  return [
    ...(cloudtrail === undefined ? [] : [`--cloudtrail ${resolve(cloudtrail)}`]),
    ...(repo === undefined ? [] : [`--repo ${resolve(repo)}`]),
    ...(role === undefined ? [] : [`--role ${role}`]),
  ].join(" ");
}

function readSaved(file: string): z.infer<typeof saved> | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return null;
  }
  try {
    return saved.parse(JSON.parse(text));
  } catch (error) {
    if (isFault(error)) throw error;
    throw permanent(
      "state-unreadable",
      `${file} cannot be read; remove the state directory, or give another with --state`,
    );
  }
}
