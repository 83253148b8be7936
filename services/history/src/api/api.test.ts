import { day, roleOf } from "@plp/audit/testing";
import { requestLine, requestSlot, retireRole } from "@plp/domain";
import { addition } from "@plp/domain/testing";
import { permanent, transient } from "@plp/runtime";
import { beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import * as schemas from "./schemas.ts";
import { apiOver } from "./testing.ts";

const [shop, crm] = [roleOf("shop"), roleOf("crm")];
const api = apiOver();
const { history } = api;

beforeAll(async () => {
  for (const id of [shop, crm]) {
    const folder = id === shop ? "shop" : "crm";
    await history.plan(folder, day(1), [id]);
    await history.discover(id, day(1), folder);
    await history.edit(id, day(2), [{ Effect: "Allow", Action: ["s3:Get*"], Resource: "*" }]);
    await history.propose(id, day(3), [addition("sqs:CreateQueue")]);
    await history.open(folder, day(3), 58, [id]);
  }
  await history.approve(shop, day(4), 58);
  await history.apply(shop, day(5), 88);
  await history.indexAll();
});

/** The answer, held against the schema by which the API describes it. */
async function answer<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  const response = await api.get(path);
  const body: unknown = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  expect(schema.parse(body), path).toEqual(body);
  return body as z.output<Schema>;
}

const role = encodeURIComponent(shop.arn);

describe("the API answers as the commands do", () => {
  it("with every role, or those of an application", async () => {
    const roles = await answer("/api/roles", schemas.list(schemas.listedRole));
    expect(roles.map(({ application }) => application)).toEqual(["crm", "shop"]);
    expect(await answer("/api/roles?application=crm", schemas.list(schemas.listedRole))).toHaveLength(1);
  });

  it("with the events of a role by ARN or a part of it, also where slashes come decoded", async () => {
    for (const id of [role, "shop-prod", shop.arn]) {
      const events = await answer(`/api/roles/${id}/events`, schemas.list(schemas.event));
      expect(events.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    }
    const some = await answer(
      `/api/roles/${role}/events?since=2026-01-03&until=2026-01-04`,
      schemas.list(schemas.event),
    );
    expect(some.map(({ type }) => type)).toEqual(["PolicyProposed", "ProposalApproved"]);
  });

  it("page by page, with the address of the next", async () => {
    const first = await api.get(`/api/roles/${role}/events?limit=2`);
    expect(await first.json()).toHaveLength(2);
    const next = /<(.+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    expect(await (await api.get(next)).json()).toMatchObject([{ version: 3 }, { version: 4 }]);
    expect((await api.get(`/api/roles/${role}/events?from=4`)).headers.get("link")).toBeNull();
  });

  it("with a role's policy at a moment, what came and went, and who may do something", async () => {
    const then = await answer(`/api/roles/${role}/policy?at=2026-01-04`, schemas.replay);
    expect(then).toMatchObject({ version: 4, counts: "approved", applied: null, changes: [{ version: 4 }] });
    const now = await answer(`/api/roles/${role}/policy`, schemas.replay);
    expect(now).toMatchObject({ version: 5, counts: "applied", confirmed: null });
    const changes = await answer(`/api/roles/${role}/changes?from=2026-01-03&to=5`, schemas.changes);
    expect(changes).toMatchObject({
      added: [
        { action: "sqs:CreateQueue", event: { version: 4, by: "reviewer-1", mergeRequest: { iid: 58 } } },
      ],
      removed: [],
    });
    const who = await answer("/api/who-can?action=sqs:CreateQueue", schemas.list(schemas.whoCanRow));
    expect(who).toMatchObject([{ roleArn: shop.arn, answer: "yes", policy: "applied", since: day(5) }]);
  });

  it("with an audit, page after page", async () => {
    const page = await answer("/api/audit?type=PolicyProposed&limit=1", schemas.found);
    expect(page.events).toHaveLength(1);
    const next = await answer(`/api/audit?type=PolicyProposed&limit=1&cursor=${page.next}`, schemas.found);
    expect(next.events).toHaveLength(1);
    const one = await answer(`/api/audit?role=shop-prod&action=sqs:*`, schemas.found);
    expect(one.events.map(({ type }) => type)).toEqual([
      "PolicyApplied",
      "ProposalApproved",
      "PolicyProposed",
    ]);
  });

  it("with how things stand, and how the system is", async () => {
    expect(await answer("/api/overview", schemas.overview)).toMatchObject({ roles: 2, inScope: 2 });
    expect(await answer("/api/runs", schemas.list(schemas.run))).toEqual([]);
    expect(await answer("/api/status", schemas.status)).toMatchObject({
      queues: [{ name: "merge", dead: 2 }],
      paused: null,
    });
  });
});

it("the status names requests that wait for others to be decided, by the names of their applications", async () => {
  const other = apiOver();
  await other.history.plan("shop", day(1), [shop]);
  await other.history.indexAll();
  const role = requestSlot({ kind: "grow", project: "iam/roles", folder: "shop" });
  await other.waiting.join(requestLine("iam/roles"), { role, since: day(1), run: "round-1" });
  expect(await (await other.get("/api/status")).json()).toMatchObject({
    waiting: [{ application: "shop", kind: "grow", since: day(1) }],
  });
});

describe("what cannot change", () => {
  it("has a tag, and is not made again for whoever has it", async () => {
    for (const path of [`/api/roles/${role}/policy?version=4`, `/api/roles/${role}/events?from=2&to=4`]) {
      const first = await api.get(path);
      const tag = first.headers.get("etag") ?? "";
      expect(tag).toMatch(/^"1-.+"$/);
      expect(first.headers.get("cache-control")).toContain("immutable");
      const again = await api.get(path, { "if-none-match": `"other", W/${tag}` });
      expect([again.status, await again.text()]).toEqual([304, ""]);
    }
  });

  it("is only what cannot change: no moment, no open end, no list has one", async () => {
    for (const path of [
      `/api/roles/${role}/policy?at=2026-01-04`,
      `/api/roles/${role}/policy`,
      `/api/roles/${role}/policy?version=4&knownAt=2026-01-04`,
      `/api/roles/${role}/events?from=2`,
      `/api/roles/${role}/events?from=2&to=99`,
      "/api/roles",
    ]) {
      const { headers } = await api.get(path);
      expect([path, headers.get("etag"), headers.get("cache-control")]).toEqual([
        path,
        null,
        "private, no-store",
      ]);
    }
  });

  it("evidence is read by its hash", async () => {
    const hash = await api.ports.blobs.get("0".repeat(64)).catch(() => null);
    expect(hash).toBeNull();
    expect((await api.get(`/api/evidence/${"0".repeat(64)}`)).status).toBe(404);
    expect((await api.get("/api/evidence/..%2Fx")).status).toBe(400);
  });
});

describe("a question that cannot be answered", () => {
  it.each([
    ["/api/roles/nothing/events", 404, "no-such-role"],
    ["/api/roles/prod/events", 400, "ambiguous-role"],
    [`/api/roles/${role}/policy?at=yesterday`, 400, "bad-time"],
    [`/api/roles/${role}/policy?version=99`, 404, "no-such-version"],
    [`/api/roles/${role}/policy?version=x`, 400, "bad-request"],
    [`/api/roles/${role}/policy?version=2&at=2026-01-04`, 400, "bad-moment"],
    ["/api/audit?type=Nothing", 400, "bad-type"],
    ["/api/audit?cursor=x", 400, "bad-cursor"],
    ["/api/audit?limit=100000", 400, "bad-request"],
    ["/api/who-can?action=s3", 400, "bad-action"],
    ["/api/who-can", 400, "bad-request"],
    [`/api/runs/${"0".repeat(32)}`, 404, "no-such-run"],
    ["/api/nothing", 404, "no-such-route"],
  ])("%s is %i and says what is wrong", async (path, status, code) => {
    const response = await api.get(path);
    expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }]);
  });

  it("says that it may be tried again where a part does not answer, and nothing of the inside elsewhere", async () => {
    const broken = (error: Error) => {
      const other = apiOver();
      Object.assign(other.ports.index, { page: async () => Promise.reject(error) });
      return other.get("/api/roles");
    };
    const busy = await broken(transient("store-unavailable", "table plp is busy"));
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([503, "5"]);
    for (const error of [new Error("secret inside"), permanent("store-refused", "secret inside")]) {
      const response = await broken(error);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain("secret");
    }
  });
});

