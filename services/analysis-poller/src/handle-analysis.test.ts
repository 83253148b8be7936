import {
  type Analysis,
  discoverRole,
  foldRole,
  foldRun,
  hoursOf,
  type RequestedAnalysis,
  type RoleEvent,
  type RunEvent,
  requestAnalysis,
  retireRole,
  roleStream,
  runId,
  runStream,
  service,
  startsLine,
} from "@plp/domain";
import { announcing, commit, memoryBlobStore, memoryEventStore } from "@plp/event-store";
import { parseSettings, permanent, silentLog, transient } from "@plp/runtime";
import { memoryUsageStore, memoryWaitingLine, UsageError } from "@plp/usage";
import { describe, expect, it } from "vitest";
import { handleAnalysis } from "./handle-analysis.ts";
import type { AnalysisPorts, Generation, GenerationResult, StartResult } from "./ports.ts";

const role = { arn: "arn:aws:iam::111122223333:role/ci/shop-prod", uniqueId: "AROAEXAMPLE" };
const accountId = "111122223333";
const start = Date.parse("2026-11-23T04:00:00.000Z");
const window = { from: "2026-11-23T00:00:00.000Z", to: "2026-11-23T03:00:00.000Z" };
const run = runId(role, window.to);
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sqs:ListQueues", Resource: "*" }],
});

interface Job extends Generation {
  readonly window: { from: string; to: string };
  readonly token: string;
  error: GenerationResult["error"];
}

