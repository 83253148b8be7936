import { requestLine } from "@plp/domain";
import { memoryWaitingLine } from "@plp/usage";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "../../../packages/local-cloud/src/gitlab/test-gitlab.ts";
import { project, publisherWorld, settingsOf } from "../../../test/support/request-world.ts";

let gitlab: TestGitlab;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  gitlab = await startTestGitlab(folder.path);
});
afterEach(async () => {
  await gitlab.stop();
  await folder.remove();
});

/** Applications of one repository, of whose requests so many may wait for people at once. */
function repository(open: number | null) {
  const waiting = memoryWaitingLine({ now: () => new Date() });
  const settings = settingsOf({ limits: { open } });
  return {
    line: async () => (await waiting.first(requestLine(project), 99)).map(({ role }) => role),
    /** One with a proposal that was made so many hours after the first. */
    application: async (hours = 0) => {
      const world = publisherWorld(gitlab.url, gitlab.token, settings, waiting);
      world.pass(hours);
      await world.begin();
      await world.propose("sqs:ListQueues");
      await world.end();
      const decide = async (stateEvent: "close" | "reopen") => {
        const { iid } = await world.request();
        await gitlab.as("rita").MergeRequests.edit(project, iid, { stateEvent });
        await world.look();
      };
      const kinds = async () =>
        [...(await world.application()).requests.values()]
          .filter(({ status }) => status === "open")
          .map(({ kind }) => kind);
      return { ...world, decide, kinds };
    },
  };
}

describe("With a limit of open requests", () => {
  it("the others wait in a line, and after a decision that which waits longest is opened", async () => {
    const { application, line } = repository(2);
    const [first, second, late, early] = [
      await application(),
      await application(),
      await application(0.5),
      await application(0.1),
    ];
    for (const world of [first, second, late, early, late]) await world.publish();
    expect(await Promise.all([first, second, late, early].map((world) => world.kinds()))).toEqual([
      ["grow"],
      ["grow"],
      [],
      [],
    ]);
    expect(await line()).toEqual([
      `grow#app#${project}#${early.folder}`,
      `grow#app#${project}#${late.folder}`,
    ]);
    await first.decide("close");
    await late.publish();
    expect(await late.kinds()).toEqual([]);
    await early.publish();
    expect(await early.kinds()).toEqual(["grow"]);
    expect(await line()).toEqual([`grow#app#${project}#${late.folder}`]);
  });

  it("a decision has those that may come next looked at", async () => {
    const { application } = repository(1);
    const [open, next, last] = [await application(), await application(0.1), await application(0.2)];
    for (const world of [open, next, last]) await world.publish();
    const asked: string[] = [];
    const looking = open.publish({ asked: (message) => asked.push(message.folder) });
    await looking;
    expect(asked).toEqual([]);
    await open.decide("close");
    await open.publish({ asked: (message) => asked.push(message.folder) });
    expect(asked).toEqual([next.folder]);
  });

  it("what is urgent passes, and takes no place", async () => {
    const { application } = repository(1);
    const [open, other, third] = [await application(), await application(0.1), await application(0.2)];
    await open.publish();
    await other.proposeOf("asked", { add: ["iam:GetRole"] });
    await other.publish();
    expect(await other.kinds()).toEqual(["asked"]);
    await open.decide("close");
    await other.publish();
    expect((await other.kinds()).sort()).toEqual(["asked", "grow"]);
    await third.publish();
    expect(await third.kinds()).toEqual([]);
  });

  it("an open request is brought up to date however many are open", async () => {
    const { application } = repository(1);
    const world = await application();
    await world.publish();
    const { head } = await world.request();
    await world.proposeOf("grow", { add: ["sqs:ListQueues", "sns:ListTopics"] });
    await world.publish();
    expect((await world.request()).head).not.toBe(head);
  });

  it("who has nothing to propose any more leaves the line", async () => {
    const { application, line } = repository(1);
    const [open, gone] = [await application(), await application(0.1)];
    for (const world of [open, gone]) await world.publish();
    expect(await line()).toHaveLength(1);
    await gone.withdraw("nothing is left to change");
    await gone.publish();
    expect(await line()).toEqual([]);
  });
});

it("without a limit every request is opened", async () => {
  const { application, line } = repository(null);
  for (let n = 0; n < 12; n += 1) {
    const world = await application();
    await world.publish();
    expect(await world.kinds()).toEqual(["grow"]);
  }
  expect(await line()).toEqual([]);
});
