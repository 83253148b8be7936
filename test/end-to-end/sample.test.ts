import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { tableDefinition } from "@plp/event-store";
import { startTable } from "@plp/local-cloud";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { history } from "../../packages/cli/src/commands/history.ts";
import { roles } from "../../packages/cli/src/commands/roles.ts";
import { withHistory } from "../../packages/cli/src/state/open-history.ts";
import { expectReplaysAsWritten } from "./replays.ts";
import { git, plp, type Round, type Serving, serve, temporaryFolder, upOnce } from "./support.ts";

interface HistoryEvent {
  readonly version: number;
  readonly type: string;
  readonly occurredAt: string;
  readonly hash: string;
  readonly data: { readonly confirmed?: boolean };
}

const folder = temporaryFolder();
const state = join(folder.path, "state");
const inScope: Readonly<Record<string, readonly string[]>> = {
  billing: ["billing-dev", "billing-prod", "billing-test"],
  catalog: ["catalog-dev", "catalog-prod", "catalog-test"],
  // search-prod has everything that it uses.
  search: ["search-test"],
  shop: ["shop-prod", "shop-test"],
};

/** What the commands answer, all of it from one opening: a process for each would take a second each. */
async function histories(): Promise<Map<string, readonly HistoryEvent[]>> {
  return withHistory({ state, env: {} }, async (opened) => {
    const found = new Map<string, readonly HistoryEvent[]>();
    for (const { roleArn } of (await roles(opened, undefined)).json as { roleArn: string }[]) {
      const { json } = await history(opened, roleArn, {});
      found.set(roleArn, JSON.parse(JSON.stringify(json)));
    }
    return found;
  });
}

describe("The sample organization", () => {
  let first: Round;
  let before: Map<string, readonly HistoryEvent[]>;
  const places = ["cwd", "home", "tmp"].map((name) => join(folder.path, name));

  beforeAll(async () => {
    const [cwd = "", HOME = "", TMPDIR = ""] = places;
    for (const place of places) mkdirSync(place);
    first = await upOnce(state, [], { cwd, env: { HOME, TMPDIR } });
    before = await histories();
  }, 300_000);
  afterAll(() => folder.remove());

  it("leaves no token and no key in a log, a message, a blob, the history or what it prints", async () => {
    const { tokens }: { tokens: Record<string, string> } = JSON.parse(
      readFileSync(join(state, "gitlab", "instance.json"), "utf8"),
    );
    const kept = ["plp.log", "queues", "blobs"].flatMap((name) => filesBelow(join(state, name)));
    expect(kept.length).toBeGreaterThan(10);
    const told = await withHistory({ state, env: {} }, async ({ store }) => {
      const streams: unknown[] = [];
      for await (const stream of store.streams("")) streams.push((await store.load(stream)).events);
      return streams;
    });
    const texts = [...kept.map((path) => readFileSync(path, "latin1")), JSON.stringify([told, first])];
    expect(Object.values(tokens).length).toBeGreaterThan(2);
    for (const text of texts) {
      for (const token of Object.values(tokens)) expect(text).not.toContain(token);
      // Session credentials and signed headers, as AWS and its SDK write them.
      expect(text).not.toMatch(
        /AWS4-HMAC-SHA256|x-amz-security-token|"?secretAccessKey"?\s*[:=]|\bASIA[A-Z0-9]{16}\b/i,
      );
    }
  });

  it("gets a draft request with additions for every application, and none for a sandbox", () => {
    const { summary, code } = first;
    expect(summary).toMatchObject({ errors: [], deadLetters: 0, unchanged: 1 });
    expect(summary.roles).toEqual({ discovered: 14, inScope: 10, excluded: 4 });
    expect(summary.analyses).toEqual({ succeeded: 10, failed: 0 });
    const shown = summary.mergeRequests.map(({ application, roles }) => [
      application,
      roles.map((arn) => arn.split("/").at(-1)),
    ]);
    expect(Object.fromEntries(shown)).toEqual(inScope);
    for (const request of summary.mergeRequests) {
      expect(request).toMatchObject({ kind: "grow", action: "opened", draft: true, removed: 0 });
      expect(request.title).toMatch(/^Draft: /);
      expect(request.added).toBeGreaterThan(0);
    }
    expect(code).toBe(0);
  });

  it("writes nothing outside the state directory, and leaves no endpoints behind", () => {
    // Node's own cache of compiled modules is no output of ours.
    const written = places
      .flatMap((place) => readdirSync(place))
      .filter((name) => name !== "node-compile-cache");
    expect(written).toEqual([]);
    expect(readdirSync(state)).not.toContain("endpoints.json");
  });

  it("tells every role's history without a gap", () => {
    expect(before.size).toBe(10);
    for (const [arn, events] of before) {
      const versions = events.map(({ version }) => version);
      expect(versions, arn).toEqual(events.map((_, i) => i + 1));
      expect(events[0]?.type, arn).toBe("RoleDiscovered");
    }
  });

  it("replays every role at every version as it was written", async () => {
    const { PolicyProposed, PolicyEdited } = await expectReplaysAsWritten(state);
    expect(PolicyProposed).toBe(9);
    // The policy files of catalog are empty.
    expect(PolicyEdited).toBe(7);
  });

  it("is left unchanged by a second start: no new request, push or proposal", async () => {
    const { summary, code } = await upOnce(state);
    expect(code).toBe(0);
    expect(summary).toMatchObject({ unchanged: 10, errors: [], deadLetters: 0 });
    const known = new Map(
      first.summary.mergeRequests.map(({ url: _, ...request }) => [request.iid, request]),
    );
    expect(summary.mergeRequests.map(({ url: _, ...request }) => request)).toEqual(
      [...known.values()].map((request) => ({ ...request, action: "unchanged" })),
    );
    for (const [arn, events] of await histories()) expectOnlyRead(events, before.get(arn));
  });

  it("is shown and verified by the commands, as processes", async () => {
    const [arn = ""] = first.summary.mergeRequests[0]?.roles ?? [];
    const shown = await plp(["history", arn, "--state", state]);
    expect(shown).toMatchObject({ code: 0, err: "" });
    expect(shown.out).toContain("chain unbroken");
    const version = String(before.get(arn)?.length);
    const replayed = await plp(["replay", arn, "--version", version, "--state", state, "--json"]);
    expect(replayed).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(replayed.out)).toMatchObject({ roleArn: arn, hash: before.get(arn)?.at(-1)?.hash });
    const verified = await plp(["verify", "--state", state, "--json"]);
    expect(verified).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(verified.out)).toMatchObject({ broken: [] });
  });

  describe("while plp up serves", () => {
    let serving: Serving;
    beforeAll(async () => {
      serving = await serve(state);
    }, 300_000);
    afterAll(async () => {
      expect((await serving.stop()).code).toBe(0);
    }, 60_000);

    it("shows each request to git as a diff in which a permission more is a line more", async () => {
      const clone = join(folder.path, "clone");
      await git(folder.path, "clone", "-q", serving.gitlab.cloneUrl("developer-1"), clone);
      for (const { branch, added } of first.summary.mergeRequests) {
        const diff = await git(clone, "diff", "-U0", `origin/main...origin/${branch}`);
        const lines = diff.split("\n").filter((line) => /^[+-](?![+-]{2} )/.test(line));
        const bare = (sign: string) =>
          lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1).replace(/,$/, ""));
        // Only a comma may move: what was there stays there.
        const fresh = bare("+");
        for (const line of bare("-")) {
          expect(fresh, `${branch}: ${line}`).toContain(line);
          fresh.splice(fresh.indexOf(line), 1);
        }
        const action = /^ {8}"[a-z0-9-]+:[A-Za-z0-9*]+"$/;
        expect(
          fresh.filter((line) => action.test(line)),
          branch,
        ).toHaveLength(added);
        for (const line of fresh) expect(line).toMatch(/^ *(\{|\}|\[|\]|"[^"]*"|"[A-Za-z:]+": .*|)$/);
        const names = await git(clone, "diff", "--name-only", `origin/main...origin/${branch}`);
        for (const name of names.trim().split("\n"))
          expect(name).toMatch(/^\w+\/policies\/(prod|test|dev)\.json$/);
      }
    });

    it("is read by the same commands through the running system", async () => {
      const [arn = ""] = first.summary.mergeRequests[0]?.roles ?? [];
      const { code, out } = await plp(["history", arn, "--state", state, "--json"]);
      expect(code).toBe(0);
      expectOnlyRead(JSON.parse(out), before.get(arn));
    });
  });

  it("lets verify find one changed byte of a stored commit, by stream and version", async () => {
    const { stream, version } = await changeOneByte();
    const { code, out } = await plp(["verify", "--state", state, "--json"]);
    expect(code).toBe(1);
    const { broken } = JSON.parse(out) as { broken: { stream: string; version: number; reason: string }[] };
    expect(broken).toContainEqual(expect.objectContaining({ stream, version }));
    expect(new Set(broken.map((one) => one.stream))).toEqual(new Set([stream]));
  });
});

