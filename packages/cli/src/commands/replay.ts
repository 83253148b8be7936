import { replayRole } from "@plp/domain";
import { badInput } from "../bad-input.ts";
import type { Answer } from "../output.ts";
import { bare } from "../render/permission.ts";
import { type ReplayOptions, replayText } from "../render/replay.ts";
import type { History } from "../state/history.ts";
import { findRole } from "../state/roles.ts";

/** `plp replay`: what a role could do at a moment, since when, on which evidence, and who approved it. */
export async function replay(history: History, wanted: string, options: ReplayOptions): Promise<Answer> {
  const { at, version, knownAt } = options;
  if (at !== undefined && version !== undefined)
    throw badInput("--at and --version exclude each other: give one of them");
  const { role, events } = await findRole(history, wanted);
  if (version !== undefined && version > events.length)
    throw badInput(`--version ${version}: the history of ${role.arn} ends at version ${events.length}`);
  const replayed = replayRole(events, {
    ...(at === undefined ? {} : { at: at.to }),
    ...(version === undefined ? {} : { version }),
    ...(knownAt === undefined ? {} : { knownAt: knownAt.to }),
  });
  const changes = at?.isDay
    ? events.filter(({ occurredAt }) => at.from <= occurredAt && occurredAt <= at.to)
    : [];
  const last = events.find((event) => event.version === replayed.version);
  const { proposed, approved, scope } = replayed;
  return {
    json: {
      roleArn: role.arn,
      uniqueId: role.uniqueId,
      version: replayed.version,
      hash: replayed.hash,
      at: at?.to ?? last?.occurredAt ?? null,
      mode: scope?.mode ?? null,
      proposed: proposed?.policy ?? null,
      approved: approved?.policy ?? null,
      // What AWS has is known once the apply job says so and the role is read again.
      applied: null,
      confirmed: null,
      hashes: {
        proposed: proposed?.policyHash ?? null,
        approved: approved?.policyHash ?? null,
        applied: null,
      },
      gaps: replayed.gaps,
      otherPolicies: null,
      permissions: replayed.permissions.map((permission) => {
        const { basis, since, approvedBy, mergeRequest, evidence } = permission;
        return { ...bare(permission), basis, since, approvedBy, mergeRequest, evidence };
      }),
      changes: changes.map(({ version: of, type, occurredAt }) => ({ version: of, type, occurredAt })),
    },
    people: (style) =>
      replayText(style, {
        roleArn: role.arn,
        asked: wanted,
        options,
        replay: replayed,
        changes,
        length: events.length,
      }),
  };
}
