import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ReviewsMessage } from "@plp/messaging";
import { reviewsMessage } from "@plp/messaging";
import { type Log, silentLog } from "@plp/runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { needsSharedData, sharedData } from "../../../test/shared-data.ts";
import { skipUnless } from "../../../test/support/skip.ts";
import { handleHook } from "./handle-hook.ts";

const [current, former] = ["the-present-secret-of-hooks", "the-former-secret-of-hooks"];

/** Takes one delivery. */
async function deliver(
  body: unknown,
  more: { token?: string | undefined; projects?: readonly string[]; broken?: boolean } = {},
) {
  const sent: ReviewsMessage[] = [];
  const lines: unknown[] = [];
  const log: Log = { ...silentLog, error: (...line) => void lines.push(line) };
  const status = await handleHook(
    {
      token: "token" in more ? more.token : current,
      body: typeof body === "string" ? body : JSON.stringify(body),
    },
    {
      secrets: [current, former],
      projects: more.projects ?? ["iam/roles"],
      log,
      send: {
        reviews: async (message) => {
          if (more.broken) throw new Error("the queue is down");
          sent.push(message);
        },
      },
    },
  );
  return { status, sent, lines };
}

const project = { id: 42, path_with_namespace: "iam/roles" };
const merged = { object_kind: "merge_request", project, object_attributes: { iid: 7, action: "merge" } };

describe("A web hook", () => {
  it("with the present or the former secret is sent on as a look", async () => {
    const look = { v: 1, type: "request", project: "iam/roles", iid: 7 };
    for (const token of [current, former])
      expect(await deliver(merged, { token })).toMatchObject({ status: 200, sent: [look] });
  });

  it("with a wrong token, an empty one, or none, is 401 and leaves nothing", async () => {
    for (const token of [undefined, "", "wrong", `${current} `, current.slice(1), `${current} ${former}`]) {
      expect(await deliver(merged, { token }), String(token)).toEqual({ status: 401, sent: [], lines: [] });
      expect(await deliver("not json", { token })).toMatchObject({ status: 401, sent: [] });
    }
  });

  it("of a note or a push says where to look, and nothing of what happened", async () => {
    const note = {
      object_kind: "note",
      project,
      merge_request: { iid: 8 },
      object_attributes: { note: "/plp x" },
    };
    expect((await deliver(note)).sent).toEqual([{ v: 1, type: "request", project: "iam/roles", iid: 8 }]);
    const [before, after] = ["a".repeat(40), "b".repeat(40)];
    const push = { object_kind: "push", project, ref: "refs/heads/main", before, after, user_name: "x" };
    expect((await deliver(push)).sent).toEqual([
      { v: 1, type: "push", project: "iam/roles", branch: "main", before, after },
    ]);
  });

  it("of a pipeline or a job says which pipeline to look at", async () => {
    const look = { v: 1, type: "pipeline", project: "iam/roles", pipeline: 31 };
    const pipeline = { object_kind: "pipeline", project, object_attributes: { id: 31, status: "success" } };
    expect((await deliver(pipeline)).sent).toEqual([look]);
    const build = { object_kind: "build", project_id: 42, pipeline_id: 31, build_name: "apply" };
    expect((await deliver(build)).sent).toEqual([look]);
    expect((await deliver({ ...build, project })).sent).toEqual([look]);
    // A number alone does not say which of several paths is meant; the poll finds what it told.
    expect((await deliver(build, { projects: ["iam/roles", "iam/more"] })).sent).toEqual([]);
    expect((await deliver(build, { projects: ["iam/roles", "42"] })).sent).toMatchObject([{ project: "42" }]);
    expect((await deliver(build, { projects: ["43"] })).sent).toEqual([]);
  });

  it("finds its project by path, whatever the case, or by number; another project's is 200 and nothing else", async () => {
    expect((await deliver(merged, { projects: ["x/y", "IAM/Roles"] })).sent).toHaveLength(1);
    expect((await deliver(merged, { projects: ["42"] })).sent).toMatchObject([{ project: "42" }]);
    expect(await deliver(merged, { projects: ["4", "iam/rolesx"] })).toMatchObject({ status: 200, sent: [] });
  });

  it("of any other kind or shape is 200 and nothing else", async () => {
    const shapes: unknown[] = [
      "",
      "not json",
      "[]",
      "null",
      { object_kind: "wiki_page", project },
      { object_kind: "merge_request", project, object_attributes: { iid: "7" } },
      { object_kind: "merge_request", object_attributes: { iid: 7 } },
      { object_kind: "note", project, issue: { iid: 8 } },
      { object_kind: "push", project, ref: "refs/tags/v1", before: "a".repeat(40), after: "b".repeat(40) },
      { object_kind: "push", project, ref: "refs/heads/main", before: "x; rm -rf", after: "b" },
    ];
    for (const shape of shapes)
      expect(await deliver(shape), JSON.stringify(shape)).toEqual({ status: 200, sent: [], lines: [] });
  });

  it("that cannot be sent on is 200 all the same: it is logged, and the poll finds what it told", async () => {
    const { status, lines } = await deliver(merged, { broken: true });
    expect(status).toBe(200);
    expect(lines).toHaveLength(1);
  });

  it("of any JSON at all is answered, and sends at most one message that its queue understands", async () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record({
        object_kind: fc.constantFrom("merge_request", "note", "push", "pipeline", "build"),
        project: fc.oneof(fc.constant(project), fc.jsonValue()),
        object_attributes: fc.oneof(
          fc.record({ iid: fc.oneof(fc.integer(), fc.jsonValue()), id: fc.integer() }),
          fc.jsonValue(),
        ),
        project_id: fc.oneof(fc.integer(), fc.jsonValue()),
        pipeline_id: fc.oneof(fc.integer(), fc.jsonValue()),
        merge_request: fc.oneof(fc.record({ iid: fc.integer() }), fc.jsonValue()),
        ref: fc.oneof(
          fc.string().map((name) => `refs/heads/${name}`),
          fc.string(),
        ),
        before: fc.oneof(fc.constant("a".repeat(40)), fc.string()),
        after: fc.constant("b".repeat(40)),
      }),
    );
    await fc.assert(
      fc.asyncProperty(value, async (body) => {
        const { status, sent } = await deliver(body);
        expect(status).toBe(200);
        for (const message of sent) expect(reviewsMessage.safeParse(message).success).toBe(true);
      }),
    );
  });
});