/** An Access Analyzer whose jobs end when the test says so, and a run that was requested. */
async function begin(
  more: { analyzer?: string; requested?: Partial<RequestedAnalysis>; marked?: boolean } = {},
) {
  let now = start;
  const clock = { now: () => new Date(now) };
  const store = memoryEventStore({ clock });
  const blobs = memoryBlobStore();
  const usage = memoryUsageStore();
  const waiting = memoryWaitingLine(clock);
  const jobs: (Job & { status: Generation["status"] })[] = [];
  const sent: string[] = [];
  const measured: string[] = [];
  const started: string[] = [];
  let refusal: Exclude<StartResult, { kind: "started" }> | Error | null = null;
  let replyIsLost = false;

  let refused: string | null = null;
  const dying: typeof store = {
    ...store,
    append: async (stream, ...rest) => {
      if (refused !== null && stream.startsWith(refused)) throw new Error("crash");
      return store.append(stream, ...rest);
    },
  };

  const ports: AnalysisPorts = {
    store: dying,
    blobs,
    usage,
    waiting,
    analyzer: {
      list: async () => jobs,
      start: async (_, { principalArn, window: of, clientToken }) => {
        started.push(clientToken);
        if (refusal instanceof Error) throw refusal;
        if (refusal !== null) return refusal;
        const known = jobs.find(({ token }) => token === clientToken);
        const job = known?.job ?? `job-${jobs.length + 1}`;
        if (known === undefined)
          jobs.push({
            job,
            principalArn,
            status: "IN_PROGRESS",
            startedAt: clock.now().toISOString(),
            window: of,
            token: clientToken,
            error: null,
          });
        if (replyIsLost) throw transient("aws-TimeoutError", "no reply");
        return { kind: "started", job };
      },
      get: async (_, id) => {
        const job = jobs.find((one) => one.job === id);
        if (job === undefined) throw permanent("aws-ValidationException", "no such job");
        const ended = job.status !== "IN_PROGRESS";
        return {
          ...job,
          endedAt: ended ? clock.now().toISOString() : null,
          complete: false,
          policies: job.status === "SUCCEEDED" ? [policy] : [],
        };
      },
      cancel: async (_, id) => {
        for (const job of jobs) if (job.job === id) job.status = "CANCELED";
      },
    },
    lastAccessed: {
      services: async () => [{ service: "sqs", lastAuthenticated: "2026-11-23T01:00:00.000Z" }],
    },
    send: {
      merge: async (message) => {
        sent.push(`merge ${message.run}`);
      },
      publish: async ({ folder }) => {
        sent.push(`publish ${folder}`);
      },
    },
    settings: parseSettings({
      trail: { arn: `arn:aws:cloudtrail:eu-central-1:${accountId}:trail/organization`, bucket: "trail-logs" },
      roles: { reader: "plp-reader", analyzer_service_role: "plp-analyzer" },
      repositories: [{ url: "http://127.0.0.1:1", project: "iam/roles" }],
      analyzer: more.analyzer ?? "both",
    }),
    clock,
    metrics: { put: (name, value) => void measured.push(`${name} ${value}`) },
    log: silentLog,
  };
  const cause = {
    occurredAt: clock.now().toISOString(),
    actor: service("test"),
    correlationId: "round-1",
    causationId: "cause",
  };
  const requested: RequestedAnalysis = {
    role,
    application: { project: "iam/roles", folder: "shop" },
    environment: "prod",
    round: "round-1",
    window,
    lane: accountId,
    region: "eu-central-1",
    regions: ["eu-central-1"],
    idle: false,
    ...more.requested,
  };
  await commit<RoleEvent, ReturnType<typeof foldRole>>(store, {
    stream: roleStream(role),
    fold: foldRole,
    decide: (state) =>
      discoverRole(
        state,
        {
          scope: {
            application: { project: "iam/roles", folder: "shop", name: "shop" },
            environment: "prod",
            accountId,
            partition: "aws",
            region: "eu-central-1",
            regions: ["eu-central-1"],
            policyPath: "policies/prod.json",
            initialPolicyPath: null,
            permissionsBoundaryPath: null,
            protectedSids: [],
            generate: true,
            mode: "observe",
            retentionDays: null,
            quietDays: null,
          },
          commit: { sha: "c", author: null },
          previousUniqueId: null,
        },
        cause,
      ),
    commitId: "discover",
  });
  await commit<RunEvent, ReturnType<typeof foldRun>>(store, {
    stream: runStream(run),
    fold: foldRun,
    decide: (state) => requestAnalysis(state, requested, cause),
    commitId: "request",
  });
  const world = {
    ports,
    measured,
    waiting,
    jobs,
    sent,
    started,
    usage,
    look: () => handleAnalysis({ v: 1, type: "analysis", run }, ports),
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
    refuse: (how: typeof refusal) => {
      refusal = how;
    },
    loseReplies: (lost: boolean) => {
      replyIsLost = lost;
    },
    loseAppends: (to: string | null) => {
      refused = to;
    },
    retire: () =>
      commit<RoleEvent, ReturnType<typeof foldRole>>(store, {
        stream: roleStream(role),
        fold: foldRole,
        decide: (state) => retireRole(state, { reason: "gone", commit: { sha: "c", author: null } }, cause),
        commitId: "retire",
      }),
    state: async () => foldRun((await store.load<RunEvent>(runStream(run))).events),
    observed: async () => {
      const state = foldRole((await store.load<RoleEvent>(roleStream(role))).events);
      const found = state.observations.get(run);
      if (found === undefined) throw new Error("nothing was observed");
      const analysis = JSON.parse(Buffer.from(await blobs.get(found.evidence ?? "")).toString()) as Analysis;
      return { ...found, analysis };
    },
    mark: async (regions = ["eu-central-1", "us-east-1"], bad: { key: string; reason: string }[] = []) => {
      for (const region of regions)
        for (const hour of hoursOf(window))
          await usage.putHour(
            { accountId, region, hour, readAt: new Date(start).toISOString(), files: [], bad },
            [],
          );
    },
    end: (status: Generation["status"], error: GenerationResult["error"] = null, at = jobs.length - 1) => {
      const job = jobs[at];
      if (job !== undefined) Object.assign(job, { status, error });
    },
  };
  if (more.marked !== false) await world.mark();
  return world;
}

