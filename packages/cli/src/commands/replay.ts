import { findRole, replayAnswer } from "@plp/audit";
import { replayRole } from "@plp/domain";
import type { Answer } from "../output.ts";
import { replayText } from "../render/replay.ts";
import type { ReplayOptions } from "../render/replayed-role.ts";
import type { History } from "../state/history.ts";

/** `plp replay`: what a role could do at a moment, since when, on which evidence, and who approved it. */
export async function replay(history: History, wanted: string, options: ReplayOptions): Promise<Answer> {
  const found = await findRole(wanted, history);
  const json = replayAnswer(found, options);
  const { at, version, knownAt } = options;
  const known = found.events.filter(({ recordedAt }) => knownAt === undefined || recordedAt <= knownAt.to);
  const replayed = replayRole(found.events, {
    ...(at === undefined ? {} : { at: at.to }),
    ...(version === undefined ? {} : { version }),
    ...(knownAt === undefined ? {} : { knownAt: knownAt.to }),
  });
  const ofDay = new Set(json.changes.map((change) => change.version));
  return {
    json,
    people: (style) =>
      replayText(style, {
        ...{ roleArn: found.role.arn, asked: wanted, options, replay: replayed, events: known },
        changes: known.filter((event) => ofDay.has(event.version)),
      }),
  };
}
