import { type Context, Hono } from "hono";
import { roleAddress, roleName } from "./address.ts";
import { script, style } from "./assets.data.ts";
import { type Child, type Html, html } from "./html.ts";
import { type Frame, layout } from "./layout.ts";
import { auditPage } from "./pages/audit.ts";
import { overviewPage } from "./pages/overview.ts";
import { problemPage } from "./pages/problem.ts";
import { rolePage } from "./pages/role.ts";
import { rolesPage } from "./pages/roles.ts";
import { runPage } from "./pages/run.ts";
import { runsPage } from "./pages/runs.ts";
import { whoCanPage } from "./pages/who-can.ts";
import type { Answer, Reads } from "./reads.ts";
import type { AuditFilter } from "./views.ts";

export interface PageOptions {
  readonly reads: Reads;
  readonly clock: { now(): Date };
  /** Is told what went wrong with a page; the page itself says no more than that. */
  readonly failed: (error: Error, path: string) => void;
}

/** Only our own files and addresses: what stands in a policy, a name or a reason can do nothing here. */
export const pageHeaders = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-store",
};

const FILTERS = [
  "role",
  "application",
  "account",
  "type",
  "actor",
  "action",
  "since",
  "until",
  "limit",
  "cursor",
] as const;

/** The page: an app that answers GET for people, from what `reads` says. Whoever serves it decides who may see it. */
export function webPage({ reads, clock, failed }: PageOptions): Hono {
  const app = new Hono();
  const now = () => clock.now().toISOString();

  app.get("/", async (context) => {
    const overview = await reads.overview();
    const frame = { title: "Overview", part: "overview", indexedTo: overview.indexedTo } as const;
    return page(context, frame, overviewPage(overview, now()));
  });

  app.get("/roles", async (context) => {
    const q = context.req.query("q")?.trim() ?? "";
    const number = wholeNumber(context.req.query("page"));
    return page(
      context,
      { title: "Roles", part: "roles" },
      rolesPage(await reads.roles(), { q, page: number }),
    );
  });

  app.get("/roles/:role{.+}", async (context) => {
    const wanted = context.req.param("role");
    const given = (name: string) => context.req.query(name)?.trim() ?? "";
    const asked = {
      version: given("version"),
      at: given("at"),
      knownAt: given("knownAt"),
      from: given("from"),
      show: given("show"),
      all: given("all"),
    };
    const role = await reads.role(wanted, asked);
    if (role.kind === "refused") return refused(context, role, "Role", otherRoles(wanted, role));
    const { roleArn, version } = role.value;
    const difference = asked.from === "" ? null : await reads.difference(roleArn, asked.from, version);
    if (difference?.kind === "refused")
      return refused(context, difference, "Role", otherRoles(roleArn, difference));
    const frame = { title: roleName(roleArn), part: "roles" } as const;
    return page(context, frame, rolePage(asked, role.value, difference?.value ?? null, now()));
  });

  app.get("/audit", async (context) => {
    const filter = filterOf(context);
    const found = await reads.audit(filter);
    const frame = { title: "Audit", part: "audit" } as const;
    if (found.kind === "refused")
      return page(context, frame, auditPage(filter, null, found.says), found.status);
    return page(
      context,
      { ...frame, indexedTo: found.value.indexedTo },
      auditPage(filter, found.value, null),
    );
  });

  app.get("/who-can", async (context) => {
    const action = context.req.query("action")?.trim() ?? "";
    const resource = context.req.query("resource")?.trim() ?? "";
    const frame = { title: "Who can", part: "who-can" } as const;
    if (action === "") return page(context, frame, whoCanPage({ action, resource }, null, null));
    const answer = await reads.whoCan(action, resource);
    if (answer.kind === "refused") {
      return page(context, frame, whoCanPage({ action, resource }, null, answer.says), answer.status);
    }
    const { indexedTo } = answer.value;
    return page(context, { ...frame, indexedTo }, whoCanPage({ action, resource }, answer.value, null));
  });

  app.get("/runs", async (context) => {
    const frame = { title: "Runs", part: "runs", refresh: 5 } as const;
    return page(context, frame, runsPage(await reads.status()));
  });

  app.get("/runs/:run", async (context) => {
    const run = await reads.run(context.req.param("run"));
    if (run.kind === "refused") return refused(context, run, "Run", html`<a href="/runs">Runs</a>`);
    const refresh = run.value.end === null ? 5 : null;
    return page(context, { title: "Run", part: "runs", refresh }, runPage(run.value));
  });

  for (const [asset, type] of [
    [style, "text/css; charset=utf-8"],
    [script, "text/javascript; charset=utf-8"],
  ] as const) {
    app.get(`/assets/${asset.name}`, (context) =>
      context.body(asset.text, 200, {
        "content-type": type,
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
      }),
    );
  }
  app.get("/assets/icon.svg", (context) =>
    context.body(ICON, 200, { "content-type": "image/svg+xml", "cache-control": "public, max-age=86400" }),
  );

  app.notFound((context) => {
    const content = problemPage("Not found", "There is no such page.", html`<a href="/">Overview</a>`);
    return page(context, { title: "Not found", part: null }, content, 404);
  });
  app.onError((error, context) => {
    failed(error, context.req.path);
    const says = "The history could not be read just now. Try again; the log says why.";
    return page(context, { title: "Not read", part: null }, problemPage("Not read", says), 500);
  });
  return app;
}

/** A page of ours that says one thing, for whoever stands before the others: signing in, for one. Sent with `pageHeaders`. */
export function messagePage({
  title,
  says,
  next,
}: {
  readonly title: string;
  readonly says: string;
  readonly next: { readonly text: string; readonly address: string };
}): string {
  const content = problemPage(title, says, html`<a href="${next.address}">${next.text}</a>`);
  return documentOf({ title, part: null }, content);
}

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M1 12h5V8h4V4h5" fill="none" stroke="#0b57c4" stroke-width="2.5"/></svg>`;

function page(context: Context, frame: Frame, content: Html, status: 200 | 400 | 404 | 500 = 200): Response {
  return context.html(documentOf(frame, content), status, pageHeaders);
}

function documentOf(frame: Frame, content: Html): string {
  return layout({ style: style.name, script: script.name }, frame, content).toString();
}

function refused(context: Context, answer: Refused, title: string, next: Child): Response {
  return page(context, { title, part: "roles" }, problemPage(title, answer.says, next), answer.status);
}

/** Where to go on from a role, or a moment of one, that could not be shown. */
function otherRoles(wanted: string, { status }: Refused): Child {
  const now = status === 400 ? html`<a href="${roleAddress(wanted)}">${roleName(wanted)} now</a> · ` : null;
  return html`${now}<a href="/roles">All roles</a>`;
}

type Refused = Extract<Answer<unknown>, { kind: "refused" }>;

function filterOf(context: Context): AuditFilter {
  const given = FILTERS.map((name) => [name, context.req.query(name)?.trim() ?? ""]);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

function wholeNumber(text: string | undefined): number {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}
