import { describe, expect, it } from "vitest";
import { webPage } from "./app.ts";
import type { Reads } from "./reads.ts";
import { arn, events, found, moment, overview, permission, roleRow, run, sampleReads } from "./testing.ts";

const clock = { now: () => new Date("2026-01-20T00:00:00Z") };
const ADDRESSES = [
  "/",
  "/roles",
  "/roles?q=shop",
  `/roles/${arn}`,
  `/roles/${arn}?version=5&from=1&show=approved`,
  `/roles/${arn}?at=2026-01-13&knownAt=2026-01-14&show=event`,
  "/audit",
  "/audit?actor=reviewer-1&cursor=abc",
  "/who-can",
  "/who-can?action=iam:PassRole&resource=*",
  "/runs",
  "/runs/4c1c8a9f2203",
];

async function get(address: string, others: Partial<Reads> = {}) {
  const failures: string[] = [];
  const failed = (error: Error, path: string) => void failures.push(`${path}: ${error.message}`);
  const response = await webPage({ reads: sampleReads(others), clock, failed }).request(address);
  return { response, failures, text: await response.text() };
}

/** What a reader sees: the text, with single blanks. */
function seen(page: string): string {
  return page
    .replace(/<head>.*<\/head>/s, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .replaceAll("&quot;", '"');
}

/** The markup without its texts: every tag with the names of its attributes. */
function skeleton(page: string): readonly string[] {
  return [...page.matchAll(/<(\/?[a-z][^\s>]*)((?:\s+[\w-]+(?:="[^"<>]*")?)*)\s*\/?>|<[^>]*>/gi)].map(
    ([whole, name, attributes]) =>
      name === undefined ? whole : `${name}${(attributes ?? "").replace(/="[^"]*"/g, "")}`,
  );
}

/** The same with every text, but for times and what the page itself decides by, made into another. */
function withTexts<T>(value: T, text: string): T {
  const fixed = new Set([
    "type",
    "kind",
    "answer",
    "policy",
    "counts",
    "mode",
    "basis",
    "status",
    "cursor",
    "next",
  ]);
  const change = (one: unknown, key: string): unknown => {
    if (Array.isArray(one)) return one.map((item) => change(item, key));
    if (typeof one === "object" && one !== null) {
      return Object.fromEntries(Object.entries(one).map(([name, inner]) => [name, change(inner, name)]));
    }
    const isTime = typeof one === "string" && /^\d{4}-\d\d-\d\dT/.test(one);
    if (typeof one !== "string" || isTime || fixed.has(key)) return one;
    return key === "url" ? `https://a.example/${text}` : `${text}/${text}`;
  };
  return change(value, "") as T;
}

function readsWithTexts(text: string): Partial<Reads> {
  const reads = sampleReads();
  return {
    overview: async () => withTexts(await reads.overview(), text),
    roles: async () => withTexts(await reads.roles(), text),
    role: async () => withTexts(await reads.role("", { at: "", version: "", knownAt: "" }), text),
    difference: async () => withTexts(await reads.difference("", "", 1), text),
    audit: async () => withTexts(await reads.audit({}), text),
    whoCan: async () => withTexts(await reads.whoCan("", ""), text),
    status: async () => withTexts(await reads.status(), text),
    run: async () => withTexts(await reads.run(""), text),
  };
}

describe("every page", () => {
  it.each(ADDRESSES)(
    "%s is HTML that loads nothing but our own files and runs no script of its own",
    async (address) => {
      const { response, text } = await get(address);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("text/html; charset=UTF-8");
      expect(response.headers.get("content-security-policy")).toContain(
        "default-src 'none'; script-src 'self'",
      );
      for (const [, loaded] of text.matchAll(/<(?:script|link|img)[^>]* (?:src|href)="([^"]*)"/g)) {
        expect(loaded).toMatch(/^\/assets\/[\w.]+$/);
        const { response: asset } = await get(loaded ?? "");
        expect(asset.status).toBe(200);
      }
      expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]* src=)/);
      expect(text).not.toMatch(/undefined|\[object|NaN/);
      expect(text.match(/<h1/g)).toHaveLength(1);
    },
  );

  it.each(ADDRESSES)("%s shows hostile texts as texts", async (address) => {
    const hostile = `"><script>alert(1)</script>'<img src=x onerror=alert(1)> & </table>`;
    const { text: harmless } = await get(address.replace("q=shop", "q="), readsWithTexts("x"));
    const { text } = await get(address.replace("q=shop", "q="), readsWithTexts(hostile));
    expect(skeleton(text)).toEqual(skeleton(harmless));
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(text).not.toContain("<img");
  });

  it("shows what stands in its address as text", async () => {
    const evil = encodeURIComponent(`"><script>alert(1)</script>`);
    for (const address of [
      `/roles?q=${evil}`,
      `/audit?actor=${evil}`,
      `/who-can?action=${evil}`,
      `/roles/x?from=${evil}`,
    ]) {
      expect((await get(address)).text.match(/<script/g)).toHaveLength(1);
    }
  });

  it("links to addresses of the web only", async () => {
    const openMergeRequests = [{ iid: 13, url: "javascript:alert(1)", kind: "grow" }];
    const { text } = await get("/roles", { roles: async () => [{ ...roleRow, openMergeRequests }] });
    expect(text).not.toContain("javascript:");
    expect(seen(text)).toContain("!13 grow");
  });

  it("says that it failed and nothing of why, which the log gets", async () => {
    const roles = async () => Promise.reject(new Error("token abc is not allowed"));
    const { response, text, failures } = await get("/roles", { roles });
    expect([response.status, failures]).toEqual([500, ["/roles: token abc is not allowed"]]);
    expect(seen(text)).toContain("The history could not be read just now.");
    expect(text).not.toContain("abc");
  });

  it("is not there for other addresses", async () => {
    const { response, text } = await get("/etc/passwd");
    expect(response.status).toBe(404);
    expect(seen(text)).toContain("There is no such page.");
  });
});

describe("the overview", () => {
  it("says in one sentence what came of the last round", async () => {
    const { text } = await get("/");
    expect(seen(text)).toContain(
      "The last round, planned 19 Jan 2026 05:00 , analysed 3 of 5 roles; 1 run under way ; 1 failed; 1 environment could not be taken up.",
    );
  });

  it("shows nothing empty, and says how to begin where there is nothing at all", async () => {
    const lists = { waitsForReview: [], waitsForApply: [], failed: [], excluded: [], growth: [], lanes: [] };
    const quiet = await get("/", { overview: async () => ({ ...overview, ...lists }) });
    for (const title of [
      "Waits for review",
      "waits for apply",
      "<h2[^>]*>Failed",
      "Excluded",
      "Generations",
    ]) {
      expect(quiet.text).not.toMatch(new RegExp(title));
    }
    const nothing = await get("/", {
      overview: async () => ({ ...overview, ...lists, round: null, roles: 0 }),
    });
    expect(seen(nothing.text)).toContain("There has been no round yet. Start one: npx plp round");
  });
});

describe("the roles", () => {
  const many = Array.from({ length: 450 }, (_, index) => ({ ...roleRow, roleArn: `${arn}-${index}` }));

  it("come in pages, and every word narrows them", async () => {
    const { text } = await get("/roles?page=3", { roles: async () => many });
    expect(text.match(/<tr role="row"[^>]*><td/g)).toHaveLength(50);
    expect(seen(text)).toContain("Page 3 of 3");
    const { text: narrowed } = await get("/roles?q=PROD-44+shop", { roles: async () => many });
    expect(seen(narrowed)).toContain("11 of 450 roles.");
  });

  it("lead back to all of them where none is found", async () => {
    const { text } = await get("/roles?q=zzz");
    expect(seen(text)).toContain("No role has “zzz”");
    expect(text).toContain('<a href="/roles">All 2 roles</a>');
  });
});

describe("a role through time", () => {
  it("answers what it could do, since when, who approved it and on which evidence", async () => {
    const page = seen((await get(`/roles/${arn}`)).text);
    expect(page).toContain(
      "At 19 Jan 2026 05:01 the approved policy had 2 permissions, since 13 Jan 2026 10:00 (reviewer-1 merged !12 ); 1 more waited for a reviewer.",
    );
    expect(page).toContain(
      "iam: PassRole only to lambda.amazonaws.com role/shop-worker 13 Jan 2026 reviewer-1 !12 412 calls , last 11 Jan 2026",
    );
    expect(page).toContain(
      "8 Jan 2026 00:00 to 9 Jan 2026 00:00 : lane without quota; covered later, version 5",
    );
  });

  it("shows what a reviewer had before them: risks with their reasons, questions, refusals, the backtest", async () => {
    const page = seen((await get(`/roles/${arn}`)).text);
    expect(page).toContain(
      "medium iam: PassRole + lambda: CreateFunction : It can run code as another role ( lambda-002 ).",
    );
    expect(page).toContain("DynamoDB was used, and the trail does not say how.");
    expect(page).toContain("iam: GetRole : 4 times, last 18 Jan 2026");
    expect(page).toContain("1 of 412 recorded calls would have been denied; 2 calls undecided");
    expect(page).toContain("to add: sqs: SendMessage any resource seen 3");
  });

  it("asks for the moment as its address says it", async () => {
    const asked: unknown[] = [];
    const role: Reads["role"] = async (...given) => {
      asked.push(given);
      return found(moment);
    };
    const difference: Reads["difference"] = async (...given) => {
      asked.push(given);
      return sampleReads().difference(...given);
    };
    await get(`/roles/${arn}?at=2026-01-13&knownAt=2026-01-14&from=2`, { role, difference });
    expect(asked).toEqual([
      [arn, expect.objectContaining({ at: "2026-01-13", knownAt: "2026-01-14", version: "" })],
      [arn, "2", 5],
    ]);
  });

  it("has a slider that says where it stands", async () => {
    const { text } = await get(`/roles/${arn}`);
    expect(text).toContain('type="range" name="version" min="1" max="5" value="5"');
    expect(text).toContain('aria-valuetext="version 5, 19 Jan 2026 05:01, PolicyProposed"');
  });

  it("goes to a neighbour with what it is compared with, and without what belongs to the moment", async () => {
    const { text } = await get(`/roles/${arn}?at=2026-01-19&from=2&show=event&all=1`);
    expect(text).toContain(`<a href="/roles/${arn}?version=4&amp;from=2" rel="prev" data-swap>Earlier</a>`);
  });

  it("was not known before its first event", async () => {
    const before = {
      ...moment,
      version: 0,
      at: null,
      hash: null,
      scope: null,
      permissions: [],
      periods: [],
      proposed: null,
      event: null,
    };
    const page = seen((await get(`/roles/${arn}?at=2025-01-01`, { role: async () => found(before) })).text);
    expect(page).toContain("PLP did not know this role then.");
    expect(page).not.toContain("Permissions");
  });

  it("shows five hundred permissions and a hundred events at once, and says how many more there are", async () => {
    const permissions = Array.from({ length: 620 }, (_, index) => ({
      ...permission,
      action: `s3:Get${index}`,
    }));
    const long = Array.from(
      { length: 10_000 },
      (_, index) => ({ ...events[0], version: index + 1 }) as (typeof events)[number],
    );
    const role = async () =>
      found({ ...moment, permissions, events: long, version: 5_000, versions: 10_000, proposed: null });
    const { text } = await get(`/roles/${arn}?version=5000`, { role });
    expect(seen(text)).toContain("120 more permissions");
    expect(seen(text)).toContain("The 100 around version 5,000");
    expect(text.match(/<tr role="row"[^>]*><td/g)).toHaveLength(1 + 500 + 100);
    expect(text.length).toBeLessThan(600 * 1_000);
    const { text: all } = await get(`/roles/${arn}?version=5000&all=1`, { role });
    expect(all.match(/s3:<\/span>Get/g)).toHaveLength(620);
  });

  it("says why it cannot answer", async () => {
    const refused = { kind: "refused", status: 404, says: "No role has “x” in its ARN." } as const;
    const { response, text } = await get("/roles/x", { role: async () => refused });
    expect(response.status).toBe(404);
    expect(seen(text)).toContain("No role has “x” in its ARN.");
  });
});

describe("the audit", () => {
  it("keeps its filter on the way to older events", async () => {
    const { text } = await get("/audit?actor=reviewer-1&type=ProposalApproved");
    expect(text).toContain('href="/audit?type=ProposalApproved&amp;actor=reviewer-1&amp;cursor=a.cursor"');
    expect(text).toContain("<option selected>ProposalApproved</option>");
  });

  it("goes on behind a page that came back with nothing", async () => {
    const short = { events: [], read: 500, indexedTo: null, next: "further" };
    const { text } = await get("/audit?actor=nobody", { audit: async () => found(short) });
    expect(seen(text)).toContain(
      "None of the 500 entries read for this page matches; there are older ones. Older",
    );
  });

  it("names the field that is wrong, and keeps what was written", async () => {
    const refused = { kind: "refused", status: 400, says: "since “yesterday” is no time" } as const;
    const { response, text } = await get("/audit?since=yesterday", { audit: async () => refused });
    expect(response.status).toBe(400);
    expect(text).toContain('role="alert">since “yesterday” is no time');
    expect(text).toContain('name="since" value="yesterday"');
  });
});

describe("who can", () => {
  it("tells yes from cannot tell, and what the answer leaves out", async () => {
    const page = seen((await get("/who-can?action=iam:PassRole")).text);
    expect(page).toContain("1 role can iam:PassRole ; of 1 role PLP cannot tell.");
    expect(page).toContain("3 other roles whose policy names the service cannot.");
    expect(page).toContain("boundaries, service control, resource and session policies are not in it");
  });
});

describe("what is under way", () => {
  it("says that rounds are paused, and what lies among dead letters", async () => {
    const page = seen((await get("/runs")).text);
    expect(page).toContain(
      "Rounds are paused since 19 Jan 2026 06:00 by operator-1: the trail moves. Go on: npx plp resume",
    );
    expect(page).toContain("2 messages in dead-letter queues.");
  });
});

describe("a run", () => {
  it("is asked for again until it has ended and its proposal is shown", async () => {
    expect((await get("/runs/1")).text).not.toContain("data-refresh");
    const under = { ...run, request: null };
    expect((await get("/runs/1", { run: async () => found(under) })).text).toContain(
      'id="way" data-refresh="2"',
    );
  });
});
