import * as z from "zod";
import {
  type Context,
  developer,
  forbiddenToPush,
  isProtected,
  requireLevel,
  requireProject,
} from "../context.ts";
import { flag, parseFields, text, words } from "../fields.ts";
import { isBranchName } from "../git/commits.ts";
import { type ApiAnswer, type ApiRequest, notFound, ok, type Routes, refuse } from "../http.ts";
import { branchMoved } from "../merge-requests.ts";
import { paged, pageOf } from "../paging.ts";
import { branchView, commitView } from "../views.ts";

/** Tree, branches, comparisons. */
export function repositoryRoutes(context: Context): Routes {
  const { repository } = context;

  async function commitOf(ref: unknown, what = "Commit"): Promise<string> {
    const found = await repository.resolve(typeof ref === "string" && ref !== "" ? ref : "HEAD");
    if (found === null) throw notFound(what);
    return found;
  }

  async function branch(request: ApiRequest): Promise<ApiAnswer> {
    requireProject(request.params.id);
    const name = request.params.branch ?? "";
    const head = await repository.branchHead(name);
    if (head === null) throw notFound("Branch");
    return ok(await branchView(context, request.user, name, head));
  }

  async function createBranch({ params, fields, user }: ApiRequest): Promise<ApiAnswer> {
    requireProject(params.id);
    requireLevel(user, developer);
    const { branch: name, ref } = parseFields(z.object({ branch: text, ref: text }), fields);
    if (!isBranchName(name)) throw refuse(400, "Branch name is invalid");
    const from = await repository.resolve(ref);
    if (from === null) throw refuse(400, `Invalid reference name: ${ref}`);
    return context.exclusive(async () => {
      if (await repository.branchHead(name)) throw refuse(400, "Branch already exists");
      if (!(await repository.updateRef(`refs/heads/${name}`, from, null))) {
        throw refuse(400, "Failed to create branch");
      }
      await branchMoved(context, user, { branch: name, before: null, after: from });
      return ok(await branchView(context, user, name, from), 201);
    });
  }

  async function deleteBranch({ params, user }: ApiRequest): Promise<ApiAnswer> {
    requireProject(params.id);
    requireLevel(user, developer);
    const name = params.branch ?? "";
    return context.exclusive(async () => {
      const head = await repository.branchHead(name);
      if (head === null) throw notFound("Branch");
      if (isProtected(context, name)) throw forbiddenToPush("Protected branch cannot be deleted");
      if (!(await repository.updateRef(`refs/heads/${name}`, null, head)))
        throw refuse(400, "Failed to remove branch");
      await branchMoved(context, user, { branch: name, before: head, after: null });
      return { status: 204 };
    });
  }

  async function tree(request: ApiRequest): Promise<ApiAnswer> {
    requireProject(request.params.id);
    const { fields, url } = request;
    const commit = await commitOf(fields.ref, "Tree");
    const path = String(fields.path ?? "").replace(/\/$/, "");
    const { recursive = false } = parseFields(z.object({ recursive: flag.optional() }), fields);
    const entries = await repository.tree(commit, path, recursive);
    if (entries === null) throw notFound("invalid revision or path");
    const folders = entries.filter(({ type }) => type === "tree");
    const sorted = [...folders, ...entries.filter(({ type }) => type !== "tree")];
    if (fields.pagination !== "keyset") return paged(request, context.origin(), sorted, (entry) => entry);
    const { perPage } = pageOf(fields);
    const after = String(fields.page_token ?? "");
    const start = after === "" ? 0 : sorted.findIndex((entry) => token(entry.path) === after) + 1;
    const page = sorted.slice(start, start + perPage);
    const last = page.at(-1);
    if (last === undefined || start + perPage >= sorted.length) return ok(page);
    const next = new URL(url.pathname + url.search, context.origin());
    next.searchParams.set("page_token", token(last.path));
    return { status: 200, json: page, headers: { link: `<${next.href}>; rel="next"` } };
  }

  async function compare({ params, fields }: ApiRequest): Promise<ApiAnswer> {
    requireProject(params.id);
    const wanted = parseFields(z.object({ from: text, to: text, straight: flag.optional() }), fields);
    const [from, to] = [await commitOf(wanted.from, "Ref"), await commitOf(wanted.to, "Ref")];
    const base = wanted.straight ? from : await repository.comparer.mergeBase(from, to);
    if (base === null) throw notFound("Merge base");
    const commits = (await repository.commits(`${from}..${to}`, null, 0, 1000)).toReversed();
    const last = commits.at(-1);
    return ok({
      commit: last === undefined ? null : commitView(context, last),
      commits: commits.map((commit) => commitView(context, commit)),
      diffs: await repository.comparer.files(base, to),
      compare_timeout: false,
      compare_same_ref: from === to,
      web_url: `${context.origin()}/iam/roles/-/compare/${from}...${to}`,
    });
  }

  return {
    "GET /projects/:id/repository/tree": tree,
    "GET /projects/:id/repository/compare": compare,
    "GET /projects/:id/repository/merge_base": async ({ params, fields }) => {
      requireProject(params.id);
      const { refs } = parseFields(z.object({ refs: words }), fields);
      if (refs.length < 2) throw refuse(400, "Provide at least 2 refs");
      let base: string | null = await commitOf(refs[0]);
      for (const ref of refs.slice(1)) {
        base = base === null ? null : await repository.comparer.mergeBase(base, await commitOf(ref));
      }
      const commit = base === null ? null : await repository.commit(base);
      if (commit === null) throw notFound("Merge Base");
      return ok(commitView(context, commit));
    },
    "GET /projects/:id/repository/branches": async (request) => {
      requireProject(request.params.id);
      const search = String(request.fields.search ?? "");
      const all = (await repository.branches()).filter(({ name }) =>
        search.startsWith("^") ? name.startsWith(search.slice(1)) : name.includes(search),
      );
      return paged(request, context.origin(), all, ({ name, head }) =>
        branchView(context, request.user, name, head),
      );
    },
    "POST /projects/:id/repository/branches": createBranch,
    "GET /projects/:id/repository/branches/:branch": branch,
    "DELETE /projects/:id/repository/branches/:branch": deleteBranch,
  };
}

function token(path: string): string {
  return Buffer.from(path).toString("base64url");
}
