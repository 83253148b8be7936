import * as z from "zod";
import { type Context, maintainer, project, requireLevel, requireProject } from "../context.ts";
import { flag, parseFields } from "../fields.ts";
import { alertStatus, type Hook, type HookEvent, hookEventNames } from "../hooks/hook.ts";
import { hookProject, hookUser } from "../hooks/payload.ts";
import { type ApiAnswer, type ApiRequest, notFound, ok, type Routes, refuse } from "../http.ts";
import { paged } from "../paging.ts";

const events = z.object({
  push_events: flag.optional(),
  merge_requests_events: flag.optional(),
  note_events: flag.optional(),
  pipeline_events: flag.optional(),
  job_events: flag.optional(),
});
const changeable = events.extend({
  name: z.string().max(255).nullish(),
  description: z.string().max(2048).nullish(),
  token: z.string().max(2048).nullish(),
});
const createSchema = changeable.extend({ url: z.string() });
const updateSchema = changeable.extend({ url: z.string().optional() });
type Wish = z.infer<typeof updateSchema>;

/** Project hooks, for maintainers: listed, shown, added, edited, deleted, tested. */
export function hookRoutes(context: Context): Routes {
  const { store } = context;

  function maintained({ params, user }: ApiRequest): void {
    requireProject(params.id);
    requireLevel(user, maintainer);
  }

  function hookOf(request: ApiRequest): Hook {
    maintained(request);
    const hook = store.hooks.get(Number(request.params.hook));
    if (hook === undefined) throw notFound();
    return hook;
  }

  async function add(request: ApiRequest): Promise<ApiAnswer> {
    maintained(request);
    const { url, ...wish } = parseFields(createSchema, request.fields);
    checkUrl(url);
    return context.exclusive(async () => {
      const blank: Hook = {
        id: Math.max(0, ...store.hooks.keys()) + 1,
        url,
        name: null,
        description: null,
        token: null,
        // GitLab's default: pushes, unless the caller says otherwise.
        events: ["push"],
        createdAt: context.clock.now().toISOString(),
        failures: 0,
        pauses: 0,
        disabled: null,
      };
      const hook = changed(blank, wish);
      await store.putHook(hook);
      return ok(hookView(context, hook), 201);
    });
  }

  async function edit(request: ApiRequest): Promise<ApiAnswer> {
    const wish = parseFields(updateSchema, request.fields);
    if (wish.url !== undefined) checkUrl(wish.url);
    return context.exclusive(async () => {
      const hook = changed(hookOf(request), wish);
      await store.putHook(hook);
      return ok(hookView(context, hook));
    });
  }

  /** A made-up event of the kind, as GitLab's button "Test" sends it. */
  async function test(request: ApiRequest): Promise<ApiAnswer> {
    const hook = hookOf(request);
    const event = hookEventNames.find((name) => `${name}_events` === request.params.trigger);
    if (event === undefined) throw refuse(400, { error: "trigger does not have a valid value" });
    const payload = {
      object_kind: objectKinds[event],
      user: hookUser(request.user),
      project_id: project.id,
      project: hookProject(context),
      object_attributes: {},
    };
    const status = await context.deliveries.test(hook, event, payload);
    if (status !== null && status < 400) return ok({ message: "201 Created" }, 201);
    throw refuse(422, status === null ? "The hook did not answer" : `The hook answered ${status}`);
  }

  const all = "/projects/:id/hooks";
  return {
    [`GET ${all}`]: (request) => {
      maintained(request);
      return paged(request, context.origin(), [...store.hooks.values()], (hook) => hookView(context, hook));
    },
    [`POST ${all}`]: add,
    [`GET ${all}/:hook`]: (request) => ok(hookView(context, hookOf(request))),
    [`PUT ${all}/:hook`]: edit,
    [`DELETE ${all}/:hook`]: (request) =>
      context.exclusive(async () => {
        await store.removeHook(hookOf(request).id);
        return { status: 204 };
      }),
    [`POST ${all}/:hook/test/:trigger`]: test,
  };
}

const objectKinds: Readonly<Record<HookEvent, string>> = {
  push: "push",
  merge_requests: "merge_request",
  note: "note",
  pipeline: "pipeline",
  job: "build",
};

/** What is called from here stays on this machine: payloads tell of policies, and the token is a secret. */
function checkUrl(url: string): void {
  const host = URL.canParse(url) ? new URL(url) : null;
  if (host === null || !/^https?:$/.test(host.protocol)) throw refuse(422, { error: "Invalid url given" });
  if (!["127.0.0.1", "localhost", "[::1]"].includes(host.hostname)) {
    throw refuse(422, { error: "Invalid url given: this GitLab calls 127.0.0.1 only" });
  }
}

function changed(hook: Hook, wish: Wish): Hook {
  const wanted = hookEventNames.filter((name) => wish[`${name}_events`] ?? hook.events.includes(name));
  const moved = wish.url !== undefined && wish.url !== hook.url;
  return {
    ...hook,
    url: wish.url ?? hook.url,
    name: wish.name === undefined ? hook.name : wish.name,
    description: wish.description === undefined ? hook.description : wish.description,
    token: wish.token === undefined ? hook.token : wish.token || null,
    events: wanted,
    // Another address has failed at nothing yet.
    ...(moved ? { failures: 0, pauses: 0, disabled: null } : {}),
  };
}

function hookView(context: Context, hook: Hook) {
  const status = alertStatus(hook, context.clock.now());
  return {
    id: hook.id,
    url: hook.url,
    name: hook.name,
    description: hook.description,
    created_at: hook.createdAt,
    push_events: hook.events.includes("push"),
    push_events_branch_filter: "",
    branch_filter_strategy: "wildcard",
    tag_push_events: false,
    merge_requests_events: hook.events.includes("merge_requests"),
    repository_update_events: false,
    enable_ssl_verification: true,
    alert_status: status,
    disabled_until: hook.disabled === null || hook.disabled === "for good" ? null : hook.disabled.until,
    url_variables: [],
    custom_headers: [],
    project_id: project.id,
    issues_events: false,
    confidential_issues_events: false,
    note_events: hook.events.includes("note"),
    confidential_note_events: false,
    pipeline_events: hook.events.includes("pipeline"),
    wiki_page_events: false,
    deployment_events: false,
    feature_flag_events: false,
    job_events: hook.events.includes("job"),
    releases_events: false,
    emoji_events: false,
  };
}
