import { type Anchor, anchorsOf, matchRole, roleRows, verifyHistory } from "@plp/audit";
import { parseRoleStream } from "@plp/domain";
import type { BrokenCommit } from "@plp/event-store";
import { type Answer, plural, type Style, table } from "../output.ts";
import { gitAnchors } from "../state/git-anchors.ts";
import type { History } from "../state/history.ts";

interface VerifyOptions {
  /** A checkout of the IAM repository, whose commits of PLP are held against the history. */
  readonly git?: string | undefined;
}

/**
 * `plp verify`: is everything as it was written? The chain of every stream (or of those that ROLE means), every policy and
 * every blob by its hash; against the checkpoints, and with `git` against PLP's commits. Exit 1 when something is not.
 */
export async function verify(
  history: History,
  wanted: string | undefined,
  { git }: VerifyOptions,
  now: Date,
): Promise<Answer> {
  const { store, blobs, checkpoints } = history;
  const written = checkpoints === null ? null : await anchorsOf(checkpoints);
  const committed = git === undefined ? null : await gitAnchors(git);
  const all = [...(written?.anchors ?? []), ...(committed?.anchors ?? [])];
  const only = wanted === undefined ? null : await streamsOf(history, wanted, all);
  const anchors = only === null ? all : all.filter(({ stream }) => only.has(stream));
  const verified = await verifyHistory(only === null ? store.streams() : present(only, history), anchors, {
    ...{ scan: store, blobs, now },
  });
  const broken = [
    ...(only === null ? (written?.broken ?? []) : []),
    ...(committed?.broken ?? []),
    ...verified.broken,
  ];
  const json = {
    streams: verified.streams,
    events: verified.events,
    blobs: verified.blobs,
    checkpoints: written?.count ?? null,
    commits: committed?.count ?? null,
    broken,
  };
  return { json, people: (style) => text(style, json), exit: broken.length > 0 ? 1 : 0 };
}

/** The streams of a role, also one that only an anchor knows any more. */
async function streamsOf(
  { index }: History,
  wanted: string,
  anchors: readonly Anchor[],
): Promise<ReadonlySet<string>> {
  const seen = anchors.flatMap(({ stream }) => {
    const role = parseRoleStream(stream);
    return role === null ? [] : [{ stream, roleArn: role.arn, uniqueId: role.uniqueId }];
  });
  return new Set(matchRole([...(await roleRows(index)), ...seen], wanted).map(({ stream }) => stream));
}

/** Those of the streams that have a commit. */
async function* present(streams: ReadonlySet<string>, { store }: History): AsyncIterable<string> {
  for (const stream of streams)
    for await (const _commit of store.commits(stream)) {
      yield stream;
      break;
    }
}

interface Shown {
  readonly streams: number;
  readonly events: number;
  readonly blobs: number | null;
  readonly checkpoints: number | null;
  readonly commits: number | null;
  readonly broken: readonly BrokenCommit[];
}

function text(style: Style, { streams, events, blobs, checkpoints, commits, broken }: Shown): string {
  const checked = [
    plural(streams, "stream"),
    plural(events, "event"),
    blobs === null ? "no blobs (PLP_BLOBS is not set)" : plural(blobs, "blob"),
    checkpoints === null ? "no checkpoints (PLP_CHECKPOINTS is not set)" : plural(checkpoints, "checkpoint"),
    ...(commits === null ? [] : [`${plural(commits, "commit")} of PLP in Git`]),
  ].join(", ");
  if (broken.length === 0) return `${style.good("✔")} ${checked}: everything is as it was written.`;
  const rows = broken.map(({ stream, version, reason }) => [
    stream,
    version === 0 ? "·" : String(version),
    reason,
  ]);
  return [
    `${style.bad("✘")} ${checked}: ${plural(broken.length, "place")} not as it was written.`,
    "",
    table({ ...style, columns: null }, ["stream", "version", "what is wrong"], rows, { right: [1] }),
    "",
    "  Restore what is named from a backup; nothing is decided from a broken stream.",
  ].join("\n");
}
