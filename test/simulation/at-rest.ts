import { anchorsOf, type IndexItem, indexStream, memoryIndexTable, verifyHistory } from "@plp/audit";
import type { PlannedRound, Window } from "@plp/domain";
import { type Permission, parsePolicy, permissionKey, permissionsOf, policyHash } from "@plp/iam-policy";
import { areRunsOver, plannedIn } from "./at-quiet.ts";
import { SECRET } from "./calls.ts";
import { takenBack } from "./check-writes.ts";
import { PEOPLE } from "./gitlab.ts";
import { factsOf, openProposal } from "./history.ts";
import { HOUR, type SimulatedRole } from "./organization.ts";
import type { World } from "./world.ts";

/** What must hold when faults and people have stopped, a round has gone by, and nothing moves any more. */
export async function checkAtRest(world: World): Promise<void> {
  await checkStore(world);
  await checkIndex(world);
  checkQueues(world);
  const last = `round-${world.organization.rounds.length + 1}`;
  for (const { folder } of world.organization.folders)
    if (plannedIn(world, folder)?.round !== last) world.violate(`${last} was never planned for ${folder}`);
  if (!areRunsOver(world)) world.violate("a run of the last round has not ended");
  checkFailures(world);
  checkJobs(world);
  checkRequests(world);
  checkTold(world);
  checkCommands(world);
  checkApplies(world);
  for (const role of world.organization.roles) {
    checkRole(world, role);
    if (role.generate) checkReading(world, role, last);
  }
}

/** Replay gives what was acknowledged, the chain and its anchors are whole, no secret is in it. */
async function checkStore({ store, blobs, checkpoints, history, clock, violate }: World): Promise<void> {
  const { anchors, broken } = await anchorsOf(checkpoints);
  const ports = { scan: store, blobs, now: clock.now() };
  const verified = await verifyHistory(store.streams(), anchors, ports);
  for (const { stream, version, reason } of [...broken, ...verified.broken])
    violate(`${stream} is broken at ${version}: ${reason}`);
  for (const [stream, written] of history.streams) {
    const { events } = await store.load(stream);
    const [now, then] = [JSON.stringify(events), JSON.stringify(written)];
    if (now !== then) violate(`${stream} replays other events than were acknowledged`);
    if (now.includes(SECRET)) violate(`a secret in ${stream}`);
  }
}

/** The index is what the events make of it, whoever wrote it, however often. */
async function checkIndex({ store, index, history, clock, violate }: World): Promise<void> {
  const remade = memoryIndexTable(clock);
  for (const stream of history.streams.keys())
    await indexStream(stream, { store, index: remade }, { fromStart: true });
  const textOf = ({ pk, sk, v, x }: IndexItem) => `${pk} ${sk} ${v ?? ""} ${x}`;
  const [live, made] = [index, remade].map((table) => new Set(table.items().map(textOf)));
  for (const text of made ?? []) if (live?.has(text) !== true) violate(`not in the index: ${text}`);
  for (const text of live ?? [])
    if (made?.has(text) !== true && !text.startsWith("index#newest"))
      violate(`in the index, and no event says so: ${text}`);
}

function checkQueues({ queues, deadLetters, violate }: World): void {
  for (const queue of Object.values(queues))
    for (const { body } of queue.peek()) violate(`${queue.name} still holds ${body}`);
  for (const queue of Object.values(deadLetters)) {
    for (const { body, attributes } of queue.peek())
      if (!body.includes("poison"))
        violate(`dead letter in ${queue.name}: ${body} ${JSON.stringify(attributes)}`);
  }
}

/** A run fails for a reason that the outside really gave. */
function checkFailures({ history, analyzer, violate }: World): void {
  for (const [stream, events] of history.streams) {
    const failed = events.find(({ type }) => type === "AnalysisFailed" || type === "MergeFailed");
    if (failed === undefined) continue;
    const { code, reason } = failed.data as { code: string; reason: string };
    const jobs = events.flatMap((event) => analyzer.jobs.get(factsOf(event).job ?? "") ?? []);
    const isTrue: Readonly<Record<string, boolean>> = {
      "analysis-authorization-error": jobs.some(
        ({ end }) => end !== "SUCCEEDED" && end.code.startsWith("AUTHOR"),
      ),
      "analysis-service-error": jobs.filter(({ end }) => end !== "SUCCEEDED").length >= 3,
      "analysis-deadline": jobs.some(({ canceledAt }) => canceledAt !== null),
      "analysis-canceled": jobs.some(({ canceledBy }) => canceledBy.people),
    };
    if (isTrue[code] !== true) violate(`${stream} failed without cause: ${code}: ${reason}`);
  }
}

