import { createHash } from "node:crypto";
import type { StoredCommit, StoreScan } from "@plp/event-store";

/** Which part of the histories; times are ISO 8601 UTC and belong to it. */
export interface ExportSpan {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * The histories of these streams as JSON Lines that whoever gets them can check without PLP (docs/export.md): a header,
 * one line for each commit with what its hash is made of, and a last line that says how many there were and what they
 * hash to. Of a span, the commits from the first to the last with an event that happened in it: their chain has no hole.
 * Throws nothing for damage: it exports what stands there, and the check finds it.
 */
export async function* exportLines(
  streams: AsyncIterable<string>,
  span: ExportSpan,
  { scan, at }: { readonly scan: Pick<StoreScan, "commits">; readonly at: string },
): AsyncIterable<string> {
  const sum = createHash("sha256");
  const line = (value: object) => {
    const text = `${JSON.stringify(value)}\n`;
    sum.update(text);
    return text;
  };
  const { since = null, until = null } = span;
  yield line({ format: "plp-history", version: 1, exportedAt: at, since, until });
  const counts = { streams: 0, commits: 0, events: 0 };
  for await (const stream of streams) {
    let isFirst = true;
    for await (const { commit, previous } of commitsWithin(stream, span, scan)) {
      if (isFirst) counts.streams += 1;
      isFirst = false;
      counts.commits += 1;
      counts.events += commit.lastVersion - commit.version + 1;
      const { version, lastVersion, commitId, recordedAt, hash, canonical } = commit;
      yield line({ stream, version, lastVersion, commitId, recordedAt, previous, hash, events: canonical });
    }
  }
  yield `${JSON.stringify({ end: true, ...counts, sha256: sum.digest("hex") })}\n`;
}

interface Linked {
  readonly commit: StoredCommit;
  /** Hash of the commit before it; "" for the first. */
  readonly previous: string;
}

async function* commitsWithin(
  stream: string,
  span: ExportSpan,
  scan: Pick<StoreScan, "commits">,
): AsyncIterable<Linked> {
  const { first, last } = await reachOf(stream, span, scan);
  let previous = "";
  for await (const commit of scan.commits(stream)) {
    if (commit.version > last) return;
    if (commit.version >= first) yield { commit, previous };
    previous = commit.hash;
  }
}

/** Versions of the first and the last commit with an event of the span: an order of times is none of versions. */
async function reachOf(
  stream: string,
  span: ExportSpan,
  scan: Pick<StoreScan, "commits">,
): Promise<{ readonly first: number; readonly last: number }> {
  if (span.since === undefined && span.until === undefined)
    return { first: 0, last: Number.POSITIVE_INFINITY };
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for await (const commit of scan.commits(stream)) {
    if (!isWithin(commit, span)) continue;
    first = Math.min(first, commit.version);
    last = Math.max(last, commit.version);
  }
  return { first, last };
}

function isWithin({ canonical, recordedAt }: StoredCommit, { since, until }: ExportSpan): boolean {
  return timesOf(canonical, recordedAt).some(
    (at) => (since === undefined || at >= since) && (until === undefined || at <= until),
  );
}

/** When the events happened; where that cannot be read, when they were written down. */
function timesOf(canonical: string, recordedAt: string): readonly string[] {
  try {
    const events = JSON.parse(canonical) as readonly { readonly occurredAt: string }[];
    return events.map(({ occurredAt }) => occurredAt);
  } catch {
    return [recordedAt];
  }
}
