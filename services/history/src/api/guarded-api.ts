import { OpenAPIHono } from "@hono/zod-openapi";
import type { Log } from "@plp/runtime";
import type { Context, MiddlewareHandler } from "hono";
import type { ApiEnv } from "./ports.ts";
import { refuse, refuseBadInput } from "./refuse.ts";

/** Lets a request in, and says who it is from; stands before everything. */
export type Guard = MiddlewareHandler<ApiEnv>;

/** An API without routes: what all of ours have in common. `beside` answers for whatever is not below `/api`. */
export function guardedApi(
  guard: Guard,
  log: Log,
  beside?: (context: Context<ApiEnv>) => Response | Promise<Response>,
): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>({ getPath: pathOf, defaultHook: refuseBadInput });
  app.use("*", guard);
  app.use("*", async (context, next) => {
    await next();
    context.header("x-content-type-options", "nosniff");
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "private, no-store");
  });
  app.onError((error, context) => refuse(error, context, log));
  app.notFound((context) =>
    beside === undefined || /^\/api(?:\/|$)/.test(context.req.path)
      ? context.json({ error: { code: "no-such-route", message: "There is no such address." } }, 404)
      : beside(context),
  );
  return app;
}

/** Role names hold slashes, and what stands before us may have decoded them. */
function pathOf(request: Request): string {
  const { pathname } = new URL(request.url);
  const [, id, what] = /^\/api\/roles\/(.+)\/(events|policy|changes)$/.exec(pathname) ?? [];
  return id === undefined ? pathname : `/api/roles/${id.replaceAll("/", "%2F")}/${what}`;
}
