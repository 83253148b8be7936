import type { HourMark, TrailHour, UsageStore } from "@plp/usage";

/**
 * Loads together what is asked for in the same turn of the event loop and belongs to one group: hours of one account,
 * Region and day cost one request. `load` answers in the order of the items; when it fails, all who asked fail with it.
 */
export function atOnce<Item, Answer>(
  groupOf: (item: Item) => string,
  load: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  const asked = new Map<string, { readonly items: Item[]; readonly answers: Promise<readonly Answer[]> }>();
  return async (item) => {
    const key = groupOf(item);
    let group = asked.get(key);
    if (group === undefined) {
      const items: Item[] = [];
      const answers = nextTurn().then(() => {
        asked.delete(key);
        return load(items);
      });
      group = { items, answers };
      asked.set(key, group);
    }
    const at = group.items.push(item) - 1;
    const answer = (await group.answers)[at];
    if (answer === undefined) throw new Error(`no answer for one of ${group.items.length} loaded together`);
    return answer;
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A group of hours that is worth one request: those of one account, Region and day. */
export function dayOf({ accountId, region, hour }: TrailHour): string {
  return `${accountId} ${region} ${hour.slice(0, 10)}`;
}

/** The marks of a usage store; those of single hours of one day, asked for at once, are one query. */
export function marksAtOnce({ marks }: Pick<UsageStore, "marks">): UsageStore["marks"] {
  const ofHour = atOnce<TrailHour, readonly HourMark[]>(dayOf, async (hours) => {
    const [first] = hours;
    if (first === undefined) return [];
    const sorted = hours.map(({ hour }) => hour).sort();
    const found = await marks(first.accountId, first.region, sorted[0] ?? "", sorted.at(-1) ?? "");
    return hours.map(({ hour }) => found.filter((mark) => mark.hour === hour));
  });
  return (accountId, region, from, to) =>
    from === to ? ofHour({ accountId, region, hour: from }) : marks(accountId, region, from, to);
}
