import {
  type ApplicationId,
  type Cause,
  commitId,
  type EnvironmentScope,
  foldRun,
  hoursOf,
  type PlannedRole,
  type RoleId,
  type RunEvent,
  type RunState,
  requestAnalysis,
  roleStream,
  runExpiry,
  runStream,
  startsLine,
  startsPerDay,
} from "@plp/domain";
import { commit, type EventStore } from "@plp/event-store";
import { analyzerFor } from "@plp/runtime";
import { type HourMark, NEVER } from "@plp/usage";
import type { DiscoveryPorts } from "./ports.ts";

/** IAM, STS, CloudFront, Route 53: global services log there (facts about CloudTrail's delivery). */
export const GLOBAL_REGION = "us-east-1";

/** Deliveries come minutes after the events; an hour read two hours after its beginning had them all. */
const SETTLED_AFTER = 2 * 3_600_000;

interface Planned {
  readonly scope: EnvironmentScope;
  readonly role: RoleId;
  readonly idle: boolean;
  /** Up to when it was analysed; null: never. */
  readonly closedTo: string | null;
}

/**
 * Requests and sends the runs of a plan whose turn it is: of an account and Region as many as may start in a day, the
 * longest unanalysed role first, whichever application it belongs to. The others wait in line, and the daily tick
 * comes back for them. Then the hours of the trail that nobody has read yet.
 */
export async function queueRuns(
  plan: readonly PlannedRole[],
  roles: readonly Planned[],
  look: { readonly place: ApplicationId; readonly round: string; readonly cause: Cause },
  ports: DiscoveryPorts,
): Promise<void> {
  const hours = new Set<string>();
  const next = await whoIsNext(plan, roles, ports);
  const oldestFirst = [...plan].sort((a, b) =>
    a.window.from < b.window.from ? -1 : a.window.from > b.window.from ? 1 : 0,
  );
  for (const planned of oldestFirst) {
    const role = roles.find((candidate) => roleStream(candidate.role) === roleStream(planned.role));
    const before = await loadRun(ports.store, planned.run);
    if (before.end !== null) continue;
    const { accountId } = planned;
    if (role === undefined) {
      // A delivery that was interrupted could still look at the role: what it asked for has to end all the same.
      if (before.requested !== null)
        await ports.send.analysis({ v: 1, type: "analysis", run: planned.run }, accountId);
      continue;
    }
    const analyzer = analyzerFor(ports.settings, accountId);
    if (needsStart(before, role, planned, ports) && !next.has(planned.run)) continue;
    await request(planned, role, look, ports);
    if (analyzer !== "access-analyzer" && !role.idle) {
      for (const hour of await unreadHours(planned, role.scope, ports)) hours.add(hour);
    }
    await ports.send.analysis({ v: 1, type: "analysis", run: planned.run }, accountId);
  }
  await ports.send.trail(
    [...hours].sort().map((key) => {
      const [accountId = "", region = "", hour = ""] = key.split(" ");
      return { v: 1, type: "trail", accountId, region, hour };
    }),
  );
}

/** Everybody of the plan who needs a start joins the line for it; those are next who are among its first. */
async function whoIsNext(
  plan: readonly PlannedRole[],
  roles: readonly Planned[],
  ports: DiscoveryPorts,
): Promise<ReadonlySet<string>> {
  const allowed = new Map<string, number>();
  for (const planned of plan) {
    const known = roles.find((candidate) => roleStream(candidate.role) === roleStream(planned.role));
    const { run, accountId, region } = planned;
    if (known === undefined || !needsStart(await loadRun(ports.store, run), known, planned, ports)) continue;
    const line = startsLine(accountId, region);
    await ports.waiting.join(line, {
      role: roleStream(planned.role),
      since: known.closedTo ?? NEVER,
      run,
    });
    allowed.set(line, startsPerDay(region));
  }
  const next = new Set<string>();
  for (const [line, count] of allowed)
    for (const { run } of await ports.waiting.first(line, count)) next.add(run);
  return next;
}

/** Access Analyzer has to generate for this run, and was not asked to yet. */
export function needsStart(
  run: RunState,
  { idle }: Planned,
  { accountId }: PlannedRole,
  { settings }: DiscoveryPorts,
): boolean {
  const generates = analyzerFor(settings, accountId) !== "trail" && !(run.requested?.idle ?? idle);
  return generates && run.end === null && run.observed === null && run.parts.every(({ job }) => job === null);
}

/** The run's state; an empty one where the run has not begun or was forgotten. */
export async function loadRun(store: EventStore, run: string): Promise<RunState> {
  return foldRun((await store.load<RunEvent>(runStream(run))).events);
}

/** RoleLastUsed before the last closed window: there is nothing to analyse. It lags by hours, hence the day. */
export function isIdle(lastUsed: string | null, closedTo: string | null): boolean {
  if (closedTo === null) return false;
  const DAY = 86_400_000;
  return lastUsed === null || Date.parse(lastUsed) < Date.parse(closedTo) - DAY;
}

async function request(
  planned: PlannedRole,
  { scope, idle }: Planned,
  look: { readonly place: ApplicationId; readonly round: string; readonly cause: Cause },
  ports: DiscoveryPorts,
): Promise<void> {
  const stream = runStream(planned.run);
  const { role, environment, accountId, region, window } = planned;
  const { regions } = scope;
  await commit<RunEvent, RunState>(ports.store, {
    stream,
    fold: foldRun,
    decide: (current) =>
      requestAnalysis(
        current,
        {
          role,
          application: look.place,
          environment,
          round: look.round,
          window,
          lane: accountId,
          region,
          regions,
          idle,
        },
        look.cause,
      ),
    commitId: commitId(look.cause.causationId, stream, "request"),
    ttl: runExpiry(new Date(look.cause.occurredAt)),
  });
}

/** Read whole, and late enough after its end that nothing more is to be expected. */
function isSettled({ hour, readAt, bad }: HourMark): boolean {
  return bad.length === 0 && Date.parse(readAt) >= Date.parse(`${hour}:00:00Z`) + SETTLED_AFTER;
}

async function unreadHours(
  planned: PlannedRole,
  scope: EnvironmentScope,
  ports: DiscoveryPorts,
): Promise<string[]> {
  const wanted = hoursOf(planned.window);
  const [first = "", last = ""] = [wanted[0], wanted.at(-1)];
  const unread: string[] = [];
  for (const region of new Set([...scope.regions, GLOBAL_REGION])) {
    const marks = await ports.usage.marks(planned.accountId, region, first, last);
    const read = new Set(marks.filter(isSettled).map((mark) => mark.hour));
    unread.push(
      ...wanted.filter((hour) => !read.has(hour)).map((hour) => `${planned.accountId} ${region} ${hour}`),
    );
  }
  return unread;
}