/** Every generation that we started is the recorded job of one part and attempt. */
function checkJobs({ history, analyzer, violate }: World): void {
  const recorded = new Set<string>();
  for (const [stream, events] of history.streams)
    if (stream.startsWith("run#")) for (const event of events) recorded.add(factsOf(event).job ?? "");
  for (const job of analyzer.jobs.values())
    if (job.ours && !recorded.has(job.id))
      violate(`nobody knows of ${job.id}, which was started for ${job.principalArn}`);
}

/** A folder's branches: the first, and the numbered ones beside it. */
const familyOf = (branch: string) => branch.replace(/(-[0-9a-f]{8})-\d+$/, "$1");

interface Command {
  readonly note: number;
  readonly line: number;
  readonly name: string;
  readonly refused: string | null;
  readonly by: { readonly id: number };
}

/** Every command that somebody gave was recorded, and its note answered. */
function checkCommands({ organization, history, gitlab, violate }: World): void {
  const given = organization.folders
    .flatMap(({ folder }) => history.of(`app#platform/iam#${folder}`))
    .filter(({ type }) => type === "CommandGiven")
    .map(({ data }) => data as Command);
  for (const { iid, said, notes } of gitlab.requests.values()) {
    for (const { id, body } of said) {
      const lines = body.split("\n").filter((line) => line.startsWith("/plp")).length;
      const recorded = given.filter(({ note }) => note === id);
      if (recorded.length !== lines)
        violate(`note ${id} of !${iid} has ${lines} commands, and ${recorded.length} are recorded`);
      if (lines > 0 && !notes.has(`answer-${id}`)) violate(`note ${id} of !${iid} has no answer`);
    }
  }
  for (const { note, line, name, refused, by } of given) {
    if (given.filter((other) => other.note === note && other.line === line).length > 1)
      violate(`command ${line} of note ${note} was carried out twice`);
    if (name !== "help" && refused === null && !PEOPLE.some(({ id, reviewer }) => reviewer && id === by.id))
      violate(`${name} of note ${note} was carried out for ${by.id}, who does not decide`);
  }
}

/** Every apply that ended is recorded in the folders that it touched, and in their roles what AWS has then. */
function checkApplies({ organization, deployment, history, gitlab, violate }: World): void {
  for (const pipeline of deployment.pipelines.values()) {
    const { apply, sha, before } = pipeline;
    if (apply.at === null) continue;
    for (const folder of deployment.foldersIn(deployment.changed(before ?? sha, sha))) {
      const events = history.of(`app#platform/iam#${folder}`);
      const [planned] = events;
      if (planned === undefined || Date.parse(planned.occurredAt) > apply.at) continue;
      const job = deployment.jobOf(pipeline).id;
      const recorded = events.filter(
        ({ type, data }) => type === "ApplyRecorded" && (data as { job: number }).job === job,
      );
      if (recorded.length !== 1) violate(`apply ${job} of ${folder} is recorded ${recorded.length} times`);
    }
  }
  for (const role of organization.roles) {
    for (const event of history.of(`role#${role.arn}#${role.uniqueId}`)) {
      if (event.type !== "PolicyApplied") continue;
      const { commit, policyHash: hash } = event.data as { commit: string; policyHash: string };
      if (hash !== hashOf(gitlab.git.commit(commit).tree.get(role.path)))
        violate(`${role.arn}: applied at version ${event.version} is not what stands at its commit`);
    }
  }
}

