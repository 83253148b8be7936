import type { OpenAPIHono } from "@hono/zod-openapi";
import { findRole } from "@plp/audit";
import { webPage } from "@plp/web";
import type { Context } from "hono";
import { pageReads } from "../page/reads.ts";
import { type Guard, guardedApi } from "./guarded-api.ts";
import type { ApiEnv, ReadPorts } from "./ports.ts";
import * as reads from "./reads.ts";
import { remembered } from "./remembered.ts";
import * as routes from "./routes.ts";

/** Another shape of an answer that cannot change has another tag. */
const FORMAT = 1;
const FOR_EVER = "private, max-age=31536000, immutable";

/**
 * The questions of the HTTP API (contract.md, HTTP), answered as the commands answer them, and the description of all of
 * it; and the page for people, behind the same guard.
 */
export function readApi(given: { readonly ports: ReadPorts; readonly guard: Guard }): OpenAPIHono<ApiEnv> {
  const { guard } = given;
  const ports = { ...given.ports, store: remembered(given.ports.store) };
  const failed = (error: Error, path: string) => ports.log.error("a page could not be made", { path, error });
  const page = webPage({ reads: pageReads(ports), clock: ports.clock, failed });
  const app = guardedApi(guard, ports.log, (context) => page.fetch(context.req.raw));

  app.openapi(routes.roles, async (context) =>
    context.json(await reads.rolesOf(ports, context.req.valid("query").application), 200),
  );

  app.openapi(routes.events, async (context) => {
    const { id } = context.req.valid("param");
    const asked = context.req.valid("query");
    const { events, next, fixed } = await reads.eventsOf(ports, id, asked);
    if (next !== null) context.header("link", `<${nextPage(context, next)}>; rel="next"`);
    if (fixed !== null && keeps(context, fixed)) return context.body(null, 304);
    return context.json(events, 200);
  });

  app.openapi(routes.policy, async (context) => {
    const { id } = context.req.valid("param");
    const asked = context.req.valid("query");
    const history = await findRole(id, ports);
    const { version, at, knownAt } = asked;
    const fixed = version !== undefined && at === undefined && knownAt === undefined;
    const hash = fixed ? history.events[version - 1]?.hash : undefined;
    if (hash !== undefined && keeps(context, `${version}-${hash}`)) return context.body(null, 304);
    return context.json(reads.policyOf(history, asked), 200);
  });

  app.openapi(routes.changes, async (context) => {
    const { id } = context.req.valid("param");
    const { from, to } = context.req.valid("query");
    return context.json(await reads.changesOf(ports, id, from, to), 200);
  });

  app.openapi(routes.audit, async (context) =>
    context.json(await reads.auditOf(ports, context.req.valid("query")), 200),
  );

  app.openapi(routes.whoCan, async (context) => {
    const { action, resource } = context.req.valid("query");
    return context.json(await reads.whoCanOf(ports, action, resource), 200);
  });

  app.openapi(routes.runs, async (context) => context.json(await reads.runsOf(ports), 200));
  app.openapi(routes.run, async (context) =>
    context.json(await reads.runOf(ports, context.req.valid("param").run), 200),
  );
  app.openapi(routes.status, async (context) => context.json(await reads.statusOf(ports), 200));
  app.openapi(routes.overview, async (context) => context.json(await reads.overviewOf(ports), 200));

  app.openapi(routes.evidence, async (context) => {
    const { hash } = context.req.valid("param");
    if (keeps(context, hash)) return context.body(null, 304);
    const bytes = await ports.blobs.get(hash);
    return context.json(JSON.parse(Buffer.from(bytes).toString("utf8")) as unknown, 200);
  });

  for (const act of [routes.startRound, routes.rollback, routes.redrive, routes.pause, routes.resume])
    app.openAPIRegistry.registerPath(act);
  app.doc31("/api/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "PLP",
      version: "1",
      description: "The permission history of deployment roles. Times are ISO 8601 UTC.",
    },
  });
  return app;
}

/** Tags an answer that cannot change; true where the caller has it. */
function keeps(context: Context, content: string): boolean {
  const tag = `"${FORMAT}-${content}"`;
  context.header("etag", tag);
  context.header("cache-control", FOR_EVER);
  const known = context.req.header("if-none-match")?.split(",") ?? [];
  return known.some((one) => one.trim().replace(/^W\//, "") === tag);
}

function nextPage(context: Context, from: number): string {
  const query = new URLSearchParams(context.req.query());
  query.set("from", String(from));
  return `${new URL(context.req.url).pathname}?${query}`;
}
