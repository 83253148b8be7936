import { GetObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { awsFault, type Sessions } from "@plp/clients";
import type { Settings } from "@plp/runtime";
import type { TrailHour } from "@plp/usage";
import { atOnce, dayOf } from "./at-once.ts";
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
  async function keysUnder(accountId: string, Prefix: string) {
    const found: { key: string; etag: string }[] = [];
    const request = { Bucket: trail.bucket, Prefix };
    try {
      for await (const page of paginateListObjectsV2({ client: clientOf(accountId) }, request)) {
        for (const { Key, ETag } of page.Contents ?? [])
          if (Key !== undefined) found.push({ key: Key, etag: ETag ?? "" });
      }
    } catch (error) {
      throw awsFault(error, `cannot list ${trail.bucket}/${Prefix}`);
    }
    return found;
  }

  return {
    list: atOnce(dayOf, async (hours) => {
      const prefixes = hours.map((hour) => prefixOf(trail, hour));
      const found = await keysUnder(hours[0]?.accountId ?? "", sharedStart(prefixes));
      return prefixes.map((prefix) => found.filter(({ key }) => key.startsWith(prefix)));
    }),
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

function sharedStart(texts: readonly string[]): string {
  return texts.reduce((shared, text) => {
    let end = 0;
    while (end < shared.length && shared[end] === text[end]) end += 1;
    return shared.slice(0, end);
  });
}

function prefixOf(trail: Settings["trail"], { accountId, region, hour }: TrailHour): string {
  const [year, month, day] = hour.slice(0, 10).split("-");
  const compact = hour.replaceAll("-", "");
  return [
    ...(trail.prefix === undefined ? [] : [trail.prefix]),
    "AWSLogs",
    ...(trail.organization_id === undefined ? [] : [trail.organization_id]),
    `${accountId}/CloudTrail/${region}/${year}/${month}/${day}/${accountId}_CloudTrail_${region}_${compact}`,
  ].join("/");
}