/** After so many events nothing came but that the role was read once more, as in every round, and found as it should be. */
function expectOnlyRead(events: readonly HistoryEvent[], before: readonly HistoryEvent[] = []): void {
  expect(events.slice(0, before.length)).toEqual(before);
  const confirmed = before.findLast(({ type }) => type === "PolicyObserved")?.data.confirmed;
  for (const { type, data } of events.slice(before.length))
    expect({ type, confirmed: data.confirmed }).toEqual({ type: "PolicyObserved", confirmed });
}

/** Changes a byte of the events of one role's first commit, behind the system's back. */
async function changeOneByte(): Promise<{ stream: string; version: number }> {
  const TableName = "plp";
  const table = await startTable({ dir: join(state, "table"), definition: tableDefinition(TableName) });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: table.url, region: "us-east-1", credentials });
  try {
    const { Items = [] } = await client.send(
      new ScanCommand({
        TableName,
        FilterExpression: "begins_with(pk, :role)",
        ExpressionAttributeValues: { ":role": { S: "role#" } },
        ProjectionExpression: "pk, sk",
      }),
    );
    const [Key] = Items;
    if (Key === undefined) throw new Error("the table holds no commit of a role");
    const { Item = {} } = await client.send(new GetItemCommand({ TableName, Key }));
    const { e } = Item;
    if (e?.S !== undefined)
      Item.e = { S: e.S.replace(/[a-y]/, (one) => String.fromCharCode(one.charCodeAt(0) + 1)) };
    else if (e?.B !== undefined) {
      const bytes = Uint8Array.from(e.B);
      const at = bytes.length >> 1;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      Item.e = { B: bytes };
    } else throw new Error("the commit holds no events");
    await client.send(new PutItemCommand({ TableName, Item }));
    return { stream: Key.pk?.S ?? "", version: Number(Key.sk?.S ?? Key.sk?.N) };
  } finally {
    client.destroy();
    await table.stop();
  }
}

/** The files at a path, at any depth; the path itself where it is one. */
function filesBelow(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .map((name) => join(path, name))
    .filter((name) => statSync(name).isFile());
}
