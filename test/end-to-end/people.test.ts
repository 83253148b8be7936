import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RequestSummary } from "../../packages/cli/src/up/summary.ts";
import { expectReplaysAsWritten } from "./replays.ts";
import {
  eventsOf,
  type Fixture,
  git,
  makeFixture,
  type Round,
  serve,
  type Told,
  temporaryFolder,
  upOnce,
} from "./support.ts";

const folder = temporaryFolder();
const state = join(folder.path, "state");

const historyOf = (arn: string) => eventsOf(state, arn);

const typesOf = (events: readonly Told[]) => events.map(({ type }) => type);

describe("What people do with the requests while plp up serves", () => {
  let fixture: Fixture;
  let opened: readonly RequestSummary[];
  let next: Round;
  /** Of the request to whose branch somebody pushed. */
  let pushed = "";
  let heads: string[] = [];
  let notes: { body: string; system: boolean }[] = [];
  const request = (index: number): RequestSummary => {
    const found = opened[index];
    if (found === undefined) throw new Error(`there is no request number ${index + 1}`);
    return found;
  };

  beforeAll(async () => {
    fixture = await makeFixture(folder.path, { roles: 7, accounts: 2, eventsPerRole: 120 });
    const first = await upOnce(state, fixture.options);
    opened = first.summary.mergeRequests;
    const serving = await serve(state, fixture.options);
    const { gitlab } = serving;
    const reviewer = gitlab.as("reviewer-1");
    const developer = gitlab.as("developer-1");

    const merged = `/merge_requests/${request(0).iid}`;
    const draft = await reviewer("PUT", `${merged}/merge`);
    expect(draft.status, "a draft cannot be merged").toBe(405);
    const title = request(0).title.replace(/^Draft: /, "");
    expect((await reviewer("PUT", merged, { title })).status).toBe(200);
    expect((await developer("PUT", `${merged}/merge`)).status, "a developer cannot merge").toBe(401);
    expect((await reviewer("PUT", `${merged}/merge`)).body).toMatchObject({ state: "merged" });

    const close = { state_event: "close" };
    expect((await reviewer("PUT", `/merge_requests/${request(1).iid}`, close)).status).toBe(200);
    expect((await developer("PUT", `/merge_requests/${request(2).iid}`, close)).status).toBe(200);

    const clone = join(folder.path, "clone");
    const { branch, iid } = request(3);
    await git(folder.path, "clone", "-q", "-b", branch, gitlab.cloneUrl("developer-1"), clone);
    await git(clone, "commit", "-q", "--allow-empty", "-m", "Mine now");
    await git(clone, "push", "-q", "origin", branch);
    pushed = (await git(clone, "rev-parse", "HEAD")).trim();
    await serving.stop();

    next = await upOnce(state, fixture.options);
    // A further round: what is decided is decided once, and a note is left once.
    const later = await serve(state, fixture.options);
    const look = await later.gitlab.as("reviewer-1")("GET", `/merge_requests/${iid}/notes`);
    notes = look.body as unknown as typeof notes;
    heads = (await git(clone, "ls-remote", later.gitlab.cloneUrl("developer-1"), branch)).split(/\s/);
    await later.stop();
  }, 600_000);
  afterAll(() => folder.remove());

  it("began with four requests", () => {
    expect(opened.map(({ action }) => action)).toEqual(["opened", "opened", "opened", "opened"]);
  });

  it("a merge by a reviewer approves the proposals, with who merged and what stands there", async () => {
    expect(request(0).roles.length).toBeGreaterThan(0);
    for (const arn of request(0).roles) {
      const events = await historyOf(arn);
      expect(typesOf(events).filter((type) => type === "ProposalApproved")).toHaveLength(1);
      const proposal = events.find(({ type }) => type === "PolicyProposed");
      const approval = events.find(({ type }) => type === "ProposalApproved");
      expect(approval?.actor).toMatchObject({ kind: "person", name: "reviewer-1" });
      expect(approval?.data).toMatchObject({
        mergedBy: { username: "reviewer-1" },
        request: { iid: request(0).iid },
        policy: proposal?.data.policy,
        policyHash: proposal?.data.policyHash,
        struck: [],
        foreign: [],
      });
    }
  });

  it("a close by a reviewer rejects what was proposed, and it does not come back", async () => {
    for (const arn of request(1).roles) {
      const events = await historyOf(arn);
      const rejections = events.filter(({ type }) => type === "ProposalRejected");
      expect(rejections).toHaveLength(1);
      const proposal = events.find(({ type }) => type === "PolicyProposed");
      const added = proposal?.data.added as { action: string; resource: string }[];
      expect(rejections[0]?.data).toMatchObject({ closedBy: { username: "reviewer-1" } });
      const rejected = rejections[0]?.data.permissions as { action: string; resource: string }[];
      const name = ({ action, resource }: { action: string; resource: string }) => `${action} ${resource}`;
      expect(rejected.map(name).sort()).toEqual(added.map(name).sort());
    }
    const applications = next.summary.mergeRequests.map(({ application }) => application);
    expect(applications).not.toContain(request(1).application);
  });

  it("a close by a developer decides nothing: the request comes back with the next round", async () => {
    for (const arn of request(2).roles) {
      const types = typesOf(await historyOf(arn));
      expect(types).not.toContain("ProposalRejected");
      expect(types).not.toContain("ProposalApproved");
    }
    const back = next.summary.mergeRequests.find(({ application }) => application === request(2).application);
    expect(back).toMatchObject({ roles: request(2).roles, added: request(2).added });
  });

  it("a commit on the branch freezes the request: it stays as it is, with one note", () => {
    const frozen = next.summary.mergeRequests.find(({ iid }) => iid === request(3).iid);
    expect(frozen).toMatchObject({ action: "frozen" });
    expect(heads[0]).toBe(pushed);
    expect(notes.filter(({ body }) => body.includes("plp:frozen"))).toHaveLength(1);
  });

  it("every version of every role replays as it was written, merges among them", async () => {
    const { ProposalApproved, PolicyProposed = 0 } = await expectReplaysAsWritten(state);
    expect(ProposalApproved).toBe(request(0).roles.length);
    expect(PolicyProposed).toBeGreaterThan(request(0).roles.length);
  });

  it("nothing of it failed", () => {
    expect(next).toMatchObject({ code: 0, summary: { errors: [], deadLetters: 0 } });
  });
});
