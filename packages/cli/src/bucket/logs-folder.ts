import { join } from "node:path";
import type { BadFile } from "@plp/cloudtrail";
import { badInput } from "../bad-input.ts";
import { plural, type Terminal } from "../output.ts";
import { daysOf, isWanted } from "./trail-keys.ts";

/** Where logs lie on this machine, and which of them were asked for. */
export interface LogsFolder {
  readonly dir: string;
  /** By the path below `dir`; absent where all are meant. */
  readonly wants?: (path: string) => boolean;
  /** Objects of a bucket that could not be fetched. */
  readonly bad: readonly BadFile[];
}

interface Asked {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Folder in which the logs of buckets are kept. */
  readonly mirror: string;
}

/** What the readers of logs take of it. */
export function folderOf({ dir, wants }: LogsFolder): Pick<LogsFolder, "dir" | "wants"> {
  return { dir, ...(wants === undefined ? {} : { wants }) };
}

const PAUSE_MS = 200;

/** The bucket and the folder in it that `s3://bucket/folder` names; null for anything but a URL of S3. */
export function bucketIn(given: string): { readonly bucket: string; readonly prefix: string } | null {
  if (!given.startsWith("s3:")) return null;
  const [, bucket, path = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(given) ?? [];
  if (bucket === undefined || path.split("/").includes("..")) {
    throw badInput(
      `--cloudtrail ${JSON.stringify(given)} is no place in S3: write s3://BUCKET or s3://BUCKET/FOLDER`,
    );
  }
  return { bucket, prefix: path === "" || path.endsWith("/") ? path : `${path}/` };
}

/**
 * The folder that `--cloudtrail` names. Logs of a bucket are fetched first, those of the days that were asked for,
 * as far as the mirror does not hold them yet; with the usual credentials. Faults `aws-…`.
 */
export async function logsFolder(given: string, asked: Asked, terminal: Terminal): Promise<LogsFolder> {
  const place = bucketIn(given);
  if (place === null) return { dir: given, bad: [] };
  const { bucket, prefix } = place;
  const [{ S3Client }, { mirror }, { trailBucket }] = await Promise.all([
    import("@aws-sdk/client-s3"),
    import("./mirror.ts"),
    import("./trail-bucket.ts"),
  ]);
  // A bucket of another Region says where it is.
  const region = terminal.env.AWS_REGION ?? terminal.env.AWS_DEFAULT_REGION ?? "us-east-1";
  const client = new S3Client({ region, followRegionRedirects: true });
  const days = daysOf(asked.since, asked.until);
  const root = join(asked.mirror, bucket);
  const { err } = terminal;
  let shown = 0;
  try {
    const { bad } = await mirror(trailBucket(client, bucket), prefix, days, root, ({ objects, fetched }) => {
      if (!err.isTTY || performance.now() - shown < PAUSE_MS) return;
      shown = performance.now();
      err.cursorTo(0);
      err.write(`Fetching from ${bucket}: ${plural(objects, "log")} found, ${fetched} fetched`);
      err.clearLine(1);
    });
    return { dir: join(root, prefix), wants: (path) => isWanted(`${prefix}${path}`, days), bad };
  } finally {
    if (err.isTTY) {
      err.cursorTo(0);
      err.clearLine(1);
    }
    client.destroy();
  }
}
