import { describe, expect, it } from "vitest";
import { causeAt, history } from "../testing.ts";
import { commandsIn, giveCommand } from "./commands.ts";
import { closeRequest, freezeRequest, openedRequest } from "./decide.ts";
import type { ApplicationEvent, GivenCommand } from "./events.ts";
import { type ApplicationState, foldApplication } from "./fold.ts";
import { recordApply, recordPlan } from "./pipelines.ts";

const at = causeAt("2026-11-23T04:00:00.000Z");
const rita = { id: 8, username: "rita" };

describe("The commands of a note", () => {
  const named = (text: string) => commandsIn(text).map(({ name, argument }) => [name, argument]);

  it("are its lines that begin with /plp, each with a number", () => {
    expect(commandsIn("Thanks!\n/plp reconsider s3:GetObject\r\n/plp UPDATE\n")).toEqual([
      { line: 1, name: "reconsider", argument: "s3:GetObject" },
      { line: 2, name: "update", argument: null },
    ]);
  });

  it("are unknown where the word is, or where more stands there than one word", () => {
    expect(named("/plp")).toEqual([["unknown", null]]);
    expect(named("/plp destroy everything")).toEqual([["unknown", null]]);
    expect(named("/plp reconsider s3:GetObject and more")).toEqual([["unknown", null]]);
  });

  it("are none in code, quotes, the middle of a line or a longer word", () => {
    const texts = [
      "```\n/plp update\n```",
      "> /plp update",
      "please /plp update",
      "/plpupdate",
      " /plp update",
    ];
    for (const text of texts) expect(named(text), text).toEqual([]);
    expect(named("~~~\n```\n/plp update\n~~~\n/plp help")).toEqual([["help", null]]);
  });

  it("are at most twenty, and never longer than an action", () => {
    expect(commandsIn("/plp help\n".repeat(50))).toHaveLength(20);
    expect(commandsIn(`/plp reconsider ${"x".repeat(5000)}`)[0]?.argument).toHaveLength(200);
  });
});

const opened = () =>
  history<ApplicationEvent, ApplicationState>(foldApplication).when((state) =>
    openedRequest(
      state,
      {
        ...{ kind: "grow", iid: 7, url: "http://gitlab/7", branch: "plp-grow/shop-12345678" },
        ...{ head: "h1", base: "c1", title: "Draft: shop", description: "d1", roles: [] },
      },
      at,
    ),
  );
const given: GivenCommand = {
  ...{ kind: "grow", iid: 7, note: 900, line: 1, name: "help", argument: null, by: rita, refused: null },
};

describe("A command", () => {
  it("given twice is recorded once, and another one of the same note is another", () => {
    const after = opened().when((state) => giveCommand(state, given, at));
    expect(after.last).toMatchObject([{ type: "CommandGiven", data: { name: "help" } }]);
    expect(after.when((state) => giveCommand(state, given, at)).last).toEqual([]);
    expect(after.when((state) => giveCommand(state, { ...given, line: 2 }, at)).last).toHaveLength(1);
  });

  it("to update makes a frozen request ours again until people take it over anew", () => {
    const givenUp = { head: "theirs", approvedBy: [8] };
    const freeze = (state: ApplicationState) =>
      freezeRequest(state, { iid: 7, why: "foreign-commit", by: null }, at);
    const after = opened()
      .when(freeze)
      .when((state) => giveCommand(state, { ...given, name: "update", givenUp }, at));
    expect(after.state.requests.get(7)).toMatchObject({
      ...{ status: "open", frozen: null, givenUp: { ...givenUp, note: 900 } },
    });
    expect(after.when(freeze).state.requests.get(7)).toMatchObject({ status: "frozen", givenUp: null });
  });
});

describe("A command to update that comes too late", () => {
  it("is recorded as such: what people decided meanwhile stands", () => {
    const givenUp = { head: "theirs", approvedBy: [] };
    const closed = opened().when((state) =>
      closeRequest(state, { iid: 7, closedBy: rita, closedAt: at.occurredAt, decision: true }, at),
    );
    const after = closed.when((state) => giveCommand(state, { ...given, name: "update", givenUp }, at));
    expect(after.last).toMatchObject([{ data: { refused: "not-open" } }]);
    expect(after.state.requests.get(7)).toMatchObject({ status: "closed", givenUp: null });
  });
});

describe("A job of a pipeline", () => {
  const job = {
    ...{ pipeline: 60, job: 61, url: "http://gitlab/jobs/61", commit: "c2", result: "succeeded" as const },
    finishedAt: "2026-11-23T05:00:00.000Z",
  };
  const plan = { ...job, kind: "grow" as const, iid: 7, changes: { create: 1, update: 0, delete: 0 } };

  it("that planned a request is recorded once, and none of a request that nobody knows", () => {
    const record = (state: ApplicationState) => recordPlan(state, plan, at);
    const after = opened().when(record);
    expect(after.state.requests.get(7)?.plan).toEqual(plan);
    expect(after.when(record).last).toEqual([]);
    expect(opened().when((state) => recordPlan(state, { ...plan, iid: 8 }, at)).last).toEqual([]);
  });

  it("that applied the folder is recorded once, also when it failed", () => {
    const record = (state: ApplicationState) =>
      recordApply(state, { ...job, result: "failed", startedBy: rita }, at);
    const after = opened().when(record);
    expect(after.last).toMatchObject([
      { type: "ApplyRecorded", data: { result: "failed", startedBy: rita } },
    ]);
    expect(after.when(record).last).toEqual([]);
  });
});
