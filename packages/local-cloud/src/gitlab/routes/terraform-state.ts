import * as z from "zod";
import { type Context, developer, maintainer, requireLevel, requireProject } from "../context.ts";
import { parseFields } from "../fields.ts";
import { type ApiAnswer, type ApiRequest, notFound, type Routes, refuse } from "../http.ts";
import type { TerraformState } from "../store.ts";

const empty: TerraformState = { versions: [], lock: null };

/** GitLab-managed Terraform state, as Terraform's http backend speaks to it: Developers read, Maintainers write and lock. */
export function terraformStateRoutes(context: Context): Routes {
  const { store } = context;

  function stateOf(
    { params, user }: ApiRequest,
    level: number,
  ): { name: string; state: TerraformState | null } {
    requireProject(params.id);
    requireLevel(user, level);
    const name = params.name ?? "";
    return { name, state: store.terraformStates.get(name) ?? null };
  }

  function show(request: ApiRequest): ApiAnswer {
    const last = stateOf(request, developer).state?.versions.at(-1);
    if (last === undefined) throw notFound();
    return { status: 200, raw: { type: "application/json", content: last.content } };
  }

  function write(request: ApiRequest): Promise<ApiAnswer> {
    return context.exclusive(async () => {
      const { name, state } = stateOf(request, maintainer);
      const held = lockId(state);
      if (held !== null && held !== request.url.searchParams.get("ID"))
        return { status: 409, json: state?.lock };
      const content = request.body.toString("utf8");
      const versions = state?.versions ?? [];
      const serial = serialOf(content) ?? (versions.at(-1)?.serial ?? -1) + 1;
      const others = versions.filter((version) => version.serial !== serial);
      await store.putTerraformState(name, {
        ...(state ?? empty),
        versions: [...others, { serial, content }],
      });
      return { status: 200 };
    });
  }

  function lock(request: ApiRequest): Promise<ApiAnswer> {
    const info = parseFields(z.looseObject({ ID: z.string() }), request.fields);
    return context.exclusive(async () => {
      const { name, state } = stateOf(request, maintainer);
      if (state?.lock) return { status: 423, json: state.lock };
      await store.putTerraformState(name, { ...(state ?? empty), lock: info });
      return { status: 200 };
    });
  }

  function unlock(request: ApiRequest): Promise<ApiAnswer> {
    return context.exclusive(async () => {
      const { name, state } = stateOf(request, maintainer);
      const id = typeof request.fields.ID === "string" ? request.fields.ID : null;
      if (state === null) throw notFound();
      if (id !== null && lockId(state) !== id) return { status: 409, json: state.lock };
      await store.putTerraformState(name, { ...state, lock: null });
      return { status: 200 };
    });
  }

  const one = "/projects/:id/terraform/state/:name";
  return {
    [`GET ${one}`]: show,
    [`POST ${one}`]: write,
    [`PUT ${one}`]: write,
    [`DELETE ${one}`]: (request) =>
      context.exclusive(async () => {
        const { name, state } = stateOf(request, maintainer);
        if (state === null) throw notFound();
        await store.putTerraformState(name, null);
        return { status: 200 };
      }),
    [`POST ${one}/lock`]: lock,
    [`DELETE ${one}/lock`]: unlock,
    [`GET ${one}/versions/:serial`]: (request) => {
      const { state } = stateOf(request, developer);
      const version = state?.versions.find(({ serial }) => String(serial) === request.params.serial);
      if (version === undefined) throw notFound();
      return { status: 200, raw: { type: "application/json", content: version.content } };
    },
  };
}

function lockId(state: TerraformState | null): string | null {
  return typeof state?.lock?.ID === "string" ? state.lock.ID : null;
}

/** The serial of a state; a state that is no JSON object is refused, as GitLab refuses an empty one. */
function serialOf(content: string): number | null {
  try {
    const parsed: unknown = JSON.parse(content);
    if (typeof parsed !== "object" || parsed === null) throw new Error("no object");
    const { serial } = parsed as { serial?: unknown };
    return typeof serial === "number" && Number.isSafeInteger(serial) ? serial : null;
  } catch {
    throw refuse(422, "Validation failed: the state is not a JSON object");
  }
}
