import { GetObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { awsFault, type Sessions } from "@plp/clients";
import type { Settings } from "@plp/runtime";
import type { TrailFiles } from "./ports.ts";

/**
 * The log files of a trail's bucket, read in the member account's own session: the bucket policy shows each account its
 * own prefix. The hour stands in the file's name (`<account>_CloudTrail_<region>_YYYYMMDDTHHmmZ_…`), so it is a prefix.
 */
export function trailFiles(sessions: Sessions, trail: Settings["trail"]): TrailFiles {
  const region = trail.region ?? trail.arn.split(":")[3] ?? "us-east-1";
  const clients = new Map<string, S3Client>();
  const clientOf = (accountId: string): S3Client => {
    const known = clients.get(accountId);
    if (known !== undefined) return known;
    const client = new S3Client({ region, credentials: sessions.credentialsFor(accountId, "trail") });
    clients.set(accountId, client);
    return client;
  };
  return {
    async list({ accountId, region: of, hour }) {
      const found: { key: string; etag: string }[] = [];
      const Prefix = prefixOf(trail, accountId, of, hour);
      try {
        for await (const page of paginateListObjectsV2(
          { client: clientOf(accountId) },
          { Bucket: trail.bucket, Prefix },
        )) {
          for (const { Key, ETag } of page.Contents ?? [])
            if (Key !== undefined) found.push({ key: Key, etag: ETag ?? "" });
        }
      } catch (error) {
        throw awsFault(error, `cannot list ${trail.bucket}/${Prefix}`);
      }
      return found;
    },
    async read(accountId, key) {
      try {
        const { Body } = await clientOf(accountId).send(
          new GetObjectCommand({ Bucket: trail.bucket, Key: key }),
        );
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      } catch (error) {
        throw awsFault(error, `cannot read ${trail.bucket}/${key}`);
      }
    },
  };
}

function prefixOf(trail: Settings["trail"], accountId: string, region: string, hour: string): string {
  const [year, month, day] = hour.slice(0, 10).split("-");
  const compact = hour.replaceAll("-", "");
  return [
    ...(trail.prefix === undefined ? [] : [trail.prefix]),
    "AWSLogs",
    ...(trail.organization_id === undefined ? [] : [trail.organization_id]),
    `${accountId}/CloudTrail/${region}/${year}/${month}/${day}/${accountId}_CloudTrail_${region}_${compact}`,
  ].join("/");
}