describe("A run of both analyzer and trail", () => {
  it("starts one generation, polls it by its plan, and sends what it found to the merger", async () => {
    const world = await begin();
    expect(await world.look()).toEqual({ kind: "wait", seconds: 30 });
    world.pass(30);
    expect(await world.look()).toEqual({ kind: "wait", seconds: 60 });
    world.pass(60);
    expect(await world.look()).toEqual({ kind: "wait", seconds: 120 });
    world.end("SUCCEEDED");
    expect(await world.look()).toEqual({ kind: "done" });
    expect(world.started).toHaveLength(1);
    expect(world.sent).toEqual([`merge ${run}`]);
    expect((await world.observed()).analysis).toMatchObject({
      generated: { policies: [policy], complete: false },
      trail: { permissions: [] },
      gaps: [],
    });
  });

  it("looked at again after its end sends again and records nothing", async () => {
    const world = await begin();
    await world.look();
    world.end("SUCCEEDED");
    await world.look();
    const before = await world.state();
    await world.look();
    expect(world.sent).toEqual([`merge ${run}`, `merge ${run}`]);
    expect(await world.state()).toEqual(before);
  });

  it("that comes again after a crash tells of the role's history too, to which that delivery had written", async () => {
    const world = await begin();
    await world.look();
    world.end("SUCCEEDED");
    await world.look();
    const told: string[] = [];
    const announce = async (streams: readonly string[]) => void told.push(...streams);
    await announcing(world.ports, { announce, isRepeat: true }, (noting) =>
      handleAnalysis({ v: 1, type: "analysis", run }, noting),
    );
    expect(told.sort()).toEqual([roleStream(role), runStream(run)].sort());
  });

  it("waits for somebody else's generation in the lane", async () => {
    const world = await begin();
    const other = {
      job: "theirs",
      principalArn: "arn:aws:iam::111122223333:role/other",
      token: "",
      error: null,
    };
    world.jobs.push({ ...other, status: "IN_PROGRESS", startedAt: new Date(start).toISOString(), window });
    expect(await world.look()).toEqual({ kind: "wait", seconds: 60 });
    expect(world.started).toEqual([]);
  });

  it.each([
    ["409", { kind: "busy" }, 60],
    ["402", { kind: "quota" }, 3600],
  ] as const)("waits when AWS answers %s, which is no failure", async (_, refusal, seconds) => {
    const world = await begin();
    world.refuse(refusal);
    expect(await world.look()).toEqual({ kind: "wait", seconds });
    expect((await world.state()).end).toBeNull();
    expect(world.measured).toEqual(refusal.kind === "quota" ? ["LaneWithoutQuota 1"] : []);
    world.refuse(null);
    await world.look();
    expect(new Set(world.started).size).toBe(1);
  });

  it("waits for the day's quota less the reserve, eleven hours at the most", async () => {
    const world = await begin();
    for (let i = 0; i < 45; i++) {
      const startedAt = new Date(start - 3600_000 - i * 60_000).toISOString();
      world.jobs.push({
        job: `old-${i}`,
        principalArn: "x",
        status: "CANCELED",
        startedAt,
        window,
        token: "",
        error: null,
      });
    }
    expect(await world.look()).toEqual({ kind: "wait", seconds: 39_600 });
    expect(world.measured).toEqual(["LaneWithoutQuota 1"]);
    world.pass(23 * 3600);
    expect(await world.look()).toEqual({ kind: "wait", seconds: 30 });
  });

  it("leaves a start to those of the lane who have waited longer, and is sent again on its day", async () => {
    const world = await begin();
    const line = startsLine(accountId, "eu-central-1");
    const other = (name: number) => ({ role: `other-${name}`, since: "0", run: `run-${name}` });
    for (let name = 0; name < 45; name += 1) await world.waiting.join(line, other(name));
    await world.waiting.join(line, { role: "mine", since: "2026-11-16T03:00:00.000Z", run });
    expect(await world.look()).toEqual({ kind: "done" });
    expect({ started: world.started, sent: world.sent }).toEqual({ started: [], sent: [] });
    expect((await world.state()).end).toBeNull();
    await world.waiting.leave(line, other(7));
    expect(await world.look()).toEqual({ kind: "wait", seconds: 30 });
    expect((await world.waiting.first(line, 99)).some((waiting) => waiting.run === run)).toBe(false);
  });

  it("is not kept from a start by those who wait in another Region of the account, whose quota is another", async () => {
    const world = await begin({ requested: { region: "af-south-1" } });
    const elsewhere = startsLine(accountId, "eu-central-1");
    for (let name = 0; name < 45; name += 1)
      await world.waiting.join(elsewhere, { role: `other-${name}`, since: "0", run: `run-${name}` });
    expect(await world.look()).toEqual({ kind: "wait", seconds: 30 });
  });

  it("adopts the generation that a crash or a lost reply left, instead of starting another", async () => {
    const world = await begin();
    world.loseReplies(true);
    await expect(world.look()).rejects.toMatchObject({ retryable: true });
    expect((await world.state()).parts[0]?.job).toBeNull();
    world.loseReplies(false);
    world.pass(30);
    expect(await world.look()).toEqual({ kind: "wait", seconds: 60 });
    expect((await world.state()).parts[0]?.job).toBe("job-1");
    expect(world.jobs).toHaveLength(1);
  });

  it("does not take an older generation of the same role for its own", async () => {
    const world = await begin();
    const older = { from: "2026-11-10T00:00:00.000Z", to: "2026-11-17T00:00:00.000Z" };
    const startedAt = new Date(start - 86_400_000 * 6).toISOString();
    world.jobs.push({
      job: "old",
      principalArn: role.arn,
      status: "SUCCEEDED",
      startedAt,
      window: older,
      token: "",
      error: null,
    });
    await world.look();
    expect((await world.state()).parts[0]?.job).toBe("job-2");
  });

  it("starts afresh a job that failed for quota or by AWS's fault, under a new token", async () => {
    for (const code of ["SERVICE_QUOTA_EXCEEDED_ERROR", "SERVICE_ERROR"]) {
      const world = await begin();
      await world.look();
      world.end("FAILED", { code, message: "Concurrent policy generations" });
      expect(await world.look()).toMatchObject({ kind: "wait" });
      expect(new Set(world.started).size).toBe(2);
      expect((await world.state()).parts[0]).toMatchObject({ job: "job-2", attempt: 2 });
    }
  });

  it("gives up after three faults of AWS, with a reason that people see", async () => {
    const world = await begin();
    for (let i = 0; i < 4; i++) {
      await world.look();
      world.end("FAILED", { code: "SERVICE_ERROR", message: "try later" });
    }
    await world.look();
    expect((await world.state()).end).toMatchObject({ kind: "failed", code: "analysis-service-error" });
    expect(world.sent.at(-1)).toBe("publish shop");
    expect(world.jobs).toHaveLength(3);
  });

  it("is halved when its window is too large, each half analysed in turn", async () => {
    const world = await begin();
    await world.look();
    world.end("FAILED", { code: "SERVICE_QUOTA_EXCEEDED_ERROR", message: "Too many CloudTrail files" });
    expect(await world.look()).toEqual({ kind: "wait", seconds: 1 });
    for (let i = 0; i < 2; i++) {
      expect(await world.look()).toEqual({ kind: "wait", seconds: 30 });
      world.end("SUCCEEDED");
    }
    expect(await world.look()).toEqual({ kind: "done" });
    expect(world.jobs.map((job) => [job.window.from, job.window.to])).toEqual([
      [window.from, window.to],
      [window.from, "2026-11-23T01:00:00.000Z"],
      ["2026-11-23T01:00:00.000Z", window.to],
    ]);
    expect((await world.observed()).analysis.generated?.policies).toHaveLength(2);
  });

  it("fails after six hours, when the job is seen cancelled", async () => {
    const world = await begin();
    await world.look();
    world.pass(6 * 3600 - 1);
    expect(await world.look()).toEqual({ kind: "wait", seconds: 600 });
    world.pass(1);
    expect(await world.look()).toEqual({ kind: "wait", seconds: 30 });
    expect(world.jobs[0]?.status).toBe("CANCELED");
    expect((await world.state()).end).toBeNull();
    expect(await world.look()).toEqual({ kind: "done" });
    expect((await world.state()).end).toMatchObject({ kind: "failed", code: "analysis-deadline" });
  });

  it("fails at once when somebody cancelled the job, or AWS may not read the trail", async () => {
    const canceled = await begin();
    await canceled.look();
    canceled.end("CANCELED");
    await canceled.look();
    expect((await canceled.state()).end).toMatchObject({ code: "analysis-canceled" });
    const refused = await begin();
    await refused.look();
    refused.end("FAILED", { code: "AUTHORIZATION_ERROR", message: "no access to the bucket" });
    await refused.look();
    expect((await refused.state()).end).toMatchObject({
      code: "analysis-authorization-error",
      reason: expect.stringContaining("no access to the bucket"),
    });
  });

  it("ends with a reason when AWS refuses for good, and is tried again when the fault may pass", async () => {
    const world = await begin();
    world.refuse(transient("aws-ThrottlingException", "slow down"));
    await expect(world.look()).rejects.toMatchObject({ code: "aws-ThrottlingException" });
    world.refuse(permanent("aws-AccessDeniedException", "may not start"));
    expect(await world.look()).toEqual({ kind: "done" });
    expect((await world.state()).end).toMatchObject({ kind: "failed", code: "aws-AccessDeniedException" });
    expect(world.sent).toEqual(["publish shop"]);
  });
});

