import type { ReviewsMessage } from "@plp/messaging";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "../../../packages/local-cloud/src/gitlab/test-gitlab.ts";
import { project, publisherWorld } from "../../../test/support/request-world.ts";

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

/** What people decided. Whether a request was frozen meanwhile is known only to who looked at that moment. */
const DECISIONS = ["CommandGiven", "RequestMerged", "ProposalApproved"];

interface Delivery {
  /** What GitLab tells at once, each thing as it happens. */
  readonly atOnce: (told: readonly ReviewsMessage[]) => readonly ReviewsMessage[];
  /** And what it tells when all of it is over. */
  readonly afterwards: (told: readonly ReviewsMessage[]) => readonly ReviewsMessage[];
}

const all = <T>(told: readonly T[]) => told;
const none = () => [];
const deliveries: Readonly<Record<string, Delivery>> = {
  "in time": { atOnce: all, afterwards: none },
  twice: { atOnce: (told) => [...told, ...told], afterwards: all },
  late: { atOnce: none, afterwards: all },
  reversed: { atOnce: none, afterwards: (told) => [...told].reverse() },
};

/** A reviewer asks for help, strikes a line, marks the request ready and merges it; then everything is polled once. */
async function storyWith({ atOnce, afterwards }: Delivery) {
  const world = publisherWorld(gitlab.url, gitlab.token);
  await world.round("sqs:ListQueues", "sns:ListTopics");
  const { iid, branch } = await world.request();
  const { MergeRequestNotes, MergeRequests, Commits } = gitlab.as("rita");
  const request: ReviewsMessage = { v: 1, type: "request", project, iid };
  const told: ReviewsMessage[] = [];
  const hook = async (message: ReviewsMessage) => {
    told.push(message);
    for (const one of atOnce([message])) await world.review(one);
  };
  await MergeRequestNotes.create(project, iid, "/plp help");
  await hook(request);
  const [before, file] = [await world.gitlab.branch(branch), await world.gitlab.file(world.path, branch)];
  const actions = [
    {
      action: "update" as const,
      filePath: world.path,
      content: without("sqs:ListQueues", file?.content ?? ""),
    },
  ];
  const { id: after } = await Commits.create(project, branch, "Not the queues", actions);
  await hook({ v: 1, type: "push", project, branch, before: before ?? "", after });
  const { title } = await world.gitlab.get(iid);
  await MergeRequests.edit(project, iid, { title: title.replace(/^Draft: /, "") });
  await hook(request);
  await MergeRequests.merge(project, iid);
  await hook(request);
  for (const message of afterwards(told)) await world.review(message);
  await world.review({ v: 1, type: "poll", project, at: new Date().toISOString() });
  const events = [...(await world.events()), ...(await world.roleEvents())];
  return events
    .filter(({ type }) => DECISIONS.includes(type))
    .map(({ type, data, actor }) => ({
      type,
      by: actor.name,
      ...decided(data as Readonly<Record<string, unknown>>),
    }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** The policy without an action; a statement that had no other goes with it. */
function without(action: string, text: string): string {
  const policy = JSON.parse(text) as { Statement: { Action: string[] }[] };
  const Statement = policy.Statement.map((one) => ({
    ...one,
    Action: one.Action.filter((other) => other !== action),
  })).filter(({ Action }) => Action.length > 0);
  return `${JSON.stringify({ ...policy, Statement }, null, 2)}\n`;
}

function decided({ name, struck, foreign, policyHash }: Readonly<Record<string, unknown>>) {
  return { name, struck, foreign, policyHash };
}

describe("What a reviewer decided", () => {
  it("is in the history once, and is the same, however and whether at all GitLab's hooks told of it", async () => {
    const never = await storyWith({ atOnce: none, afterwards: none });
    expect(never).toMatchObject([
      { type: "CommandGiven", by: "rita", name: "help" },
      { type: "ProposalApproved", by: "rita", struck: [{ action: "sqs:ListQueues" }], foreign: [] },
      { type: "RequestMerged" },
    ]);
    for (const [how, delivery] of Object.entries(deliveries))
      expect(await storyWith(delivery), how).toEqual(never);
  });
});