/** The last round's reading of a role says what AWS really has. */
function checkReading(world: World, role: SimulatedRole, round: string): void {
  const { history, deployment, gitlab, violate } = world;
  const events = history.of(`role#${role.arn}#${role.uniqueId}`);
  const last = events.findLast(({ type }) => type === "PolicyObserved");
  const reading = last?.data as
    | {
        after: { round?: string };
        generated: { policyHash: string } | null;
        confirmed: boolean;
        expectedHash: string | null;
      }
    | undefined;
  if (reading?.after.round !== round) violate(`${role.arn} was not read in ${round}`);
  if (reading?.after.round !== round) return;
  const text = deployment.attached.get(role.arn) ?? null;
  // What people wrote and applied while nobody watched the role is one policy more to PLP, not its own.
  const isForeign = !events.some(({ type }) => type === "PolicyApplied") && text?.includes('"Plp') !== true;
  if (isForeign && text !== gitlab.git.commit(gitlab.main()).tree.get(role.path)) return;
  const there = text === null ? null : hashOf(text);
  // What people edit in the console, and has no Sid of PLP's, may be anybody's: then PLP's is missing, which is drift.
  const isAnybodys = reading.generated === null && text !== null && !/"Sid": ?"Plp/.test(text);
  if ((reading.generated?.policyHash ?? null) !== there && !isAnybodys)
    violate(`${role.arn}: its last reading has another policy than AWS`);
  const expected = textWith(reading.expectedHash, world, role);
  const ours = statementsOf(isAnybodys ? null : text);
  if (reading.confirmed !== (ours.join() === statementsOf(expected).join()))
    violate(`${role.arn}: its last reading is ${reading.confirmed ? "" : "not "}confirmed, wrongly`);
}

/** The policy of this hash, as it once stood in Git, or as it was found in AWS before anything was known to be applied. */
function textWith(hash: string | null, { gitlab, history }: World, role: SimulatedRole): string | null {
  if (hash === null) return null;
  const texts = gitlab.git.all().flatMap(({ tree }) => tree.get(role.path) ?? []);
  const readings = history
    .of(`role#${role.arn}#${role.uniqueId}`)
    .filter(({ type }) => type === "PolicyObserved")
    .flatMap(({ data }) => (data as { generated: { policy: object } | null }).generated ?? []);
  const found = readings.slice(0, -1).map(({ policy }) => JSON.stringify(policy));
  return [...texts, ...found].find((text) => hashOf(text) === hash) ?? null;
}

/** What a policy says, one line an action, whichever statement says it; what is said twice counts once. */
function statementsOf(text: string | null): string[] {
  const { Statement } = JSON.parse(text ?? '{"Statement":[]}') as {
    Statement: {
      Effect: string;
      Action: string | string[];
      Resource: string | string[];
      Condition?: object;
    }[];
  };
  const lines = Statement.flatMap(({ Effect, Action, Resource, Condition = {} }) =>
    [Action]
      .flat()
      .flatMap((action) =>
        [Resource].flat().map((resource) => `${Effect} ${action} ${resource} ${JSON.stringify(Condition)}`),
      ),
  );
  return [...new Set(lines)].sort();
}

/** The streams know every request of the bot, and what became of it. */
function checkRequests({ organization, history, gitlab, violate }: World): void {
  const known = new Map<number, { status: string; by: number | null }>();
  for (const { folder } of organization.folders) {
    for (const event of history.of(`app#platform/iam#${folder}`)) {
      const data = event.data as { iid: number; closedBy?: { id: number } | null; decision?: boolean };
      if (event.type === "RequestOpened" || event.type === "RequestReopened")
        known.set(data.iid, { status: "opened", by: null });
      if (event.type === "RequestMerged") known.set(data.iid, { status: "merged", by: null });
      if (event.type !== "RequestClosed") continue;
      known.set(data.iid, { status: "closed", by: data.closedBy?.id ?? null });
      if (data.decision && !PEOPLE.some(({ id, reviewer }) => reviewer && id === data.closedBy?.id))
        violate(`the close of !${data.iid} counts as a decision, but no reviewer closed it`);
    }
  }
  for (const [iid, { state, branch }] of gitlab.requests) {
    const status = known.get(iid)?.status ?? "unknown";
    // Reopened by people beside the open one of another branch: closed to the history until it is merged.
    const isBeside =
      state === "opened" &&
      status === "closed" &&
      [...gitlab.requests.values()].some(
        (other) => known.get(other.iid)?.status === "opened" && familyOf(other.branch) === familyOf(branch),
      );
    if (status !== state && !isBeside) violate(`!${iid} is ${state} in GitLab and ${status} in the history`);
  }
}

