import { type Permission, parsePolicy, permissionKey, permissionsOf } from "@plp/iam-policy";
import { encode } from "@plp/messaging";
import { PEOPLE, type SimulatedRequest } from "./gitlab.ts";
import { outputsOf } from "./organization.ts";
import type { World } from "./world.ts";

type Document = { Statement: { Sid?: string; Action: string[]; Resource: string[] }[] };

/** One thing that somebody does at this moment; what it was, or null when nothing came of it. */
export function somebodyActs(world: World): string | null {
  const { random, gitlab } = world;
  const requests = [...gitlab.requests.values()];
  const open = random.oneOf(requests.filter(({ state }) => state === "opened"));
  const closed = random.oneOf(requests.filter(({ state }) => state === "closed"));
  const [first, second] = [PEOPLE[0], PEOPLE[1]];
  if (first === undefined || second === undefined) return null;
  const reviewer = random.pick([first, second]);
  const anybody = random.oneOf(PEOPLE) ?? first;
  if (random.chance(0.06)) return editMain(world);
  if (random.chance(0.03)) return changeScope(world);
  if (random.chance(0.06)) return goBack(world, anybody);
  if (random.chance(0.1)) return startApply(world, anybody);
  if (random.chance(0.02)) {
    const role = random.oneOf(world.organization.roles);
    const did = role !== null && world.deployment.edit(role.arn, "kms:CreateKey");
    return did ? `the policy of ${role.arn} is edited in the console` : null;
  }
  if (random.chance(0.05)) {
    const role = random.oneOf(world.organization.roles);
    const started = role !== null && world.analyzer.startByPeople(role.accountId, role.region);
    return started ? `a generation is started by hand in ${role.accountId}` : null;
  }
  if (random.chance(0.01)) {
    const job = random.oneOf([...world.analyzer.jobs.values()]);
    if (job === null || world.analyzer.statusOf(job) !== "IN_PROGRESS") return null;
    world.analyzer.cancel(job.id, true);
    return `${job.id} is cancelled by hand`;
  }
  if (closed !== null && random.chance(0.15)) {
    if (!gitlab.reopen(closed)) return null;
    gitlab.say(closed, anybody, "reopened", true);
    return `!${closed.iid} is reopened`;
  }
  if (open === null) return closed === null ? null : writeCommand(world, closed, anybody);
  if (random.chance(0.12)) return writeCommand(world, random.chance(0.8) ? open : (closed ?? open), anybody);
  const what = actOn(open, world, reviewer, anybody);
  if (what !== null) gitlab.say(open, anybody, what, true);
  return what;
}

function actOn(
  open: SimulatedRequest,
  world: World,
  reviewer: (typeof PEOPLE)[number],
  anybody: (typeof PEOPLE)[number],
): string | null {
  const { random, gitlab } = world;
  const ready = open.title.replace(/^(draft:\s*)+/i, "");
  const done = (what: string, did: boolean) => (did ? `!${open.iid} ${what}` : null);
  switch (random.between(1, 12)) {
    case 1:
    case 2:
      return done("is marked ready", gitlab.retitle(open, ready));
    case 3:
      return done("is a draft again", gitlab.retitle(open, `Draft: ${ready}`));
    case 4:
      return done("is approved", gitlab.approve(open, reviewer));
    case 5:
      return done("is no longer approved", gitlab.unapprove(open));
    case 6:
      return done("is set to merge", gitlab.setToMerge(open, random.chance(0.7)));
    case 7:
    case 8: {
      gitlab.retitle(open, ready);
      return gitlab.merge(open, reviewer)
        ? `!${open.iid} is merged by ${reviewer.username}`
        : `!${open.iid} is marked ready and cannot be merged`;
    }
    case 9:
      return done(`is closed by ${anybody.username}`, gitlab.close(open, anybody));
    case 10:
      return editBranch(world, open);
    case 11:
      return done(
        "has another title",
        gitlab.retitle(open, `${random.pick(["Draft: ", ""])}our words ${ready}`),
      );
    default:
      open.description = random.pick([
        `${open.description}\nby hand`,
        "by hand",
        `by hand\n${open.description}`,
      ]);
      return `!${open.iid} has another description`;
  }
}

/** Asks for an earlier policy of a role, whole or for one action; now and then for one that never was. */
function goBack(
  { random, organization, history, queues }: World,
  by: (typeof PEOPLE)[number],
): string | null {
  const role = random.oneOf(organization.roles);
  if (role === null) return null;
  const { arn, uniqueId } = role;
  const events = history.of(`role#${arn}#${uniqueId}`);
  if (events.length === 0) return null;
  const version = random.between(1, events.length + 1);
  const action = random.oneOf(organization.calls)?.action;
  const only = action !== undefined && random.chance(0.3) ? [action] : null;
  const order = `order-${random.between(1, 1_000_000)}`;
  const wish = { version, only, by: { id: String(by.id), name: by.username } };
  void queues.merge.send(encode({ v: 1, type: "restore", order, role: { arn, uniqueId }, wish }));
  return `${by.username} asks for version ${version} of ${arn}`;
}

