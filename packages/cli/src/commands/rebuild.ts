import { indexedTo, rebuild as remake } from "@plp/audit";
import { systemClock } from "@plp/runtime";
import { type Answer, plural } from "../output.ts";
import type { History } from "../state/history.ts";

/** `plp rebuild`: remakes the index items from the events, while the system goes on. */
export async function rebuild(
  { store, index }: History,
  progress: (streams: number) => void,
): Promise<Answer> {
  const { streams, removed } = await remake({ store, scan: store, index, clock: systemClock }, progress);
  const to = await indexedTo(index);
  return {
    json: { streams, removed, indexedTo: to },
    people: (style) =>
      `${style.good("✔")} The index items of ${plural(streams, "stream")} are remade, ${plural(removed, "old one")} taken away.`,
  };
}
