import { setTimeout as pause } from "node:timers/promises";
import { type Context, project } from "../context.ts";
import type { ApiAnswer } from "../http.ts";
import { withoutDraft } from "../merge-request-view.ts";
import type { Job } from "../pipelines/pipeline.ts";
import type { MergeRequest } from "../store.ts";
import type { Viewer } from "./layout.ts";

/** A call of the API as a user: what they may do on the page is what they may do there. */
export type Call = (
  user: Viewer["user"],
  method: string,
  path: string,
  fields?: Readonly<Record<string, unknown>>,
) => Promise<ApiAnswer>;

type Deed = readonly [method: string, path: string, fields?: Readonly<Record<string, unknown>>];

function deedOn(mergeRequest: MergeRequest, form: URLSearchParams): Deed | null {
  const one = `/projects/${project.id}/merge_requests/${mergeRequest.iid}`;
  // The commit that the page showed: what is merged or approved is what was read.
  const sha = form.get("sha") ?? "";
  switch (form.get("action")) {
    case "ready":
      return ["PUT", one, { title: withoutDraft(mergeRequest.title) }];
    case "draft":
      return ["PUT", one, { title: `Draft: ${withoutDraft(mergeRequest.title)}`.slice(0, 255) }];
    case "approve":
      return ["POST", `${one}/approve`, { sha }];
    case "unapprove":
      return ["POST", `${one}/unapprove`];
    case "merge":
      return ["PUT", `${one}/merge`, { sha }];
    case "close":
      return ["PUT", one, { state_event: "close" }];
    case "reopen":
      return ["PUT", one, { state_event: "reopen" }];
    case "note":
      return ["POST", `${one}/notes`, { body: (form.get("body") ?? "").replaceAll("\r\n", "\n") }];
    case "edit":
      return ["POST", `/projects/${project.id}/repository/commits`, commitOf(mergeRequest, form)];
    default:
      return null;
  }
}

/** One file of the branch as it was typed; browsers send line breaks as CR LF. */
function commitOf({ source }: MergeRequest, form: URLSearchParams): Readonly<Record<string, unknown>> {
  const change = {
    action: "update",
    file_path: form.get("path") ?? "",
    content: (form.get("content") ?? "").replaceAll("\r\n", "\n"),
    last_commit_id: form.get("last") ?? "",
  };
  return { branch: source, commit_message: form.get("message") ?? "", actions: [change] };
}

/** Does what a form of the request's page says; answers why not, or null when it is done. */
export async function actOnRequest(
  context: Context,
  call: Call,
  viewer: Viewer,
  mergeRequest: MergeRequest,
  form: URLSearchParams,
): Promise<string | null> {
  const deed = deedOn(mergeRequest, form);
  return deed === null ? "There is no such action." : done(context, await call(viewer.user, ...deed));
}

export async function actOnJob(
  context: Context,
  call: Call,
  viewer: Viewer,
  job: Job,
  form: URLSearchParams,
): Promise<string | null> {
  const action = form.get("action");
  if (action !== "play" && action !== "retry") return "There is no such action.";
  return done(context, await call(viewer.user, "POST", `/projects/${project.id}/jobs/${job.id}/${action}`));
}

/** Pipelines take milliseconds here: their end is waited for a little, so that the next page shows it. */
async function done(context: Context, answer: ApiAnswer): Promise<string | null> {
  if (answer.status >= 400) return refusalText(answer);
  await Promise.race([context.pipelines.settled(), pause(2000, undefined, { ref: false })]);
  return null;
}

/** GitLab's refusal in one sentence. */
function refusalText({ status, json }: ApiAnswer): string {
  const { message, error } = (json ?? {}) as { message?: unknown; error?: unknown };
  const said = message ?? error ?? "";
  const text = typeof said === "string" ? said : JSON.stringify(said);
  const why: Readonly<Record<number, string>> = {
    401: "You may not do that.",
    403: "You may not do that.",
    405: "That cannot be done in this state.",
    409: "Somebody was quicker: look at it again.",
  };
  return `${why[status] ?? "That was refused."} (${text || status})`;
}