/** Of any pipeline that waits for it, an old one too. */
function startApply({ random, deployment }: World, by: (typeof PEOPLE)[number]): string | null {
  const waiting = [...deployment.pipelines.values()].filter(({ apply }) => apply.status === "manual");
  const pipeline = random.oneOf(waiting);
  if (pipeline === null) return null;
  deployment.play(pipeline, by, random.chance(0.2) ? random.between(0, 2) : null);
  return `apply of pipeline ${pipeline.id} is started: ${pipeline.apply.status}`;
}

/** A note with a command or two; what a reviewer says of an update is so from then on. */
function writeCommand(
  { random, gitlab, organization }: World,
  request: SimulatedRequest,
  person: (typeof PEOPLE)[number],
): string {
  const action = random.oneOf(organization.calls)?.action ?? "s3:*";
  const [update, again, help] = ["/plp update", `/plp reconsider ${action}`, "/plp help"];
  const body = random.pick([
    ...([update, update, again, "/plp reconsider *", help, "/plp", "Looks good to me"] as const),
    `Please:\n${again}\n${help}`,
  ]);
  gitlab.say(request, person, body);
  if (body === update && person.reviewer && request.state === "opened") gitlab.giveBack(request);
  return `!${request.iid} has a note of ${person.username}: ${body}`;
}

/** Whatever was set to merge and can be merged now, is. */
export function pipelinesEnd({ gitlab }: World): string | null {
  for (const request of gitlab.requests.values()) {
    const reviewer = PEOPLE[0];
    if (request.setToMerge && reviewer !== undefined && gitlab.merge(request, reviewer))
      return `!${request.iid} is merged by its pipeline`;
  }
  return null;
}

function editMain(world: World): string | null {
  const role = world.random.oneOf(world.organization.roles);
  return role === null ? null : editPolicy(world, "main", role.path);
}

function editBranch(world: World, request: SimulatedRequest): string | null {
  const { random, gitlab } = world;
  if (random.chance(0.2)) {
    gitlab.commitBy(PEOPLE[2] ?? { id: 0, username: "nobody" }, request.branch, [
      ["notes.md", `${world.now()}`],
    ]);
    return `!${request.iid} has a commit beside the policies`;
  }
  const changed = [...gitlab.git.changesOf(gitlab.headOf(request)).keys()];
  const path = random.oneOf(changed.filter((one) => one.endsWith(".json")));
  return path === null ? null : editPolicy(world, request.branch, path);
}

/** Takes a permission away, or adds a statement of one's own. */
function editPolicy(world: World, branch: string, path: string): string | null {
  const { random, gitlab, byHand } = world;
  const text = gitlab.git.head(branch)?.tree.get(path);
  const before = permissionsIn(text);
  const policy: Document = text === undefined ? { Statement: [] } : JSON.parse(text);
  const statement = random.oneOf(policy.Statement);
  if (statement !== null && random.chance(0.6)) {
    statement.Action = statement.Action.slice(1);
    policy.Statement = policy.Statement.filter(({ Action }) => Action.length > 0);
  } else {
    const Action = [random.pick(["ec2:RunInstances", "rds:CreateDBInstance", "kms:CreateKey"])];
    policy.Statement.unshift({ Sid: `People${policy.Statement.length}`, Action, Resource: ["*"] });
    Object.assign(policy.Statement[0] ?? {}, { Effect: "Allow" });
  }
  const next = `${JSON.stringify({ Version: "2012-10-17", ...policy }, null, 2)}\n`;
  const after = permissionsIn(next);
  for (const key of before) if (!after.has(key)) byHand.removed.add(`${path} ${key}`);
  for (const key of after) if (!before.has(key)) byHand.granted.add(`${path} ${key}`);
  const person = random.oneOf(PEOPLE) ?? { id: 0, username: "nobody" };
  gitlab.commitBy(person, branch, [[path, next]]);
  return `${path} is edited on ${branch}`;
}

function permissionsIn(text: string | undefined): Set<string> {
  const found: readonly Permission[] =
    text === undefined ? [] : permissionsOf(parsePolicy(JSON.parse(text), "a file"));
  return new Set(found.map(permissionKey));
}

/** Terraform takes an environment out of scope, or back in. */
function changeScope({ random, organization, gitlab }: World): string | null {
  const role = random.oneOf(organization.roles);
  if (role === null) return null;
  role.generate = !role.generate;
  const apply = { id: 99, username: "apply-job" };
  gitlab.commitBy(
    apply,
    "main",
    [[`${role.folder}/plp.outputs.json`, outputsOf(organization, role.folder)]],
    "apply",
  );
  return `generate = ${role.generate} for ${role.arn}`;
}