describe("What the stores refuse for good", () => {
  it("ends the run with a reason instead of blocking its lane", async () => {
    const world = await begin({ analyzer: "trail" });
    world.usage.usageOf = async () => {
      throw new UsageError("usage-damaged", "an hour of 111122223333 is damaged");
    };
    expect(await world.look()).toEqual({ kind: "done" });
    expect((await world.state()).end).toMatchObject({
      kind: "failed",
      code: "usage-damaged",
      reason: "an hour of 111122223333 is damaged",
    });
    expect(world.sent).toEqual(["publish shop"]);
  });
});

describe("The trail of a window", () => {
  it("is waited for, at most 24 hours after the generation ended; what is missing then is a gap", async () => {
    const world = await begin({ marked: false });
    await world.mark(["us-east-1"]);
    await world.look();
    world.end("SUCCEEDED");
    expect(await world.look()).toEqual({ kind: "wait", seconds: 30 });
    expect((await world.state()).observed).toBeNull();
    const trailOnly = await begin({ marked: false, analyzer: "trail" });
    await trailOnly.mark(["us-east-1"]);
    trailOnly.pass(2 * 3600);
    expect(await trailOnly.look()).toEqual({ kind: "wait", seconds: 300 });
    trailOnly.pass(22 * 3600);
    expect(await trailOnly.look()).toEqual({ kind: "done" });
    expect(await trailOnly.observed()).toMatchObject({
      closed: true,
      analyzer: "trail",
      gaps: [
        {
          from: "2026-11-23T00:00:00.000Z",
          to: "2026-11-23T04:00:00.000Z",
          reason: "the trail of eu-central-1 was not read in time",
        },
      ],
    });
  });

  it("with files that could not be read has gaps that name them", async () => {
    const world = await begin({ marked: false, analyzer: "trail" });
    await world.mark(["us-east-1"]);
    await world.mark(["eu-central-1"], [{ key: "x.json.gz", reason: "not gzip" }]);
    await world.look();
    expect((await world.observed()).gaps).toMatchObject([{ reason: "x.json.gz: not gzip" }]);
  });

  it("is not asked of an account where only Access Analyzer answers", async () => {
    const world = await begin({ marked: false, analyzer: "access-analyzer" });
    await world.look();
    world.end("SUCCEEDED");
    expect(await world.look()).toEqual({ kind: "done" });
    expect((await world.observed()).analysis).toMatchObject({ trail: null, gaps: [] });
  });

  it("counts only what the role did in its own account", async () => {
    const world = await begin({ analyzer: "trail" });
    const used = {
      action: "sqs:ListQueues",
      resource: "*",
      condition: null,
      inferred: false,
      authorized: 2,
      failed: 0,
      denied: 0,
      deniedBy: null,
      first: window.from,
      last: window.from,
      examples: [],
    };
    const of = { region: "eu-central-1", hour: "2026-11-23T01", readAt: window.to, files: [], bad: [] };
    const usage = [{ roleArn: role.arn, permissions: [used], unmapped: [] }];
    await world.usage.putHour({ ...of, accountId }, usage);
    await world.usage.putHour({ ...of, accountId: "444455556666" }, usage);
    await world.look();
    expect((await world.observed()).counts).toMatchObject({ authorized: 2, permissions: 1 });
  });
});

describe("A run", () => {
  it("names the version of its own observation, also when the history went on before it was recorded", async () => {
    const world = await begin({ requested: { idle: true } });
    world.loseAppends("run#");
    await expect(world.look()).rejects.toThrow("crash");
    await world.retire();
    world.loseAppends(null);
    await world.look();
    const version = (await world.observed()).version;
    expect(version).toBe(2);
    expect((await world.state()).observed).toBe(version);
  });

  it("of an idle role costs no generation and closes its window", async () => {
    const world = await begin({ requested: { idle: true }, marked: false });
    expect(await world.look()).toEqual({ kind: "done" });
    expect(world.started).toEqual([]);
    expect(await world.observed()).toMatchObject({ closed: true, analyzer: "none", gaps: [] });
    expect(world.sent).toEqual([`merge ${run}`]);
  });
});
