import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "@plp/runtime";
import type { LocalUser } from "../organization.ts";
import type { Context } from "./context.ts";
import { gitService, serveGit } from "./git-http.ts";
import { type ApiAnswer, fieldsOf, Refusal, readBody, router } from "./http.ts";
import { mergeRequestListPage, mergeRequestPage, pageHeaders } from "./page.ts";
import { commitRoutes } from "./routes/commits.ts";
import { decisionRoutes } from "./routes/decisions.ts";
import { fileRoutes } from "./routes/files.ts";
import { hookRoutes } from "./routes/hooks.ts";
import { mergeRequestRoutes } from "./routes/merge-requests.ts";
import { noteRoutes } from "./routes/notes.ts";
import { pipelineRoutes } from "./routes/pipelines.ts";
import { projectRoutes } from "./routes/project.ts";
import { repositoryRoutes } from "./routes/repository.ts";
import { terraformStateRoutes } from "./routes/terraform-state.ts";

const api = "/api/v4";

/** Answers one request: API, git, or page. Whatever fails is answered as GitLab would; nothing escapes. */
export function answer(
  context: Context,
  userOf: (request: IncomingMessage, url: URL) => LocalUser | null,
): (incoming: IncomingMessage, response: ServerResponse) => Promise<void> {
  const find = router({
    ...projectRoutes(context),
    ...repositoryRoutes(context),
    ...fileRoutes(context),
    ...commitRoutes(context),
    ...mergeRequestRoutes(context),
    ...decisionRoutes(context),
    ...noteRoutes(context),
    ...terraformStateRoutes(context),
    ...hookRoutes(context),
    ...pipelineRoutes(context),
  });

  async function apiAnswer(incoming: IncomingMessage, url: URL): Promise<ApiAnswer> {
    const body = await readBody(incoming);
    const user = userOf(incoming, url);
    if (user === null) return { status: 401, json: { message: "401 Unauthorized" } };
    const method = incoming.method ?? "GET";
    const found = find(method, url.pathname.slice(api.length));
    if (found === null) return { status: 404, json: { error: "404 Not Found" } };
    if (found === "method") return { status: 405, json: { error: "405 Not Allowed" } };
    const fields = fieldsOf(url, incoming.headers["content-type"] ?? "", body);
    return found.handler({ method, params: found.params, fields, body, url, user });
  }

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
    const service = gitService(url.pathname);
    if (service !== null) {
      const user = userOf(incoming, url);
      if (user !== null) return serveGit(context, user, service, url, incoming, response);
      response.writeHead(401, { "www-authenticate": 'Basic realm="GitLab"', "content-type": "text/plain" });
      response.end("HTTP Basic: Access denied\n");
    } else if (url.pathname === api || url.pathname.startsWith(`${api}/`)) {
      send(incoming, response, await apiAnswer(incoming, url));
    } else if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(incoming.headers.host ?? "")) {
      // The page asks for no token: a site that points its own name at this machine shall not read it.
      response
        .writeHead(421, { "content-type": "text/plain" })
        .end("This page is served to this machine only.");
    } else await page(url, response);
  }

  async function page(url: URL, response: ServerResponse): Promise<void> {
    const iid = /^\/iam\/roles\/-\/merge_requests\/(\d{1,9})(?:\/(?:diffs|commits))?\/?$/.exec(
      url.pathname,
    )?.[1];
    const mergeRequest = iid === undefined ? undefined : context.store.mergeRequests.get(Number(iid));
    if (mergeRequest !== undefined) {
      response.writeHead(200, pageHeaders).end(await mergeRequestPage(context, mergeRequest));
    } else if (/^\/(iam\/roles(\/-\/merge_requests)?\/?)?$/.test(url.pathname)) {
      response.writeHead(200, pageHeaders).end(mergeRequestListPage(context));
    } else {
      response
        .writeHead(404, pageHeaders)
        .end("<!doctype html><title>404</title><p>There is no such page.</p>");
    }
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
