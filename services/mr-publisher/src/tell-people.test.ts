import { transient } from "@plp/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "../../../packages/local-cloud/src/gitlab/test-gitlab.ts";
import { project, publisherWorld } from "../../../test/support/request-world.ts";
import { risk } from "./testing.ts";

let gitlab: TestGitlab;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  gitlab = await startTestGitlab(folder.path);
});
afterAll(async () => {
  await gitlab.stop();
  await folder.remove();
});

/** A chat that keeps what it is told; `fails` is thrown, before or after it was said. */
function chatOf() {
  const said: string[] = [];
  const chat = {
    said,
    fails: null as Error | null,
    diesAfter: false,
    async say(text: string) {
      if (chat.fails !== null) throw chat.fails;
      said.push(text);
      if (chat.diesAfter) throw new Error("the function died");
    },
  };
  return chat;
}

async function opened() {
  const world = publisherWorld(gitlab.url, gitlab.token);
  const chat = chatOf();
  await world.begin();
  await world.propose("sqs:ListQueues");
  await world.end();
  return { ...world, chat, publish: () => world.publish({ chat }) };
}

const question = { kind: "not-in-trail" as const, detail: "who called <!channel> @all?" };

describe("People are told", () => {
  it("once that a request waits for them, with its address", async () => {
    const world = await opened();
    for (let i = 0; i < 3; i++) await world.publish();
    const { iid, url } = await world.request();
    expect(world.chat.said).toEqual([
      `Waits for your decision: <${url}|!${iid} ${world.folder}: 1 new permission for prod>`,
    ]);
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened", "DecisionAnnounced"]);
  });

  it("again of a risk or a question that is new in it, and of nothing else", async () => {
    const world = await opened();
    await world.publish();
    await world.proposeOf("grow", { add: ["sqs:ListQueues", "sns:ListTopics"] });
    await world.publish();
    expect(world.chat.said).toHaveLength(1);
    const risks = [risk("iam-001", "high", "*"), risk("iam-002", "low", "*")];
    const asks = { risks, questions: [question] };
    await world.proposeOf("grow", { add: ["sqs:ListQueues"], more: asks });
    for (let i = 0; i < 2; i++) await world.publish();
    const { iid, url } = await world.request();
    expect(world.chat.said.slice(1)).toEqual([
      expect.stringMatching(/^Newly to decide in <.+\|!\d+ .+>: 1 risk and 1 question$/),
    ]);
    expect(world.chat.said[1]).toContain(`<${url}|!${iid} `);
  });

  it("again after a crash between telling and recording, and not a third time", async () => {
    const world = await opened();
    world.chat.diesAfter = true;
    await expect(world.publish()).rejects.toThrow("died");
    world.chat.diesAfter = false;
    for (let i = 0; i < 2; i++) await world.publish();
    expect(world.chat.said).toHaveLength(2);
  });

  it("later, where the chat does not answer: the request is open all the same", async () => {
    const world = await opened();
    world.chat.fails = transient("chat-unavailable", "the chat's web hook does not answer");
    await world.publish();
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened"]);
    world.chat.fails = null;
    await world.publish();
    expect(world.chat.said).toHaveLength(1);
  });

  it("nothing of what was decided meanwhile", async () => {
    const world = await opened();
    world.chat.fails = transient("chat-unavailable", "no");
    await world.publish();
    await gitlab.as("rita").MergeRequests.edit(project, (await world.request()).iid, { stateEvent: "close" });
    world.chat.fails = null;
    await world.publish();
    expect(world.chat.said).toEqual([]);
  });

  it("one by one of ten in a round, then with one summary of the rest, and anew in the next round", async () => {
    const world = await opened();
    await world.publish();
    const more = async (n: number) => {
      await world.proposeOf("grow", {
        add: ["sqs:ListQueues"],
        more: { questions: [{ ...question, detail: `question ${n}` }] },
      });
      await world.publish();
    };
    for (let n = 1; n <= 14; n += 1) await more(n);
    expect(world.chat.said).toHaveLength(11);
    expect(world.chat.said.at(-1)).toMatch(
      /^More requests of this round wait .*\/merge_requests\?state=opened\|/,
    );
    const how = (await world.events()).flatMap(({ type, data }) =>
      type === "DecisionAnnounced" ? [(data as { how: string }).how] : [],
    );
    expect(how.slice(9)).toEqual(["message", "summary", "none", "none", "none", "none"]);
    await world.begin();
    await world.end();
    await more(15);
    expect(world.chat.said).toHaveLength(12);
  });
});
