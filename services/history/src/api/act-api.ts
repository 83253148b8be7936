import type { OpenAPIHono } from "@hono/zod-openapi";
import * as acts from "./acts.ts";
import { type Guard, guardedApi } from "./guarded-api.ts";
import type { ActPorts, ApiEnv } from "./ports.ts";
import { rollback } from "./rollback.ts";
import * as routes from "./routes.ts";

/** The acts of the HTTP API. */
export function actApi({
  ports,
  guard,
}: {
  readonly ports: ActPorts;
  readonly guard: Guard;
}): OpenAPIHono<ApiEnv> {
  const app = guardedApi(guard, ports.log);

  app.openapi(routes.startRound, async (context) =>
    context.json(await acts.startRound(ports, context.req.valid("json")), 200),
  );
  app.openapi(routes.rollback, async (context) =>
    context.json(await rollback(ports, context.var.caller, context.req.valid("json")), 200),
  );
  app.openapi(routes.redrive, async (context) =>
    context.json(await acts.redrive(ports, context.req.valid("json").queue), 200),
  );
  app.openapi(routes.pause, async (context) =>
    context.json(await acts.pause(ports, context.var.caller, context.req.valid("json").reason ?? null), 200),
  );
  app.openapi(routes.resume, async (context) =>
    context.json(await acts.resume(ports, context.var.caller), 200),
  );
  return app;
}
