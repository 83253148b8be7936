import { randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isFault, messageOf, permanent } from "@plp/runtime";

/** A request as our endpoints see it: the path still percent-encoded, the body complete. */
export interface AwsRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

const maxBody = 64 * 1024 * 1024;

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw permanent("body-too-large", `the request body exceeds ${maxBody} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Resolves with the address once the server listens on 127.0.0.1; port 0 takes a free one. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? permanent("port-taken", `port ${port} of 127.0.0.1 is taken by another process: choose another`)
          : error,
      ),
    );
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/**
 * Serves `handle` on 127.0.0.1. Every answer carries a request id as AWS's do. What `handle` throws becomes a plain
 * 500, told to `onError`, so that a client sees a service fault and not a broken connection.
 */
export async function serve(
  handle: (request: AwsRequest) => Promise<AwsResponse> | AwsResponse,
  port: number,
  onError: (error: unknown) => void = () => undefined,
): Promise<RunningServer> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      let answer: AwsResponse;
      try {
        // Not by URL, which would resolve the dots of a key such as `a/../b`.
        const [path = "/", query = ""] = (incoming.url ?? "/").split(/\?(.*)/s);
        answer = await handle({
          method: incoming.method ?? "GET",
          path,
          query: new URLSearchParams(query),
          headers: incoming.headers,
          body: await bodyOf(incoming),
        });
      } catch (error) {
        onError(error);
        const tooLarge = isFault(error, "body-too-large");
        answer = { status: tooLarge ? 413 : 500, body: tooLarge ? messageOf(error) : "internal failure" };
      }
      const id = randomUUID();
      outgoing.writeHead(answer.status, {
        "x-amzn-requestid": id,
        "x-amz-request-id": id,
        ...answer.headers,
      });
      outgoing.end(incoming.method === "HEAD" ? undefined : answer.body);
    })();
  });
  const bound = await listen(server, port);
  return { url: `http://127.0.0.1:${bound}`, port: bound, stop: () => closeServer(server) };
}