/** Of every request that still waits for people they were told, unless the summary of a round stands for it. */
function checkTold({ organization, history, gitlab, said, violate }: World): void {
  for (const { folder } of organization.folders) {
    const events = history.of(`app#platform/iam#${folder}`);
    for (const { type, data } of events) {
      if (type !== "RequestOpened") continue;
      const { iid } = data as { readonly iid: number };
      if (gitlab.requests.get(iid)?.state !== "opened") continue;
      const told = events.find((event) => event.type === "DecisionAnnounced" && factsOf(event).iid === iid);
      if (told === undefined) violate(`nobody was told of !${iid}`);
      const { how } = (told?.data ?? {}) as { readonly how?: string };
      if (how === "message" && !said.some((text) => text.includes(`/merge_requests/${iid}|`)))
        violate(`!${iid} counts as told, and nobody said so`);
    }
  }
}

function checkRole(world: World, role: SimulatedRole): void {
  const { history, violate, gitlab } = world;
  const events = history.of(`role#${role.arn}#${role.uniqueId}`);
  if (events.length === 0) return;
  for (const event of events) {
    const data = event.data as {
      closedBy?: { id: number } | null;
      mergeCommit?: string;
      policyHash?: string;
    };
    if (
      event.type === "ProposalRejected" &&
      !PEOPLE.some((one) => one.reviewer && one.id === data.closedBy?.id)
    )
      violate(`${role.arn}: a rejection by ${JSON.stringify(data.closedBy)}, who is no reviewer`);
    if (event.type !== "ProposalApproved") continue;
    const merged = gitlab.git.commit(data.mergeCommit ?? "").tree.get(role.path);
    if (data.policyHash !== hashOf(merged))
      violate(`${role.arn}: approved at version ${event.version} is not what was merged`);
  }
  checkWindows(world, role);
  if (!role.generate) return;
  checkLost(world, role);
  checkApproved(world, role);
}

function hashOf(text: string | undefined): string {
  return policyHash(
    parsePolicy(text === undefined ? { Version: "2012-10-17", Statement: [] } : JSON.parse(text), "a file"),
  );
}

interface Observed {
  readonly window: Window;
  readonly gaps: readonly (Window & { readonly reason: string })[];
  readonly analyzer: string;
}

const observedBy = (world: World, role: SimulatedRole): readonly Observed[] =>
  world.history
    .of(`role#${role.arn}#${role.uniqueId}`)
    .filter(({ type }) => type === "UsageObserved")
    .map(({ data }) => data as Observed);

/** Every moment since the role was discovered lies in a window or in a gap. */
function checkWindows(world: World, role: SimulatedRole): void {
  const { history, violate, trail } = world;
  const discovered = history
    .of(`role#${role.arn}#${role.uniqueId}`)
    .find(({ type }) => type === "RoleDiscovered");
  const observed = observedBy(world, role);
  const covered = observed
    .flatMap(({ window, gaps }) => [window, ...gaps])
    .sort((a, b) => (a.from < b.from ? -1 : 1));
  let to = discovered?.occurredAt ?? "";
  // Hours of delivery reach beyond the last window; so may gaps.
  const end =
    observed
      .map(({ window }) => window.to)
      .sort()
      .at(-1) ?? "";
  for (const span of covered) {
    if (span.from > to && span.from < end) violate(`${role.arn}: nothing covers ${to} to ${span.from}`);
    if (span.to > to) to = span.to;
  }
  for (const { window, gaps, analyzer } of observed) {
    if (analyzer === "access-analyzer" || analyzer === "none") continue;
    for (const hour of hoursIn(window)) {
      if (!trail.isUnreadable(role.accountId, role.region, hour)) continue;
      const at = `${hour}:00:00.000Z`;
      if (!gaps.some((gap) => gap.from <= at && gap.to > at))
        violate(`${role.arn}: the unreadable hour ${hour} is no gap of the window to ${window.to}`);
    }
  }
}

function hoursIn({ from, to }: Window): string[] {
  const hours: string[] = [];
  for (let at = Math.floor(Date.parse(from) / HOUR) * HOUR; at <= Date.parse(to); at += HOUR)
    hours.push(new Date(at).toISOString().slice(0, 13));
  return hours;
}

