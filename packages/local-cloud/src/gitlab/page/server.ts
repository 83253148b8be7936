import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { same } from "../access.ts";
import { type Context, maintainer, project } from "../context.ts";
import { readBody } from "../http.ts";
import type { Job, Pipeline } from "../pipelines/pipeline.ts";
import type { MergeRequest } from "../store.ts";
import { actOnJob, actOnRequest, type Call } from "./act.ts";
import { editPage } from "./edit.ts";
import { pageHeaders, styleUrl, type Viewer } from "./layout.ts";
import { mergeRequestListPage, mergeRequestPage } from "./merge-request.ts";
import { jobPage, pipelinePage, pipelinesPage } from "./pipelines.ts";
import { style } from "./style.ts";

const base = `/${project.fullPath}`;
const cookie = "plp_acting";
const nothing = "<!doctype html><title>404</title><p>There is no such page.</p>";

type Place =
  | { readonly kind: "request"; readonly mergeRequest: MergeRequest }
  | { readonly kind: "edit"; readonly mergeRequest: MergeRequest; readonly path: string }
  | { readonly kind: "job"; readonly pipeline: Pipeline; readonly job: Job }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline }
  | { readonly kind: "requests" | "pipelines" | "acting" | "style" };

/**
 * The pages for a browser. They ask for no password, so they answer only to this machine's own name, and take a form only
 * from themselves: another site can neither read the word that every form carries nor pass for this one.
 */
export function pageServer(
  context: Context,
  call: Call,
): (url: URL, incoming: IncomingMessage, response: ServerResponse) => Promise<void> {
  const csrf = randomBytes(24).toString("base64url");

  function viewerOf({ headers }: IncomingMessage): Viewer {
    const { users } = context.store.instance;
    const chosen = new RegExp(`(?:^|; )${cookie}=([\\w.-]+)`).exec(headers.cookie ?? "")?.[1];
    const first = users.find((user) => !user.bot && user.accessLevel >= maintainer) ?? users[0];
    const user = users.find(({ username }) => username === chosen) ?? first;
    if (user === undefined) throw new Error("this GitLab has no users");
    return { user, csrf };
  }

  function placeOf({ pathname: path, searchParams }: URL): Place | null {
    const { mergeRequests, pipelines } = context.store;
    const [, what = "", id = ""] =
      /^\/iam\/roles\/-\/(merge_requests|pipelines|jobs)\/(\d{1,12})(?:\/\w+)?\/?$/.exec(path) ?? [];
    const mergeRequest = what === "merge_requests" ? mergeRequests.get(Number(id)) : undefined;
    if (mergeRequest !== undefined) {
      const edited = path.endsWith("/edit") ? searchParams.get("path") : null;
      if (edited !== null) return { kind: "edit", mergeRequest, path: edited };
      return { kind: "request", mergeRequest };
    }
    const pipeline = what === "pipelines" ? pipelines.get(Number(id)) : undefined;
    if (pipeline !== undefined) return { kind: "pipeline", pipeline };
    if (what === "jobs") {
      for (const one of pipelines.values()) {
        const job = one.jobs.find((other) => String(other.id) === id);
        if (job !== undefined) return { kind: "job", pipeline: one, job };
      }
    }
    if (/^\/(iam\/roles(\/-\/merge_requests)?\/?)?$/.test(path)) return { kind: "requests" };
    if (path === `${base}/-/pipelines`) return { kind: "pipelines" };
    if (path === `${base}/-/acting`) return { kind: "acting" };
    return path === styleUrl ? { kind: "style" } : null;
  }

  function show(place: Place, viewer: Viewer, refusal: string | null = null): Promise<string | null> | null {
    switch (place.kind) {
      case "request": {
        const now = context.store.mergeRequests.get(place.mergeRequest.iid) ?? place.mergeRequest;
        return mergeRequestPage(context, viewer, now, refusal);
      }
      case "edit":
        return editPage(context, viewer, place.mergeRequest, place.path);
      case "job":
        return jobPage(context, viewer, place.pipeline, place.job, refusal);
      case "pipeline":
        return pipelinePage(context, viewer, place.pipeline);
      case "requests":
        return mergeRequestListPage(context, viewer);
      case "pipelines":
        return pipelinesPage(context, viewer);
      default:
        return null;
    }
  }

  function isOwnForm({ headers }: IncomingMessage, form: URLSearchParams): boolean {
    const site = headers["sec-fetch-site"];
    const origin = headers.origin;
    if (site !== undefined && site !== "same-origin") return false;
    if (origin !== undefined && origin !== `http://${headers.host}`) return false;
    return same(form.get("csrf") ?? "", csrf);
  }

  async function post(place: Place, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const viewer = viewerOf(incoming);
    const form = new URLSearchParams((await readBody(incoming)).toString("utf8"));
    if (!isOwnForm(incoming, form)) {
      const text =
        "This form did not come from this page, or the page is from before a restart: open it again.\n";
      response.writeHead(403, { "content-type": "text/plain; charset=utf-8" }).end(text);
      return;
    }
    const back = backOf(form.get("back"));
    if (place.kind === "acting") {
      const user = context.store.instance.users.find(({ username }) => username === form.get("as"));
      const chosen = `${cookie}=${user?.username ?? viewer.user.username}; Path=/; HttpOnly; SameSite=Strict`;
      response.writeHead(303, { location: back, "set-cookie": chosen }).end();
      return;
    }
    let refusal: string | null = "There is nothing to do here.";
    if (place.kind === "request" || place.kind === "edit") {
      refusal = await actOnRequest(context, call, viewer, place.mergeRequest, form);
    }
    if (place.kind === "job") refusal = await actOnJob(context, call, viewer, place.job, form);
    if (refusal === null) {
      const anchor = form.get("action") === "note" ? "#notes" : "";
      const to = form.has("back") ? back : (incoming.url ?? base);
      response.writeHead(303, { location: `${to}${anchor}` }).end();
    } else {
      // What was typed stays: nobody writes it twice.
      const refused = { why: refusal, typed: form.get("content") ?? "" };
      const again =
        place.kind === "edit"
          ? editPage(context, viewer, place.mergeRequest, place.path, refused)
          : show(place, viewer, refusal);
      response.writeHead(409, pageHeaders).end((await again) ?? refusal);
    }
  }

  return async (url, incoming, response) => {
    const place = placeOf(url);
    if (url.pathname === "/favicon.ico") {
      response.writeHead(204).end();
    } else if (place === null) {
      response.writeHead(404, pageHeaders).end(nothing);
    } else if (place.kind === "style") {
      response.writeHead(200, { "content-type": "text/css; charset=utf-8" }).end(style);
    } else if (incoming.method === "POST") {
      await post(place, incoming, response);
    } else {
      const page = await show(place, viewerOf(incoming));
      if (page !== null) response.writeHead(200, pageHeaders).end(page);
      else if (place.kind === "acting") response.writeHead(405, { allow: "POST" }).end();
      else response.writeHead(404, pageHeaders).end(nothing);
    }
  };
}

/** Where a form leads back to: a page of this project, never elsewhere. */
function backOf(wanted: string | null): string {
  return wanted !== null && /^\/iam\/roles\/-\/[\w/-]+$/.test(wanted) ? wanted : `${base}/-/merge_requests`;
}
