import type { AwsResponse } from "./http.ts";
import type { Bucket } from "./s3-buckets.ts";
import { type XmlValue, xml } from "./xml.ts";

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

/** The first `max` keys and common prefixes after a key, and the last name that was used for them. */
function pageOf(
  keys: readonly string[],
  prefix: string,
  delimiter: string,
  after: string,
  max: number,
): {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  readonly last: string;
  readonly more: boolean;
} {
  const page: string[] = [];
  const prefixes: string[] = [];
  let last = "";
  for (const key of keys) {
    const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const common = cut < 0 ? null : key.slice(0, cut + delimiter.length);
    if (common === null ? key <= after : common <= after || key <= after) continue;
    if (common !== null && common === prefixes.at(-1)) continue;
    if (page.length + prefixes.length === max) return { keys: page, prefixes, last, more: true };
    last = common ?? key;
    if (common === null) page.push(key);
    else prefixes.push(common);
  }
  return { keys: page, prefixes, last, more: false };
}

const token = (name: string) => Buffer.from(name).toString("base64url");

/** ListObjectsV2 of one bucket; null when `max-keys` or the continuation token is none. */
export async function listObjects(
  name: string,
  bucket: Bucket,
  query: URLSearchParams,
): Promise<AwsResponse | null> {
  const maxKeys = query.get("max-keys") ?? "1000";
  if (!/^\d{1,9}$/.test(maxKeys)) return null;
  const max = Math.min(1000, Number(maxKeys));
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const continuation = query.get("continuation-token");
  const startAfter = query.get("start-after");
  const after =
    continuation === null ? (startAfter ?? "") : Buffer.from(continuation, "base64url").toString();
  const objects = await bucket.list(prefix);
  const byKey = new Map(objects.map((object) => [object.key, object]));
  const page = pageOf([...byKey.keys()], prefix, delimiter, after, max);
  const encode = (text: string) =>
    query.get("encoding-type") === "url" ? encodeURIComponent(text).replaceAll("%2F", "/") : text;
  const contents = page.keys.map((key): XmlValue => {
    const object = byKey.get(key);
    return {
      Key: encode(key),
      LastModified: object?.modifiedAt,
      ETag: `"${object?.etag ?? ""}"`,
      Size: object?.size,
      StorageClass: "STANDARD",
    };
  });
  const inner = xml("ListBucketResult", {
    Name: name,
    Prefix: encode(prefix),
    Delimiter: delimiter === "" ? null : encode(delimiter),
    StartAfter: startAfter === null ? null : encode(startAfter),
    ContinuationToken: continuation,
    EncodingType: query.get("encoding-type"),
    KeyCount: page.keys.length + page.prefixes.length,
    MaxKeys: max,
    IsTruncated: page.more && max > 0,
    NextContinuationToken: page.more && max > 0 ? token(page.last) : null,
    Contents: contents,
    CommonPrefixes: page.prefixes.map((common) => ({ Prefix: encode(common) })),
  });
  return {
    status: 200,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${inner.replace("<ListBucketResult>", `<ListBucketResult xmlns="${namespace}">`)}`,
  };
}
