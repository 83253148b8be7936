import { type Context, isProtected, maintainer, project, requireProject } from "../context.ts";
import { notFound, ok, type Routes } from "../http.ts";
import { paged } from "../paging.ts";
import { memberView, projectView, selfView, userView } from "../views.ts";

/** Project, members, users, protected branches. */
export function projectRoutes(context: Context): Routes {
  const { users } = context.store.instance;

  const members: Routes[string] = (request) => {
    requireProject(request.params.id);
    const query = String(request.fields.query ?? "").toLowerCase();
    const found = users.filter(({ username, name }) => `${username} ${name}`.toLowerCase().includes(query));
    return paged(request, context.origin(), found, (user) => memberView(context, user));
  };

  const member: Routes[string] = ({ params }) => {
    requireProject(params.id);
    const user = users.find(({ id }) => String(id) === params.user);
    if (user === undefined) throw notFound();
    return ok(memberView(context, user));
  };

  const protection = (name: string) => ({
    id: 1,
    name,
    push_access_levels: [level(1)],
    merge_access_levels: [level(2)],
    unprotect_access_levels: [],
    allow_force_push: false,
    code_owner_approval_required: false,
    inherited: false,
  });

  return {
    "GET /version": () => ok({ version: "17.11.0", revision: "plp-local" }),
    "GET /metadata": () =>
      ok({ version: "17.11.0", revision: "plp-local", kas: { enabled: false }, enterprise: false }),
    "GET /user": ({ user }) => ok(selfView(context, user)),
    "GET /users": (request) => {
      const { username, search } = request.fields;
      const found = users.filter(
        (user) =>
          (username === undefined || user.username.toLowerCase() === String(username).toLowerCase()) &&
          (search === undefined ||
            `${user.username} ${user.name}`.toLowerCase().includes(String(search).toLowerCase())),
      );
      return paged(request, context.origin(), found, (user) => userView(context, user));
    },
    "GET /users/:user": ({ params }) => {
      const user = users.find(({ id }) => String(id) === params.user);
      if (user === undefined) throw notFound("User");
      return ok(userView(context, user));
    },
    "GET /projects": (request) =>
      paged(
        request,
        context.origin(),
        project.fullPath.includes(String(request.fields.search ?? "")) ? [project] : [],
        () => projectView(context, request.user),
      ),
    "GET /projects/:id": ({ params, user }) => {
      requireProject(params.id);
      return ok(projectView(context, user));
    },
    "GET /projects/:id/members": members,
    "GET /projects/:id/members/all": members,
    "GET /projects/:id/members/:user": member,
    "GET /projects/:id/members/all/:user": member,
    "GET /projects/:id/users": (request) => {
      requireProject(request.params.id);
      return paged(request, context.origin(), users, (user) => userView(context, user));
    },
    "GET /projects/:id/protected_branches": (request) => {
      requireProject(request.params.id);
      return paged(request, context.origin(), [context.defaultBranch], protection);
    },
    "GET /projects/:id/protected_branches/:name": ({ params }) => {
      requireProject(params.id);
      const name = params.name ?? "";
      if (!isProtected(context, name)) throw notFound();
      return ok(protection(name));
    },
  };
}

function level(id: number) {
  return {
    id,
    access_level: maintainer,
    access_level_description: "Maintainers",
    deploy_key_id: null,
    user_id: null,
    group_id: null,
  };
}