describe("acts", () => {
  it("a round begins, of everything or of one application", async () => {
    const other = apiOver();
    await other.history.plan("shop", day(1), [shop]);
    await other.history.indexAll();
    expect(await (await other.post("/api/rounds", {})).json()).toMatchObject({ round: "id-1" });
    await other.post("/api/rounds", { application: "shop", dryRun: true });
    expect(other.rounds).toMatchObject([{ round: "id-1" }, { round: "id-2", folder: "shop", dryRun: true }]);
    expect(other.rounds[0]).not.toHaveProperty("folder");
    expect((await other.post("/api/rounds", { application: "shpo" })).status).toBe(404);
    expect((await other.post("/api/rounds", { everything: true })).status).toBe(400);
  });

  it("an earlier policy is asked for, once it was looked at", async () => {
    const other = apiOver();
    await other.history.plan("shop", day(1), [shop]);
    await other.history.discover(shop, day(1));
    await other.history.edit(shop, day(2), [
      { Sid: "Plp1", Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
    ]);
    await other.history.propose(shop, day(3), [addition("sqs:CreateQueue")]);
    await other.history.approve(shop, day(4), 58);
    await other.history.indexAll();
    const preview = await other.post("/api/rollbacks", { role: "shop-prod", version: 2, dryRun: true });
    const shown: unknown = await preview.json();
    expect(schemas.rollback.parse(shown)).toEqual(shown);
    expect(shown).toMatchObject({
      ...{ order: null, roleArn: shop.arn, application: "shop", version: 2, only: null, waitsFor: null },
      ...{ added: [], removed: [{ action: "sqs:CreateQueue" }], proof: { holds: true } },
    });
    expect(other.restores).toEqual([]);
    await other.history.open("shop", day(5), 59, [shop]);
    const only = ["SQS:createqueue"];
    const asked = await other.post("/api/rollbacks", { role: shop.arn, version: 2, only });
    expect(await asked.json()).toMatchObject({ order: "id-1", waitsFor: { kind: "grow", iid: 59 } });
    expect(other.restores).toEqual([
      {
        ...{ v: 1, type: "restore", order: "id-1", role: shop },
        wish: { version: 2, only: ["sqs:CreateQueue"], by: { id: "4711", name: "reviewer-1" } },
      },
    ]);
  });

  it.each([
    [{ role: "shop-prod", version: 99 }, 404, "no-such-version", /ends at version 5/],
    [{ role: "shop-prod", version: 1 }, 400, "bad-version", /the approved policy changed with 2, 4/],
    [{ role: "shop-prod", version: 4 }, 400, "bad-version", /nothing would change/],
    [
      { role: "shop-prod", version: 2, only: ["s3:GetObject"] },
      400,
      "bad-version",
      /nothing of s3:GetObject/,
    ],
    [{ role: "shop-prod", version: 2, only: ["s3:Get*"] }, 400, "bad-action", /one action of AWS's list/],
    [{ role: "prod", version: 2 }, 400, "ambiguous-role", /may be any of 2/],
    [{ role: "nobody", version: 2 }, 404, "no-such-role", /nobody/],
    [{ role: "shop-prod", version: 0 }, 400, "bad-request", /version/],
    [{ role: "shop-prod", version: 2, only: [] }, 400, "bad-request", /only/],
  ])("a way back that leads nowhere is refused: %o", async (body, status, code, says) => {
    const response = await api.post("/api/rollbacks", body);
    expect([response.status, await response.json()]).toMatchObject([
      status,
      { error: { code, message: expect.stringMatching(says) } },
    ]);
    expect(api.restores).toEqual([]);
  });

  it("there is no way back for a role that is out of scope", async () => {
    const other = apiOver();
    await other.history.discover(shop, day(1));
    await other.history.edit(shop, day(2), [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }]);
    await other.history.role(shop, day(3), (state, cause) =>
      retireRole(state, { reason: "it is gone", commit: { sha: "c", author: null } }, cause),
    );
    await other.history.indexAll();
    const refused = await other.post("/api/rollbacks", { role: "shop-prod", version: 2 });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("it is retired")]);
    expect(other.restores).toEqual([]);
  });

  it("none begins while rounds are paused, until they are resumed", async () => {
    const other = apiOver();
    expect(await (await other.post("/api/pause", { reason: "migration" })).json()).toEqual({
      ...{ paused: true, since: day(1), by: "reviewer-1" },
    });
    const refused = await other.post("/api/rounds", {});
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("paused since")]);
    expect(await (await other.get("/api/status")).json()).toMatchObject({ paused: { reason: "migration" } });
    expect(await (await other.post("/api/resume", {})).json()).toEqual({
      paused: false,
      since: null,
      by: null,
    });
    expect((await other.post("/api/rounds", {})).status).toBe(200);
  });

  it("dead letters of a queue are sent again", async () => {
    const other = apiOver();
    expect(await (await other.post("/api/redrive", { queue: "merge" })).json()).toEqual({
      queue: "merge",
      sent: 2,
    });
    expect(other.redriven).toEqual(["merge"]);
    expect((await other.post("/api/redrive", { queue: "nothing" })).status).toBe(404);
  });

  it("take JSON only, so that no form of another page can ask for one", async () => {
    const other = apiOver();
    const form = await other.post("/api/pause", {}, { "content-type": "text/plain" });
    expect(form.status).toBe(400);
    expect((await other.history.store.load("control#rounds")).events).toEqual([]);
  });
});

