import { once } from "node:events";
import { applicationRows, exportLines, roleRows, rolesMeant } from "@plp/audit";
import type { Given } from "../moment.ts";
import type { History } from "../state/history.ts";

/** `plp export`: histories as JSON Lines (docs/export.md), written as they are read. */
export async function exportHistory(
  history: History,
  wanted: string | undefined,
  { since, until }: { readonly since?: Given | undefined; readonly until?: Given | undefined },
  out: NodeJS.WriteStream,
): Promise<void> {
  const at = new Date().toISOString();
  const span = { since: since?.from, until: until?.to };
  const streams = await streamsOf(history, wanted);
  for await (const line of exportLines(each(streams), span, { scan: history.store, at }))
    if (!out.write(line)) await once(out, "drain");
}

/** Those of the roles that ROLE means, else of all roles and applications. */
async function streamsOf(history: History, wanted: string | undefined): Promise<readonly string[]> {
  const rows =
    wanted === undefined
      ? [...(await roleRows(history.index)), ...(await applicationRows(history.index))]
      : await rolesMeant(wanted, history.index);
  return rows.map(({ stream }) => stream).sort();
}

async function* each(streams: readonly string[]): AsyncIterable<string> {
  yield* streams;
}