/**
 * What was used in a window is in the policy, in the open proposal, or was refused or taken away by people, also by a way back
 * that they asked for and merged.
 */
function checkLost(world: World, role: SimulatedRole): void {
  const { truth, gitlab, history, violate, byHand, trail } = world;
  const events = history.of(`role#${role.arn}#${role.uniqueId}`);
  const open = events[(openProposal(events) ?? 0) - 1]?.data as
    | { policy?: Parameters<typeof parsePolicy>[0] }
    | undefined;
  const main = gitlab.git.head("main")?.tree.get(role.path);
  const granted = [
    ...(main === undefined ? [] : permissionsOf(parsePolicy(JSON.parse(main), "main"))),
    ...(open?.policy === undefined ? [] : permissionsOf(parsePolicy(open.policy, "the proposal"))),
  ];
  const refused = refusedIn(events);
  const taken = [
    ...[...byHand.removed]
      .filter((key) => key.startsWith(`${role.path} `))
      .map((key) => key.slice(role.path.length + 1)),
    ...takenBack(world, role, "ProposalApproved"),
  ].map(asPermission);
  const windows = observedBy(world, role)
    .filter(({ analyzer }) => analyzer !== "none")
    .map(({ window }) => ({ window, hours: new Set(hoursIn(window)) }));
  for (const call of truth.callsOf(role)) {
    if (!truth.isSeen(call)) continue;
    const onlyAnalyzer = truth.modeOf(role) === "access-analyzer";
    const time = new Date(call.at).toISOString();
    const isObserved = windows.some(({ window, hours }) =>
      onlyAnalyzer
        ? time >= window.from && time < window.to
        : hours.has(call.hour) && !trail.isUnreadable(role.accountId, role.region, call.hour),
    );
    if (!isObserved || [...granted, ...taken].some((permission) => truth.isCoveredBy(call, permission)))
      continue;
    if (refused.some((permission) => truth.isCoveredBy(call, permission))) continue;
    violate(`${role.arn}: ${call.action} on ${call.used}, used at ${time}, is lost`);
  }
}

/** What reviewers refused, and did not take back. */
function refusedIn(
  events: readonly { readonly type: string; readonly data: unknown }[],
): readonly Permission[] {
  const refused = new Map<string, Permission>();
  for (const { type, data } of events) {
    const { permissions = [], struck = [] } = data as { permissions?: Permission[]; struck?: Permission[] };
    for (const permission of [...(type === "ProposalRejected" ? permissions : []), ...struck])
      refused.set(permissionKey(permission), permission);
    if (type === "RejectionLifted")
      for (const permission of permissions) refused.delete(permissionKey(permission));
  }
  return [...refused.values()];
}

/** Back from its key: action in lower case, resource, condition. */
function asPermission(key: string): Permission {
  const [action = "", resource = ""] = JSON.parse(key) as string[];
  return { action, resource, condition: null };
}

/** The history ends with the policy that main has; every permission there was proposed, or came from people. */
function checkApproved(world: World, role: SimulatedRole): void {
  const { history, gitlab, violate, byHand, truth, now } = world;
  const plan = plannedIn(world, role.folder) as PlannedRound | null;
  const run = plan?.roles.find((planned) => planned.role.arn === role.arn)?.run;
  const merged =
    run !== undefined && history.of(`run#${run}`).some(({ type }) => /RunProposed|NothingNew/.test(type));
  const main = gitlab.git.head("main")?.tree.get(role.path);
  const events = history.of(`role#${role.arn}#${role.uniqueId}`);
  const last = events.findLast(({ type }) => type === "ProposalApproved" || type === "PolicyEdited");
  const known = (last?.data as { policyHash?: string } | undefined)?.policyHash ?? hashOf(undefined);
  if (merged && known !== hashOf(main)) violate(`${role.arn}: main has another policy than the history`);
  if (main === undefined) return;
  for (const permission of permissionsOf(parsePolicy(JSON.parse(main), "main"))) {
    if (byHand.granted.has(`${role.path} ${permissionKey(permission)}`)) continue;
    if (!truth.mayBeGranted(role, permission, now()))
      violate(`${role.arn} was granted ${JSON.stringify(permission)} and never used it`);
  }
}
