import { commitActions } from "../commit-actions.ts";
import { type Context, requireProject } from "../context.ts";
import type { Commit } from "../git/commits.ts";
import { type ApiRequest, notFound, ok, type Routes } from "../http.ts";
import { pageAnswer, paged, pageOf } from "../paging.ts";
import { commitView, singleCommitView } from "../views.ts";

/** Commits: made of several actions, listed, shown, compared with their parent. */
export function commitRoutes(context: Context): Routes {
  const { repository } = context;

  async function commitOf({ params }: ApiRequest): Promise<Commit> {
    requireProject(params.id);
    const id = await repository.resolve(params.sha ?? "");
    const commit = id === null ? null : await repository.commit(id);
    if (commit === null) throw notFound("Commit");
    return commit;
  }

  return {
    "POST /projects/:id/repository/commits": async ({ params, fields, user }) => {
      requireProject(params.id);
      return ok(await singleCommitView(context, await commitActions(context, user, fields)), 201);
    },
    "GET /projects/:id/repository/commits": async (request) => {
      requireProject(request.params.id);
      const { fields } = request;
      const ref = fields.ref_name === undefined ? "HEAD" : String(fields.ref_name);
      const [from, to] = ref.includes("..") ? ref.split("..") : [undefined, ref];
      const end = await repository.resolve(to ?? "HEAD");
      const start = from === undefined ? undefined : await repository.resolve(from);
      if (end === null || start === null) throw notFound("Commit");
      const range = start === undefined ? end : `${start}..${end}`;
      const path = fields.path === undefined || fields.path === "" ? null : String(fields.path);
      const { page, perPage } = pageOf(fields);
      const commits = await repository.commits(range, path, (page - 1) * perPage, perPage);
      const total = await repository.count(range, path);
      return pageAnswer(
        request,
        context.origin(),
        commits.map((commit) => commitView(context, commit)),
        total,
      );
    },
    "GET /projects/:id/repository/commits/:sha": async (request) =>
      ok(await singleCommitView(context, await commitOf(request))),
    "GET /projects/:id/repository/commits/:sha/diff": async (request) => {
      const { id, parents } = await commitOf(request);
      const files = await repository.comparer.files(parents[0] ?? null, id);
      return paged(request, context.origin(), files, (file) => file);
    },
  };
}
