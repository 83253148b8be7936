import type { LocalUser } from "../organization.ts";
import type { Context } from "./context.ts";
import { type ApiAnswer, type ApiRequest, Refusal, router } from "./http.ts";
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

/** Answers one call of API v4 below its root, as GitLab would: refusals are answers too. */
export type Api = (request: Omit<ApiRequest, "params">, path: string) => Promise<ApiAnswer>;

export function api(context: Context): Api {
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
  return async (request, path) => {
    const found = find(request.method, path);
    if (found === null) return { status: 404, json: { error: "404 Not Found" } };
    if (found === "method") return { status: 405, json: { error: "405 Not Allowed" } };
    try {
      return await found.handler({ ...request, params: found.params });
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, json: error.json };
      throw error;
    }
  };
}

/** A call from within, as a user. */
export function callAs(context: Context, answer: Api) {
  return (user: LocalUser, method: string, path: string, fields: Readonly<Record<string, unknown>> = {}) =>
    answer({ method, fields, body: Buffer.alloc(0), url: new URL(path, context.origin()), user }, path);
}
