import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "@plp/runtime";
import type { LocalUser } from "../organization.ts";
import { api, callAs } from "./api.ts";
import type { Context } from "./context.ts";
import { gitService, serveGit } from "./git-http.ts";
import { type ApiAnswer, fieldsOf, Refusal, readBody } from "./http.ts";
import { pageServer } from "./page/server.ts";

const root = "/api/v4";

/** Answers one request: API, git, or page. Whatever fails is answered as GitLab would; nothing escapes. */
export function answer(
  context: Context,
  userOf: (request: IncomingMessage, url: URL) => LocalUser | null,
): (incoming: IncomingMessage, response: ServerResponse) => Promise<void> {
  const call = api(context);
  const page = pageServer(context, callAs(context, call));

  async function apiAnswer(incoming: IncomingMessage, url: URL): Promise<ApiAnswer> {
    const body = await readBody(incoming);
    const user = userOf(incoming, url);
    if (user === null) return { status: 401, json: { message: "401 Unauthorized" } };
    const fields = fieldsOf(url, incoming.headers["content-type"] ?? "", body);
    const method = incoming.method ?? "GET";
    return call({ method, fields, body, url, user }, url.pathname.slice(root.length));
  }

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
    const service = gitService(url.pathname);
    if (service !== null) {
      const user = userOf(incoming, url);
      if (user !== null) return serveGit(context, user, service, url, incoming, response);
      response.writeHead(401, { "www-authenticate": 'Basic realm="GitLab"', "content-type": "text/plain" });
      response.end("HTTP Basic: Access denied\n");
    } else if (url.pathname === root || url.pathname.startsWith(`${root}/`)) {
      send(incoming, response, await apiAnswer(incoming, url));
    } else if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(incoming.headers.host ?? "")) {
      // The page asks for no token: a site that points its own name at this machine shall not read it.
      response
        .writeHead(421, { "content-type": "text/plain" })
        .end("This page is served to this machine only.");
    } else await page(url, incoming, response);
  }

  return async (incoming, response) => {
    try {
      await respond(incoming, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else if (error instanceof Refusal) send(incoming, response, { status: error.status, json: error.json });
      else {
        const where = `${incoming.method} ${incoming.url?.split("?", 1)[0]}`;
        context.log.error("the local GitLab failed", { where, error: messageOf(error) });
        send(incoming, response, {
          status: 500,
          json: { message: "500 Internal Server Error", error: messageOf(error) },
        });
      }
    }
  };
}

function send(incoming: IncomingMessage, response: ServerResponse, given: ApiAnswer): void {
  const content = given.raw?.content ?? (given.json === undefined ? "" : JSON.stringify(given.json));
  const type = given.raw?.type ?? "application/json";
  const length = Buffer.byteLength(content);
  const headers = { ...given.headers, ...(length > 0 ? { "content-type": type } : {}) };
  response.writeHead(given.status, given.status === 204 ? headers : { ...headers, "content-length": length });
  response.end(incoming.method === "HEAD" || given.status === 204 ? undefined : content);
}