describe("the page", () => {
  it("stands beside the API, with its own answers for what is not there", async () => {
    const [overview, missing] = [await api.get("/"), await api.get("/nothing")];
    expect([overview.status, missing.status]).toEqual([200, 404]);
    for (const { headers } of [overview, missing]) {
      expect(headers.get("content-type")).toContain("text/html");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    }
    expect(await (await api.get("/roles")).text()).toContain("shop-prod");
  });
});

describe("the description", () => {
  it("names every address with its answers, and is OpenAPI 3.1", async () => {
    const description = (await (await api.get("/api/openapi.json")).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { responses: Record<string, unknown>; summary: string }>>;
    };
    expect(description.openapi).toBe("3.1.0");
    const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    for (const wanted of [
      "GET /api/roles",
      "GET /api/roles/{id}/events",
      "GET /api/roles/{id}/policy",
      "GET /api/audit",
      "GET /api/who-can",
      "GET /api/runs",
      "GET /api/status",
      "POST /api/rounds",
      "POST /api/rollbacks",
      "POST /api/redrive",
      "POST /api/pause",
      "POST /api/resume",
    ])
      expect(routes).toContain(wanted);
    for (const methods of Object.values(description.paths))
      for (const { responses, summary } of Object.values(methods)) {
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(["200", "400", "403"]));
        expect(summary).not.toBe("");
      }
  });
});
