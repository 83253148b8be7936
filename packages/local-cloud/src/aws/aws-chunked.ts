import { permanent } from "@plp/runtime";

/**
 * The payload of an upload that the SDK sent in chunks (`content-encoding: aws-chunked`, with or without chunk
 * signatures and trailing checksums): `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n … 0\r\n[trailers]\r\n`. Throws
 * `bad-chunks` when the framing is broken or the length differs from `x-amz-decoded-content-length`.
 */
export function decodeAwsChunked(body: Buffer, decodedLength: number | null): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf("\r\n", at);
    const header = end < 0 ? "" : body.toString("latin1", at, end);
    const size = /^([0-9a-fA-F]{1,8})(?:;.*)?$/.exec(header)?.[1];
    if (size === undefined) throw permanent("bad-chunks", `no chunk header at byte ${at}`);
    const length = Number.parseInt(size, 16);
    if (length === 0) break;
    const from = end + 2;
    if (body.toString("latin1", from + length, from + length + 2) !== "\r\n") {
      throw permanent("bad-chunks", `the chunk at byte ${from} is not ${length} bytes long`);
    }
    parts.push(body.subarray(from, from + length));
    at = from + length + 2;
  }
  const payload = Buffer.concat(parts);
  if (decodedLength !== null && payload.length !== decodedLength) {
    throw permanent("bad-chunks", `${payload.length} bytes came, ${decodedLength} were announced`);
  }
  return payload;
}
