import { randomUUID } from "node:crypto";
import type { Log } from "@plp/runtime";
import { messageOf } from "@plp/runtime";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { type AwsRequest, type AwsResponse, type RunningServer, serve } from "../aws/http.ts";

export type HttpHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

export interface HttpApiOptions {
  /** By route as API Gateway writes them: `POST /hooks/gitlab`. */
  readonly routes: Readonly<Record<string, HttpHandler>>;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Log;
}

/** API Gateway's part on one machine: hands requests to the functions behind their routes, as its HTTP API (2.0) does. */
export async function startHttpApi({ routes, port, log }: HttpApiOptions): Promise<RunningServer> {
  const failed = (error: unknown) =>
    log.error("A function behind the API failed", { reason: messageOf(error) });
  return serve(
    async (request) => {
      const route = `${request.method} ${request.path}`;
      const handler = routes[route];
      if (handler === undefined) return { status: 404, body: '{"message":"Not Found"}' };
      return responseOf(await handler(eventOf(request, route)));
    },
    port,
    failed,
  );
}

function eventOf(
  { method, path, query, headers, body }: AwsRequest,
  routeKey: string,
): APIGatewayProxyEventV2 {
  const now = Date.now();
  return {
    ...{ version: "2.0", routeKey, rawPath: path, rawQueryString: query.toString() },
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : value]),
    ),
    queryStringParameters: Object.fromEntries(query),
    requestContext: {
      ...{ accountId: "anonymous", apiId: "local", domainName: "127.0.0.1", domainPrefix: "local" },
      http: {
        ...{ method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1" },
        userAgent: headers["user-agent"] ?? "",
      },
      ...{ requestId: randomUUID(), routeKey, stage: "$default" },
      ...{ time: new Date(now).toUTCString(), timeEpoch: now },
    },
    // GitLab's payloads are UTF-8 text; the gateway encodes only what is declared binary.
    body: body.toString("utf8"),
    isBase64Encoded: false,
  };
}

function responseOf(result: APIGatewayProxyStructuredResultV2): AwsResponse {
  const { statusCode = 200, headers = {}, body = "", isBase64Encoded = false } = result;
  return {
    status: statusCode,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body: isBase64Encoded ? Buffer.from(body, "base64") : body,
  };
}