skipUnless(needsSharedData("gitlab"))("GitLab's recorded payloads", () => {
  const folders = ["go-gitlab/testdata/webhooks", "go-scm/scm/driver/gitlab/testdata/webhooks"];
  const payloads = folders.flatMap((folder) => {
    const path = sharedData("gitlab", folder) ?? "";
    const files = readdirSync(path).filter((name) => name.endsWith(".json"));
    return files.map((name) => ({ name: `${folder}/${name}`, text: readFileSync(join(path, name), "utf8") }));
  });
  const projectOf = (text: string): string => {
    const { project: found } = JSON.parse(text) as { project?: { path_with_namespace?: string } };
    return found?.path_with_namespace ?? "iam/roles";
  };
  const says = async (text: string) => (await deliver(text, { projects: [projectOf(text)] })).sent[0] ?? null;
  const named = (part: string) => payloads.filter(({ name }) => name.includes(part));

  it("are many, of two sources", () => {
    for (const folder of folders) expect(named(folder).length, folder).toBeGreaterThan(15);
  });

  it.each(payloads)("$name is 200, and 401 with nothing else for a wrong token", async ({ text }) => {
    expect((await deliver(text, { projects: [projectOf(text)] })).status).toBe(200);
    expect(await deliver(text, { token: "wrong", projects: [projectOf(text)] })).toMatchObject({
      ...{ status: 401, sent: [] },
    });
  });

  it("of merge requests, their notes and pushes are looks", async () => {
    const looks = await Promise.all(
      [
        "gitlab/testdata/webhooks/merge_request",
        "note_merge_request",
        "pull_request_merge.json",
        "pull_request_close",
      ]
        .flatMap(named)
        .map(({ text }) => says(text)),
    );
    expect(looks.map((look) => look?.type)).toEqual(Array(looks.length).fill("request"));
    const pushes = await Promise.all(
      ["webhooks/push.json", "push_merge.json"].flatMap(named).map(({ text }) => says(text)),
    );
    expect(pushes.map((look) => look?.type)).toEqual(["push", "push", "push"]);
  });

  it("of pipelines and jobs are looks at the pipeline", async () => {
    const found = ["webhooks/pipeline", "webhooks/build", "webhooks/job", "pipeline_"].flatMap(named);
    const looks = (await Promise.all(found.map(({ text }) => says(text)))).filter((look) => look !== null);
    expect(looks.length).toBeGreaterThan(1);
    expect(new Set(looks.map(({ type }) => type))).toEqual(new Set(["pipeline"]));
  });

  it("of issues, tags, releases, members and the like are nothing", async () => {
    for (const part of [
      "webhooks/issue",
      "tag_",
      "release",
      "member",
      "wiki",
      "feature_flag",
      "note_issue",
      "note_commit",
      "deployment",
    ])
      for (const { name, text } of named(part)) expect(await says(text), name).toBeNull();
  });
});
