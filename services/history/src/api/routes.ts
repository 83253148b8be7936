import { createRoute, z } from "@hono/zod-openapi";
import * as schemas from "./schemas.ts";

const { asked } = schemas;

function answers<Schema extends z.ZodType>(schema: Schema, description: string) {
  const problem = (says: string) => ({
    content: { "application/json": { schema: schemas.problem } },
    description: says,
  });
  return {
    200: { content: { "application/json": { schema } }, description },
    304: { description: "What cannot change is as it was (If-None-Match)" },
    400: problem("The question cannot be answered as it was asked"),
    403: problem("Nobody who may ask"),
    404: problem("There is no such thing"),
    503: problem("A part of the system does not answer; try again"),
  };
}

const get = <Schema extends z.ZodType, const Path extends string, Request extends object>(
  path: Path,
  summary: string,
  schema: Schema,
  request: Request,
) => createRoute({ method: "get", path, summary, request, responses: answers(schema, summary) });

export const roles = get("/api/roles", "Every role with a history", schemas.list(schemas.listedRole), {
  query: z.object({ application: asked.text }),
});

export const events = get(
  "/api/roles/{id}/events",
  "The events of a role, oldest first",
  schemas.list(schemas.event),
  {
    params: asked.role,
    query: z.object({
      since: asked.time,
      until: asked.time,
      from: asked.number.meta({ description: "first version" }),
      to: asked.number.meta({ description: "last version" }),
      limit: asked.number.meta({
        description: "at most so many, 500 unless said otherwise; Link names the next",
      }),
    }),
  },
);

export const policy = get(
  "/api/roles/{id}/policy",
  "What a role could do at a moment, since when, on which evidence, and who approved it",
  schemas.replay,
  {
    params: asked.role,
    query: z.object({ at: asked.time, version: asked.number, knownAt: asked.time }),
  },
);

export const changes = get(
  "/api/roles/{id}/changes",
  "What came to and went from the approved policy between two moments",
  schemas.changes,
  { params: asked.role, query: z.object({ from: z.string().max(40), to: z.string().max(40) }) },
);

export const audit = get("/api/audit", "Events of all roles and applications, newest first", schemas.found, {
  query: z.object({
    role: asked.text,
    application: asked.text,
    account: z
      .string()
      .regex(/^\d{12}$/, "must be 12 digits")
      .optional(),
    type: asked.text,
    actor: asked.text,
    action: z
      .string()
      .regex(
        /^[a-z0-9-]{1,64}:[a-z0-9*?]{1,128}$/i,
        "must begin with a service, as iam:PassRole and s3:Get* do",
      )
      .optional()
      .meta({ description: "an action or a pattern of one; it begins with a service" }),
    since: asked.time,
    until: asked.time,
    limit: z.coerce.number().int().min(1).max(500).optional(),
    cursor: asked.text,
  }),
});

export const whoCan = get(
  "/api/who-can",
  "Roles of which PLP's policies allow an action, or of which they do not tell",
  schemas.list(schemas.whoCanRow),
  { query: z.object({ action: z.string().max(200), resource: asked.text }) },
);

export const runs = get(
  "/api/runs",
  "Runs under way, and those that failed within a day",
  schemas.list(schemas.run),
  {},
);

export const run = get("/api/runs/{run}", "The events of a run, oldest first", schemas.list(schemas.event), {
  params: z.object({ run: z.string().regex(/^[0-9a-f]{32}$/) }),
});

export const status = get("/api/status", "Queues, runs under way and lanes", schemas.status, {});

export const overview = get("/api/overview", "How things stand, over all applications", schemas.overview, {});

export const evidence = get("/api/evidence/{hash}", "A whole analysis", z.unknown(), {
  params: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) }),
});

const act = <Schema extends z.ZodType, const Path extends string, Body extends z.ZodType>(
  path: Path,
  summary: string,
  schema: Schema,
  body: Body,
) =>
  createRoute({
    method: "post",
    path,
    summary,
    request: { body: { content: { "application/json": { schema: body } }, required: true } },
    responses: answers(schema, summary),
  });

export const startRound = act(
  "/api/rounds",
  "Starts a round now, as the schedule would",
  schemas.started,
  z.strictObject({ application: asked.text, dryRun: z.boolean().optional() }),
);

export const rollback = act(
  "/api/rollbacks",
  "Asks for a request that brings a role's policy back to an earlier one, or, with dryRun, says what it would change",
  schemas.rollback,
  z.strictObject({
    role: z.string().min(1).max(2_000),
    version: z.int().min(1).max(999_999_999),
    only: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(500)
      .optional()
      .meta({ description: "only these actions" }),
    dryRun: z.boolean().optional(),
  }),
);

export const redrive = act(
  "/api/redrive",
  "Sends the dead letters of a queue into it again",
  schemas.redriven,
  z.strictObject({ queue: z.string().max(40) }),
);

export const pause = act(
  "/api/pause",
  "No new rounds, until they are resumed",
  schemas.paused,
  z.strictObject({ reason: z.string().trim().min(1).max(400).optional() }),
);

export const resume = act("/api/resume", "New rounds again", schemas.paused, z.strictObject({}));
