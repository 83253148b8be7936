import { randomUUID } from "node:crypto";
import { isFault } from "@plp/runtime";
import { decodeAwsChunked } from "./aws-chunked.ts";
import type { AwsRequest, AwsResponse } from "./http.ts";
import type { Bucket, StoredObject } from "./s3-buckets.ts";
import { listObjects } from "./s3-list.ts";
import type { Caller, Credentials } from "./signature.ts";
import { xml } from "./xml.ts";

export interface S3Options {
  readonly credentials: Credentials;
  readonly buckets: ReadonlyMap<string, Bucket>;
}

function fail(status: number, code: string, message: string, resource: string): AwsResponse {
  const body = xml("Error", { Code: code, Message: message, Resource: resource, RequestId: randomUUID() });
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

const refusals = {
  missing: [403, "AccessDenied", "Access Denied"],
  "unknown-key": [
    403,
    "InvalidAccessKeyId",
    "The AWS Access Key Id you provided does not exist in our records.",
  ],
  expired: [400, "ExpiredToken", "The provided token has expired."],
} as const;

const describe = (object: StoredObject): Record<string, string> => ({
  etag: `"${object.etag}"`,
  "last-modified": new Date(object.modifiedAt).toUTCString(),
  "content-type": "application/octet-stream",
  "accept-ranges": "bytes",
});

function payloadOf(request: AwsRequest): Buffer {
  const chunked =
    /aws-chunked/.test(String(request.headers["content-encoding"] ?? "")) ||
    /^STREAMING-/.test(String(request.headers["x-amz-content-sha256"] ?? ""));
  if (!chunked) return request.body;
  const length = request.headers["x-amz-decoded-content-length"];
  return decodeAwsChunked(request.body, length === undefined ? null : Number(length));
}

async function put(bucket: Bucket, key: string, request: AwsRequest): Promise<AwsResponse> {
  if (bucket.put === null) return fail(403, "AccessDenied", "Access Denied", request.path);
  const condition = request.headers["if-none-match"];
  if (condition !== undefined && condition !== "*") {
    return fail(501, "NotImplemented", "If-None-Match takes only *.", request.path);
  }
  let bytes: Buffer;
  try {
    bytes = payloadOf(request);
  } catch (error) {
    if (!isFault(error, "bad-chunks")) throw error;
    return fail(400, "IncompleteBody", error.message, request.path);
  }
  const stored = await bucket.put(key, bytes, condition === "*");
  if (stored === false) {
    const message = "At least one of the pre-conditions you specified did not hold";
    return fail(412, "PreconditionFailed", message, request.path);
  }
  return { status: 200, headers: { etag: `"${stored.etag}"` } };
}

async function onObject(
  bucket: Bucket,
  key: string,
  request: AwsRequest,
  caller: Caller,
): Promise<AwsResponse> {
  const { method, path } = request;
  const reading = method === "GET" || method === "HEAD";
  if (!reading && method !== "PUT") return fail(403, "AccessDenied", "Access Denied", path);
  if (!bucket.may(caller, reading ? "read" : "write", key))
    return fail(403, "AccessDenied", "Access Denied", path);
  if (method === "PUT") return put(bucket, key, request);
  const found = await bucket.get(key);
  if (found === null) return fail(404, "NoSuchKey", "The specified key does not exist.", path);
  return {
    status: 200,
    headers: { ...describe(found.object), "content-length": String(found.bytes.length) },
    body: found.bytes,
  };
}

/**
 * S3 by path-style addresses: ListBuckets, ListObjectsV2, GetObject, HeadObject and PutObject over the given buckets.
 * Everything else is refused as S3 refuses it.
 */
export function s3(options: S3Options): (request: AwsRequest) => Promise<AwsResponse> {
  return async (request) => {
    const who = options.credentials.authenticate(request);
    if (who.kind !== "caller") {
      const [status, code, message] = refusals[who.kind];
      return fail(status, code, message, request.path);
    }
    const { caller } = who;
    let name: string;
    let key: string;
    try {
      const [first = "", ...rest] = request.path.slice(1).split("/");
      name = decodeURIComponent(first);
      key = decodeURIComponent(rest.join("/"));
    } catch {
      return fail(400, "InvalidURI", "Couldn't parse the specified URI.", request.path);
    }
    if (name === "" && request.method === "GET") return listBuckets(options, caller);
    const bucket = options.buckets.get(name);
    if (bucket === undefined) {
      return fail(404, "NoSuchBucket", "The specified bucket does not exist", request.path);
    }
    if (key !== "") return onObject(bucket, key, request, caller);
    if (request.method === "HEAD") return { status: 200 };
    if (request.method !== "GET") return fail(403, "AccessDenied", "Access Denied", request.path);
    if (request.query.get("list-type") !== "2") {
      return fail(501, "NotImplemented", "Only ListObjectsV2 is provided here.", request.path);
    }
    if (!bucket.may(caller, "read", request.query.get("prefix") ?? "")) {
      return fail(403, "AccessDenied", "Access Denied", request.path);
    }
    const answer = await listObjects(name, bucket, request.query);
    return answer ?? fail(400, "InvalidArgument", "Provided max-keys is not an integer", request.path);
  };
}

function listBuckets(options: S3Options, caller: Caller): AwsResponse {
  const all = [...options.buckets.keys()].map((Name) => ({ Name, CreationDate: "2020-01-01T00:00:00.000Z" }));
  const body = xml("ListAllMyBucketsResult", {
    Owner: { ID: caller.accountId },
    Buckets: { Bucket: caller.session === null ? all : [] },
  });
  return { status: 200, headers: { "content-type": "application/xml" }, body };
}
